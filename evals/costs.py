"""What the questions cost in calls, bytes and tokens (o200k), compared with reading plain pages.

The figures do not depend on the machine, so a test compares those in docs/performance.md with
new ones.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Self

from evals.classes import CLASSES
from evals.question import Call, Question, Walk, call_of, rows
from evals.settings import NOW, settings_for
from evals.table import table
from evals.tokens import tokens
from sandbox.serving import Sandbox
from server.dispatcher import Dispatcher

BEGIN, END = "<!-- evals: written by python -m benchmarks.evals --write -->\n", "<!-- /evals -->"
"""Where the table is in docs/performance.md."""


@dataclass(frozen=True)
class Cost:
    calls: int
    bytes: int
    tokens: int

    @classmethod
    def of(cls, texts: Sequence[str]) -> Self:
        """The cost of the calls that were answered with these texts."""
        return cls(
            len(texts),
            sum(len(text.encode()) for text in texts),
            sum(tokens(text) for text in texts),
        )


Costs = Mapping[str, Sequence[tuple[Cost, Cost | None]]]
"""By class, the cost of each question, and its cost with plain pages, if these can answer it."""


@dataclass
class Pages:
    """The pages of lists, as a client reads them that only knows the first references.

    A page is fetched once, and counted each time it is read.
    """

    dispatcher: Dispatcher
    _pages: dict[str, list[str]] = field(default_factory=dict)

    async def read(self, walk: Walk) -> list[str]:
        """The answers of a walk."""
        texts = []
        async for text in self._from_the_start(walk.call):
            texts.append(text)
            if walk.until and any(walk.until(row) for row in _rows(json.loads(text))):
                break
        return texts

    async def _from_the_start(self, call: Call) -> AsyncIterator[str]:
        tool, arguments = call
        pages = self._pages.setdefault(json.dumps(call), [])
        following: Mapping[str, Any] | None = {}
        place = 0
        while following is not None:
            if place == len(pages):
                result = await self.dispatcher.call(tool, {**arguments, **following})
                pages.append(result.text)
            yield pages[place]
            following = json.loads(pages[place]).get("next")
            place += 1


def _rows(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [] if "error" in answer else rows(answer)


async def measure(sandbox: Sandbox) -> Costs:
    """Ask all questions, in both ways."""
    costs: dict[str, list[tuple[Cost, Cost | None]]] = {name: [] for name in CLASSES}
    async with Dispatcher(settings_for(sandbox), clock=lambda: NOW) as dispatcher:
        pages = Pages(dispatcher)
        for name, questions in CLASSES.items():
            for question in questions:
                cost = await _cost(dispatcher, question)
                costs[name].append((cost, await _plain_cost(pages, question)))
    return costs


async def _cost(dispatcher: Dispatcher, question: Question) -> Cost:
    texts: list[str] = []
    for call in question.calls:
        tool, arguments = call_of(call, [json.loads(text) for text in texts])
        texts.append((await dispatcher.call(tool, arguments)).text)
    return Cost.of(texts)


async def _plain_cost(pages: Pages, question: Question) -> Cost | None:
    if question.plain is None:
        return None
    texts = []
    for walk in question.plain:
        texts += await pages.read(walk)
    return Cost.of(texts)


def report(costs: Costs) -> str:
    """A line for each class, and one for all questions, in Markdown."""
    head = [
        "",
        "questions",
        "calls: median, most",
        "bytes",
        "tokens",
        "by plain paging: calls",
        "tokens",
        "not at all",
    ]
    rows = [[name, *_figures(pairs)] for name, pairs in costs.items()]
    all_pairs = [pair for pairs in costs.values() for pair in pairs]
    return table(head, [*rows, ["all", *_figures(all_pairs)]])


def _figures(pairs: Sequence[tuple[Cost, Cost | None]]) -> list[str]:
    ours = [cost for cost, _ in pairs]
    plain = [cost for _, cost in pairs if cost]
    return [
        f"{len(pairs)}",
        _median_and_most([cost.calls for cost in ours]),
        _median([cost.bytes for cost in ours]),
        _median([cost.tokens for cost in ours]),
        _median_and_most([cost.calls for cost in plain]),
        _median([cost.tokens for cost in plain]),
        f"{len(pairs) - len(plain) or ''}",
    ]


def _median(values: Sequence[int]) -> str:
    return f"{round(median(values)):,}"


def _median_and_most(values: Sequence[int]) -> str:
    return f"{median(values):g}, {max(values)}"
