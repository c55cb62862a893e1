"""How often the most similar incident is the right one, and the time to find it.

`python -m benchmarks.similarity` looks for incidents with the same cause among those of the
sandbox. Its histories tell each cause in other words. With `--write` it also writes the tables into
docs/performance.md.
"""

import argparse
import gc
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from statistics import quantiles

import anyio

from benchmarks.event_loop import turns
from benchmarks.rankings import RANKINGS, Ranking, Texts
from benchmarks.table import spread, write
from evals.histories import families_of, texts_of
from evals.settings import NOW
from evals.table import table
from evals.wordings import WORDINGS
from sandbox.serving import serve
from sandbox.store import Store
from tools.rootly.similarity.ranking import Text

SIZE = 5_000
ROUNDS = 20
FIRST = 3
BEGIN = "<!-- similarity: written by python -m benchmarks.similarity --write -->\n"
END = "<!-- /similarity -->"
KINDS = {
    "terse": "a few words",
    "alert": "a pasted alert",
    "chat": "a chat message",
    "incident": "another incident with this cause",
}


@dataclass(frozen=True)
class Question:
    """A text, the incidents to compare it with, and the keys of those with the same cause."""

    kind: str
    query: Text
    texts: Texts
    right: frozenset[str]


@dataclass
class Score:
    """How many questions a ranking has answered, and how well."""

    questions: int = 0
    right_first: int = 0
    right_among_first: int = 0

    def count(self, keys: list[str], right: frozenset[str]) -> None:
        self.questions += 1
        self.right_first += not right.isdisjoint(keys[:1])
        self.right_among_first += not right.isdisjoint(keys[:FIRST])

    def cell(self) -> str:
        first, among_first = self.right_first, self.right_among_first
        return f"{first / self.questions:.0%} ({among_first / self.questions:.0%})"


def questions_about(store: Store) -> Iterator[Question]:
    texts = texts_of(store)
    for family, right in families_of(store).items():
        wording = WORDINGS[family]
        yield Question("terse", Text(wording.terse), texts, right)
        yield Question("alert", Text(wording.alert), texts, right)
        yield Question("chat", Text(wording.chat), texts, right)
        for key in sorted(right):
            others = {other: text for other, text in texts.items() if other != key}
            yield Question("incident", texts[key], others, right - {key})


async def scores(ranking: Ranking, questions: Iterable[Question]) -> Mapping[str, Score]:
    """By kind of question, how well *ranking* answers."""
    by_kind = {kind: Score() for kind in KINDS}
    for question in questions:
        keys = await ranking(question.texts, question.query)
        by_kind[question.kind].count(keys, question.right)
    return by_kind


async def right_hits(store: Store) -> str:
    questions = [*questions_about(store)]
    by_ranking = {name: await scores(ranking, questions) for name, ranking in RANKINGS.items()}
    count = {kind: sum(question.kind == kind for question in questions) for kind in KINDS}
    head = ["right first hits", *(f"{title}: {count[kind]}" for kind, title in KINDS.items())]
    rows = []
    for name, by_kind in by_ranking.items():
        rows.append([name, *(by_kind[kind].cell() for kind in KINDS)])
    return table(head, rows)


async def times(store: Store, rounds: int) -> str:
    """The time of each ranking over all incidents of *store*. They take turns."""
    texts = texts_of(store)
    # As in the server. Otherwise a full garbage collection looks at all that benchmarks import.
    gc.collect()
    gc.freeze()
    queries = [Text(wording.alert) for wording in WORDINGS.values()]
    took_ms: dict[str, list[float]] = {name: [] for name in RANKINGS}
    waits_s: dict[str, list[float]] = {name: [] for name in RANKINGS}
    for query in islice(cycle(queries), rounds):
        for name, ranking in RANKINGS.items():
            async with turns() as waits:
                began = time.perf_counter()
                await ranking(texts, query)
                took_ms[name].append((time.perf_counter() - began) * 1_000)
            waits_s[name] += waits
    head = [f"{len(texts):,} incidents", "time", "the event loop was held for: 99 of 100, longest"]
    rows = [[name, spread(took_ms[name], " ms"), longest(waits_s[name])] for name in RANKINGS]
    return table(head, rows)


def longest(waits_s: Sequence[float]) -> str:
    """The longest of the best 99 waits in a hundred, and the longest of all."""
    most = quantiles(waits_s, n=100, method="inclusive")[-1]
    return f"{most * 1_000:.0f} ms, {max(waits_s) * 1_000:.0f} ms"


async def report(rounds: int) -> str:
    with serve(now=NOW) as sandbox:
        hits = await right_hits(sandbox.store)
    with serve(now=NOW, size=SIZE) as sandbox:
        return f"{hits}\n{await times(sandbox.store, rounds)}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument(
        "--write", action="store_true", help="put the tables into docs/performance.md"
    )
    options = parser.parse_args()
    figures = anyio.run(report, options.rounds)
    if options.write:
        write(figures, BEGIN, END)
    print(figures)
