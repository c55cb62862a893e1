"""The cost of the questions in calls, bytes and tokens (o200k), compared with reading plain pages.

The figures do not depend on the machine, so a test compares those in docs/performance.md with
new ones.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import attrgetter
from statistics import median
from typing import Any, Self

from evals.classes import CLASSES
from evals.question import Answer, Call, Question, Walk, call_of, rows
from evals.settings import NOW, settings_for
from evals.table import table
from evals.tokens import tokens
from sandbox.serving import Sandbox
from server.dispatcher import Dispatcher

BEGIN, END = "<!-- evals: written by python -m benchmarks.evals --write -->\n", "<!-- /evals -->"
"""Where the table is in docs/performance.md."""


@dataclass(frozen=True)
class Cost:
    """The number of calls, and the size of their answers."""

    calls: int
    bytes: int
    tokens: int

    @classmethod
    def of(cls, texts: Sequence[str]) -> Self:
        """The cost of the calls whose answers have these texts."""
        size = len("".join(texts).encode())
        return cls(len(texts), size, sum(map(tokens, texts)))


Costs = Mapping[str, Sequence[tuple[Cost, Cost | None]]]
"""By class, two costs of each question: with our tools, and with plain pages.

The second one is None if plain pages cannot answer the question.
"""


@dataclass
class Pages:
    """The pages of lists, for a client that knows only the vendors' first references.

    A page is fetched once, but counted each time it is read.
    """

    dispatcher: Dispatcher
    _pages: dict[str, list[str]] = field(default_factory=dict)

    async def read(self, walk: Walk) -> list[str]:
        """The answers of a walk."""
        texts = []
        async for text in self._from_the_start(walk.call):
            texts.append(text)
            if walk.ends_in(_rows(json.loads(text))):
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
    if "error" in answer:
        return []
    return rows(answer)


async def measure(sandbox: Sandbox) -> Costs:
    """Answer all questions, in both ways."""
    costs: dict[str, list[tuple[Cost, Cost | None]]] = {}
    async with Dispatcher(settings_for(sandbox), clock=lambda: NOW) as dispatcher:
        pages = Pages(dispatcher)
        for name, questions in CLASSES.items():
            costs[name] = []
            for question in questions:
                cost = await _cost(dispatcher, question)
                costs[name].append((cost, await _plain_cost(pages, question)))
    return costs


async def _cost(dispatcher: Dispatcher, question: Question) -> Cost:
    texts: list[str] = []
    answers: list[Answer] = []
    for call in question.calls:
        tool, arguments = call_of(call, answers)
        result = await dispatcher.call(tool, arguments)
        texts.append(result.text)
        answers.append(json.loads(result.text))
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
    all_pairs = [*chain.from_iterable(costs.values())]
    return table(head, [*rows, ["all", *_figures(all_pairs)]])


def _figures(pairs: Sequence[tuple[Cost, Cost | None]]) -> list[str]:
    ours = [cost for cost, _ in pairs]
    plain = [cost for _, cost in pairs if cost]
    return [
        f"{len(pairs)}",
        _median_and_most(ours, "calls"),
        _median(ours, "bytes"),
        _median(ours, "tokens"),
        _median_and_most(plain, "calls"),
        _median(plain, "tokens"),
        f"{len(pairs) - len(plain) or ''}",
    ]


def _median(costs: Sequence[Cost], name: str) -> str:
    values = [*map(attrgetter(name), costs)]
    return f"{round(median(values)):,}"


def _median_and_most(costs: Sequence[Cost], name: str) -> str:
    values = [*map(attrgetter(name), costs)]
    return f"{median(values):g}, {max(values)}"
