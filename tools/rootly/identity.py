"""What tells one incident from another, and when it was: the readings that lists and counts rest on."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from tools import times
from tools.rootly.document import Incident
from tools.text import identifier


def each_once(incidents: Iterable[Incident]) -> Sequence[Incident]:
    """*incidents* without those that came before in them."""
    unique: list[Incident] = []
    by_id: dict[str, list[Incident]] = {}
    for incident in incidents:
        id_ = identifier(incident.id)
        same = by_id.setdefault(id_, []) if id_ is not None else []
        if not any(_is_same(incident, other) for other in same):
            same.append(incident)
            unique.append(incident)
    return unique


def _is_same(incident: Incident, other: Incident) -> bool:
    """Whether two rows of one id are one incident. An id can be unreadable in a way of its own: the number has to agree."""
    number = number_of(incident)
    return incident.attributes == other.attributes if number is None else number == number_of(other)


def number_of(incident: Incident) -> int | None:
    number = incident.attributes.get("sequential_id")
    return number if type(number) is int else None


def key_of(incident: Incident) -> str | None:
    """What tells an incident from all others; None where it is not readable."""
    number = number_of(incident)
    return str(number) if number is not None else identifier(incident.id)


def instant_of(incident: Incident, key: str) -> datetime | None:
    """The time under *key*; None where it is not readable, or so far off that no window around it exists."""
    at = times.parse(incident.attributes.get(key))
    return at if at is not None and times.EARLIEST <= at <= times.LATEST else None
