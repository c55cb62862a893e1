"""The identity and the times of incidents, which lists and counts compare."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from tools import times
from tools.rootly.document import Incident
from tools.text import identifier

if TYPE_CHECKING:
    from tools.rootly.json_api import Attributes


def each_once(incidents: Iterable[Incident]) -> Sequence[Incident]:
    """*incidents* without repetitions.

    Incidents with the same id and the same number are the same. Without a number, all their
    attributes have to be the same, too: the id alone may be readable only in part.
    """
    unique: list[Incident] = []
    seen: dict[tuple[str, int | None], list[Attributes]] = {}
    for incident in incidents:
        id_ = identifier(incident.id)
        if id_ is None:
            unique.append(incident)
            continue
        number = number_of(incident)
        same = seen.setdefault((id_, number), [])
        is_duplicate = number is not None or incident.attributes in same
        if same and is_duplicate:
            continue
        same.append(incident.attributes)
        unique.append(incident)
    return unique


def number_of(incident: Incident) -> int | None:
    """The number that people know an incident by; None if it is not readable."""
    number = incident.attributes.get("sequential_id")
    if type(number) is int:
        return number
    return None


def key_of(incident: Incident) -> str | None:
    """A text that identifies the incident; None if it has no readable number or id."""
    number = number_of(incident)
    if number is None:
        return identifier(incident.id)
    return str(number)


def instant_of(incident: Incident, key: str) -> datetime | None:
    """The time under *key*; None if it is not readable, or too far off for a window around it."""
    at = times.parse(incident.attributes.get(key))
    if at is None or not times.EARLIEST <= at <= times.LATEST:
        return None
    return at
