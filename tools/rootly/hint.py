"""Why an answer is empty: which filter excludes everything, and which names are similar."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import anyio

from tools.connection import Connection
from tools.errors import ToolError, ungrouped
from tools.reply import Reuse
from tools.rootly.document import Document
from tools.rootly.filter_verification import FilterVerifier
from tools.rootly.known_names import FILTERS_BY_NAME, known_names, similar_names
from tools.rootly.question import Needs, Question
from tools.rootly.recent_names import read_recent_incidents

TIME_S = 5.0
"""Seconds for a hint, or half of what is left of the call's time, if that is less."""
MAX_QUESTIONS = 8
"""The most filters whose effect is counted."""
MAX_MISTAKEN = 4
"""The most values without recent incidents for which Rootly is asked about older incidents."""
_MAX_NAMES = 5
"""The most similar names that are offered for one filter."""


async def explain(
    question: Question, connection: Connection, *, is_known_empty: bool = True
) -> dict[str, Any]:
    """Explain why *question* has no matches. A hint never delays or fails the answer.

    Unless the question *is_known_empty*, Rootly is first asked whether it has matches.

    `without` has the number of matches without each filter. Under the name of a filter are the
    names most similar to its values. `text` says this in words. Empty if nothing is known in time.
    """
    hint = _Hint(question, connection)
    remaining_s = anyio.current_effective_deadline() - anyio.current_time()
    with anyio.move_on_after(min(TIME_S, remaining_s / 2)), ungrouped():
        if not is_known_empty and await _count(question, connection) != 0:
            return {}
        async with anyio.create_task_group() as tasks:
            for name, shorter in [*question.each_without()][:MAX_QUESTIONS]:
                tasks.start_soon(hint.count, name, shorter)
            tasks.start_soon(hint.find_names)
    return hint.facts()


async def _count(
    question: Question, connection: Connection, reuse: Reuse = Reuse.NEVER
) -> int | None:
    """How many incidents match; None if that is not certain."""
    verifier = FilterVerifier(question)
    paging = {"page[size]": str(verifier.least_rows)}
    needs = Needs(frozenset({"sequential_id"}))
    try:
        reply = await verifier.ask(question, connection, paging, needs, reuse)
        unproven = await verifier.notes(connection)
    except ToolError:
        return None
    if unproven:
        return None
    return reply.body.total


@dataclass
class _Hint:
    """The parts of a hint that are known so far.

    Requests end in any order, so `facts` puts the parts into the order of the question. `without`
    is by filter. `offers` has a filter and similar names, by the place of the mistaken value.
    """

    question: Question
    connection: Connection
    without: dict[str, int] = field(default_factory=dict)
    offers: dict[int, tuple[str, list[str]]] = field(default_factory=dict)

    def facts(self) -> dict[str, Any]:
        """The hint; empty if nothing is known."""
        names = self._names()
        if not self.without and not names:
            return {}
        facts: dict[str, Any] = {"text": self._text(names)}
        if self.without:
            order = [name for name, _ in self.question.each_without()]
            counts = sorted(self.without.items(), key=lambda item: order.index(item[0]))
            facts["without"] = dict(counts)
        return facts | names

    def _names(self) -> dict[str, list[str]]:
        """The names to offer for each filter."""
        names: dict[str, list[str]] = {}
        for _, (name, similar) in sorted(self.offers.items()):
            unique = dict.fromkeys((*names.get(name, ()), *similar))
            names[name] = [*unique][:_MAX_NAMES]
        return names

    def _text(self, names: Collection[str]) -> str:
        places = []
        if self.without:
            places.append("without for how many match when one filter is left out")
        if names:
            places.append(f"{' and '.join(names)} for similar names that exist")
        return f"Nothing matches. See {', and '.join(places)}."

    async def count(self, name: str, shorter: Question) -> None:
        """Count the matches of *shorter*, which is the question without the filter *name*."""
        count = await _count(shorter, self.connection, Reuse.ANY)
        if count is not None:
            self.without[name] = count

    async def find_names(self) -> None:
        """Find names of recent incidents that are similar to values which none of them has."""
        filters = [name for name in self.question.filters if name in FILTERS_BY_NAME]
        if not filters:
            return
        try:
            recent = await read_recent_incidents(filters, self.connection)
        except ToolError:
            return
        mistakes = [*self._mistakes(filters, recent)]
        async with anyio.create_task_group() as tasks:
            for place, mistake in enumerate(mistakes[:MAX_MISTAKEN]):
                tasks.start_soon(self._offer, place, *mistake)

    def _mistakes(
        self, filters: Iterable[str], recent: Document
    ) -> Iterator[tuple[str, str, list[str]]]:
        """The values that no recent incident has, with the filter and with similar names."""
        for name in filters:
            names = known_names(recent, name)
            for value in self.question.filters[name]:
                similar = similar_names(value, names)
                if similar:
                    yield name, value, similar

    async def _offer(self, place: int, name: str, value: str, similar: list[str]) -> None:
        """Offer *similar* names, unless an older incident has *value* itself."""
        # The question has no matches. If it has no other filter, no incident has any of the values.
        has_other_filters = self.question != Question(filters={name: self.question.filters[name]})
        if has_other_filters:
            alone = Question(filters={name: [value]})
            if await _count(alone, self.connection, Reuse.ANY) != 0:
                return
        self.offers[place] = (name, similar)
