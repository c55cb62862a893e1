"""Why an answer is empty: which filter excludes everything, and which names are similar."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import anyio

from tools.connection import Connection
from tools.errors import ToolError, ungrouped
from tools.rootly.document import Document, Incident
from tools.rootly.filter_verification import FilterVerifier
from tools.rootly.question import Needs, Question
from tools.rootly.relations import SLUG_FILTERS
from tools.rootly.values import severity
from tools.rootly.verdict import letters
from tools.text import identifier, title

TIME_S = 5.0
"""Seconds for a hint, or half of what is left of the call's time, if that is less."""
MAX_QUESTIONS = 8
"""Filters whose effect is counted."""
MAX_MISTAKEN = 4
"""Values without recent incidents, of which Rootly is asked whether any incident has them."""
_RECENT = 100
"""How many of the newest incidents are searched for names."""
_MAX_NAMES = 5
"""Similar names that are offered for one filter."""

_NAME_FILTERS = {
    "service_names": "services",
    "team_names": "groups",
    "functionality_names": "functionalities",
}
_RELATIONS = {**SLUG_FILTERS, **_NAME_FILTERS}
"""The relation that shows the values of a filter."""
_FILTERS_BY_NAME = {*_RELATIONS, "severity"}


async def explain(question: Question, connection: Connection) -> dict[str, Any]:
    """Why *question* has no matches. A hint never delays or fails the answer.

    `without` has the number of matches without each filter. Under the name of a filter are the
    names most similar to its values. `text` says this in words. Empty if nothing is known in time.
    """
    hint = _Hint(question, connection)
    remaining_s = anyio.current_effective_deadline() - anyio.current_time()
    with anyio.move_on_after(min(TIME_S, remaining_s / 2)), ungrouped():
        async with anyio.create_task_group() as tasks:
            for name, shorter in [*question.each_without()][:MAX_QUESTIONS]:
                tasks.start_soon(hint.count, name, shorter)
            tasks.start_soon(hint.find_names)
    return hint.facts()


@dataclass
class _Hint:
    """What is known so far, by filter."""

    question: Question
    connection: Connection
    without: dict[str, int] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)

    def facts(self) -> dict[str, Any]:
        # The order is that of the question, whichever answer came first.
        order = [name for name, _ in self.question.each_without()]
        facts: dict[str, Any] = {}
        if self.without:
            facts["without"] = {name: self.without[name] for name in order if name in self.without}
        facts |= self.names
        return {"text": self._text(), **facts} if facts else {}

    def _text(self) -> str:
        places = []
        if self.without:
            places.append("without for how many match when one filter is left out")
        if self.names:
            places.append(f"{' and '.join(self.names)} for similar names that exist")
        return f"Nothing matches. See {', and '.join(places)}."

    async def count(self, name: str, shorter: Question) -> None:
        """Count the matches of *shorter*, which is the question without the filter *name*."""
        count = await self._matches(shorter)
        if count is not None:
            self.without[name] = count

    async def _matches(self, question: Question) -> int | None:
        """How many incidents match; None if that is not certain."""
        verifier = FilterVerifier(question)
        paging = {"page[size]": str(verifier.least_rows)}
        needs = Needs(frozenset({"sequential_id"}))
        try:
            reply = await verifier.ask(question, self.connection, paging, needs)
            unproven = await verifier.notes(self.connection)
        except ToolError:
            return None
        return None if unproven else reply.body.total

    async def find_names(self) -> None:
        """Find names of recent incidents that are similar to values which none of them has."""
        filters = [name for name in self.question.filters if name in _FILTERS_BY_NAME]
        recent = await self._recent(filters) if filters else None
        if recent is None:
            return
        mistaken = [*self._mistaken(filters, recent)]
        async with anyio.create_task_group() as tasks:
            for name, value, similar in mistaken[:MAX_MISTAKEN]:
                tasks.start_soon(self._offer, name, value, similar)

    def _mistaken(
        self, filters: Iterable[str], recent: Document
    ) -> Iterator[tuple[str, str, list[str]]]:
        """The values that no recent incident has, with the filter and with similar names."""
        for name in filters:
            known = _names(recent, name)
            for value in self.question.filters[name]:
                similar = [] if value in known else _similar(value, known)
                if similar:
                    yield name, value, similar

    async def _recent(self, filters: Iterable[str]) -> Document | None:
        """The newest incidents, with what shows the values of these *filters*."""
        relations = frozenset(_RELATIONS[name] for name in filters if name in _RELATIONS)
        needs = Needs(frozenset({"severity"}), relations)
        paging = {"page[size]": str(_RECENT), "sort": "-created_at"}
        try:
            reply = await Question().ask(self.connection, paging, needs)
        except ToolError:
            return None
        return reply.body

    async def _offer(self, name: str, value: str, similar: Iterable[str]) -> None:
        """Offer *similar* names, unless some incident has *value* itself, only not a recent one."""
        # The question has no matches. If it has no other filter, no incident has any of the values.
        has_other_filters = self.question != Question(filters={name: self.question.filters[name]})
        if has_other_filters and await self._matches(Question(filters={name: [value]})) != 0:
            return
        names = dict.fromkeys((*self.names.get(name, ()), *similar))
        self.names[name] = [*names][:_MAX_NAMES]


def _names(recent: Document, filter_name: str) -> Collection[str]:
    """The values that these incidents have for a filter, each once."""
    names: dict[str, None] = {}
    for incident in recent.incidents:
        for name in _names_of(incident, recent, filter_name):
            if name:
                names[name] = None
    return names


def _names_of(incident: Incident, document: Document, filter_name: str) -> Iterable[str | None]:
    if filter_name == "severity":
        return [severity(incident.attributes.get("severity"))]
    related = document.related(incident, _RELATIONS[filter_name]) or ()
    attributes = [one.attributes for one in related if one.attributes]
    if filter_name in _NAME_FILTERS:
        return [title(one.get("name")) for one in attributes]
    return [identifier(one.get("slug")) for one in attributes]


def _similar(value: str, known: Collection[str]) -> list[str]:
    # It may be the same in another spelling: SEV-1 for sev1, Checkout API for checkout-api.
    same = [name for name in known if letters(name) == letters(value)]
    if same:
        return same[:3]
    plain = value.lower()
    lower = {name: name.lower() for name in known}
    parts = [name for name in known if plain in lower[name] or lower[name] in plain]
    close = get_close_matches(plain, lower.values(), n=3, cutoff=0.6)
    return sorted(parts)[:3] + [name for name in known if lower[name] in close]
