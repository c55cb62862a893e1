"""What the questions of `tests/evals` cost, in calls, bytes and tokens (o200k) of results, beside plain paging.

`python -m benchmarks.evals` prints the table; with `--write` it goes into the README, too. Nothing here depends on the
machine, so that a test can hold the README to it.
"""

import json
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import anyio

from benchmarks.table import write
from benchmarks.tokens import NOW, tokens
from sandbox.serving import Sandbox, serve
from server.dispatcher import Dispatcher
from server.settings import KEYS, Settings
from tests.evals.classes import CLASSES
from tests.evals.question import Call, Question, Walk, call_of, rows

BEGIN, END = "<!-- evals: written by python -m benchmarks.evals --write -->\n", "<!-- /evals -->"


@dataclass(frozen=True)
class Cost:
    calls: int
    bytes: int
    tokens: int

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Cost":
        return cls(
            len(texts),
            sum(len(text.encode()) for text in texts),
            sum(tokens(text) for text in texts),
        )


@dataclass
class Pages:
    """Pages of lists as a client without any other means would read them. Each is fetched once, and counted as often as read."""

    dispatcher: Dispatcher
    _read: dict[str, list[str]] = field(default_factory=dict)

    async def of(self, walk: Walk) -> list[str]:
        texts = []
        async for text in self._pages(walk.call):
            texts.append(text)
            if walk.until and any(walk.until(row) for row in _rows(json.loads(text))):
                break
        return texts

    async def _pages(self, call: Call) -> AsyncIterator[str]:
        tool, arguments = call
        known = self._read.setdefault(json.dumps(call), [])
        following: Mapping[str, Any] | None = {}
        place = 0
        while following is not None:
            if place == len(known):
                known.append((await self.dispatcher.call(tool, {**arguments, **following})).text)
            yield known[place]
            following = json.loads(known[place]).get("next")
            place += 1


def _rows(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [] if "error" in answer else rows(answer)


async def ours(dispatcher: Dispatcher, question: Question) -> Cost:
    texts: list[str] = []
    for call in question.calls:
        tool, arguments = call_of(call, [json.loads(text) for text in texts])
        texts.append((await dispatcher.call(tool, arguments)).text)
    return Cost.of(texts)


Costs = Mapping[str, Sequence[tuple[Cost, Cost | None]]]
"""By class, what each question costs, and what it costs by plain paging, if that can answer it."""


async def measure(sandbox: Sandbox) -> Costs:
    settings = Settings(
        keys=dict.fromkeys(KEYS, "key"), urls={vendor: sandbox.url(vendor) for vendor in KEYS}
    )
    async with Dispatcher(settings, clock=lambda: NOW) as dispatcher:
        pages = Pages(dispatcher)

        async def plain(question: Question) -> Cost | None:
            if question.plain is None:
                return None
            return Cost.of([text for walk in question.plain for text in await pages.of(walk)])

        return {
            name: [
                (await ours(dispatcher, question), await plain(question)) for question in questions
            ]
            for name, questions in CLASSES.items()
        }


def table(measured: Costs) -> str:
    lines = [
        "| | questions | calls: median, most | bytes | tokens | by plain paging: calls | tokens | not at all |",
        "|---|---|---|---|---|---|---|---|",
    ]
    everything = [costs for found in measured.values() for costs in found]
    for name, found in {**measured, "all": everything}.items():
        own = [cost for cost, _ in found]
        plain = [cost for _, cost in found if cost]
        calls = [cost.calls for cost in own]
        cells = [
            name,
            f"{len(found)}",
            f"{median(calls):g}, {max(calls)}",
            _median([cost.bytes for cost in own]),
            _median([cost.tokens for cost in own]),
            f"{median([cost.calls for cost in plain]):g}, {max(cost.calls for cost in plain)}",
            _median([cost.tokens for cost in plain]),
            f"{len(found) - len(plain) or ''}",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _median(values: Sequence[int]) -> str:
    return f"{round(median(values)):,}"


def main() -> None:
    with serve(now=NOW) as sandbox:
        made = table(anyio.run(measure, sandbox))
    print(made)
    if "--write" in sys.argv[1:]:
        write(made, BEGIN, END)


if __name__ == "__main__":
    main()
