"""Why nothing was found: which filter did it, and which names come near."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

import anyio

from tools.connection import Connection
from tools.errors import ToolError, ungrouped
from tools.rootly.document import Document
from tools.rootly.filter_verification import FilterVerifier
from tools.rootly.question import Needs, Question
from tools.rootly.relations import SLUG_FILTERS
from tools.rootly.values import severity
from tools.rootly.verdict import letters
from tools.text import identifier, title

TIME_S = 5.0
"""A hint may take this long, or half of what is left of the call's time: it never costs the answer."""
MAX_QUESTIONS = 8
MAX_MISTAKEN = 4
"""For how many values without incidents among the newest it is asked whether any incident has them."""
_SEEN = 100
"""How many of the newest incidents are looked through for names."""

_NAMES = {
    "service_names": "services",
    "team_names": "groups",
    "functionality_names": "functionalities",
}
_RELATIONS = {**SLUG_FILTERS, **_NAMES}


async def explain(question: Question, connection: Connection) -> dict[str, Any]:
    """For a question without an answer: `without`, the number of matches without each filter, and per filter the nearest names.

    Empty where there is nothing to tell, or no time.
    """
    without: dict[str, int] = {}
    near: dict[str, list[str]] = {}
    remaining = anyio.current_effective_deadline() - anyio.current_time()
    with anyio.move_on_after(min(TIME_S, remaining / 2)), ungrouped():
        async with anyio.create_task_group() as tasks:
            for name, less in [*question.each_without()][:MAX_QUESTIONS]:
                tasks.start_soon(_count, name, less, connection, without)
            tasks.start_soon(_nearest, question, connection, near)
    # Told in the question's order, whichever answer came first.
    counted = {name: without[name] for name, _ in question.each_without() if name in without}
    return {**({"without": counted} if counted else {}), **near}


async def _count(
    name: str, question: Question, connection: Connection, counts: dict[str, int]
) -> None:
    if (count := await _matches(question, connection)) is not None:
        counts[name] = count


async def _matches(question: Question, connection: Connection) -> int | None:
    """How many incidents match; None where that is not known for certain."""
    check = FilterVerifier(question)
    paging = {"page[size]": str(check.least_rows)}
    try:
        reply = await check.ask(question, connection, paging, Needs(frozenset({"sequential_id"})))
        unproven = await check.notes(connection)
    except ToolError:
        return None
    return None if unproven else reply.body.total


async def _nearest(question: Question, connection: Connection, near: dict[str, list[str]]) -> None:
    wanted = {
        name: values
        for name, values in question.filters.items()
        if name in _RELATIONS or name == "severity"
    }
    if not wanted:
        return
    recent = await _recent(wanted, connection)
    if recent is None:
        return
    mistaken: list[tuple[str, str, list[str]]] = []
    for name, values in wanted.items():
        seen = _seen(recent, name)
        for value in values:
            close = [] if value in seen else _close(value, seen)
            if close:
                mistaken.append((name, value, close))
    async with anyio.create_task_group() as tasks:
        for name, value, close in mistaken[:MAX_MISTAKEN]:
            tasks.start_soon(_offer, question, name, value, close, connection, near)


async def _recent(filters: Iterable[str], connection: Connection) -> Document | None:
    """The newest incidents, with what shows the slugs and names of these *filters*."""
    relations = frozenset(_RELATIONS[name] for name in filters if name in _RELATIONS)
    paging = {"page[size]": str(_SEEN), "sort": "-created_at"}
    try:
        reply = await Question().ask(connection, paging, Needs(frozenset({"severity"}), relations))
    except ToolError:
        return None
    return reply.body


async def _offer(
    question: Question,
    name: str,
    value: str,
    close: list[str],
    connection: Connection,
    near: dict[str, list[str]],
) -> None:
    """Offer *close* names, unless there are incidents with the given one, only none of the newest."""
    alone = Question(filters={name: [value]})
    is_known_to_have_none = question == replace(alone, filters={name: question.filters[name]})
    if is_known_to_have_none or await _matches(alone, connection) == 0:
        near[name] = [*dict.fromkeys((*near.get(name, ()), *close))][:5]


def _seen(recent: Document, name: str) -> Mapping[str, str]:
    """The slugs or names of a filter that the incidents have, by how they are compared."""
    if name == "severity":
        shown = [severity(incident.attributes.get("severity")) for incident in recent.incidents]
    else:
        key, read = ("name", title) if name in _NAMES else ("slug", identifier)
        shown = [
            read(related.attributes.get(key))
            for incident in recent.incidents
            for related in recent.related(incident, _RELATIONS[name]) or ()
            if related.attributes
        ]
    return {value: value.lower() for value in shown if value}


def _close(value: str, seen: Mapping[str, str]) -> list[str]:
    # Written differently, it is the same: SEV-1 for sev1, Checkout API for checkout-api.
    if same := [shown for shown in seen if letters(shown) == letters(value)]:
        return same[:3]
    plain = value.lower()
    begins = [shown for shown, compared in seen.items() if plain in compared or compared in plain]
    alike = get_close_matches(plain, seen.values(), n=3, cutoff=0.6)
    return sorted(begins)[:3] + [shown for shown, compared in seen.items() if compared in alike]
