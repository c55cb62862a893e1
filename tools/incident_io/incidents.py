"""incident.io's incidents, one by one: GET /v2/incidents/{id}, which also takes a number."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import anyio

from tools.connection import Connection
from tools.errors import Forbidden, NotFound, ToolError, UnexpectedResponse, ungrouped
from tools.incident_io.locator import Locator, organisation
from tools.reply import Reuse
from tools.request import get, loads
from tools.text import clean, identifier, link, title

MAX_LOOKUPS = 20
"""The most incidents that are looked up for one answer."""
_MAX_PERMALINK = 300
"""The most characters of a permalink that is shown."""


@dataclass(frozen=True)
class Incident:
    """An incident of incident.io.

    `members` are its id, reference, name, status, severity and permalink, if it has them.
    """

    id: str
    reference: str
    members: dict[str, str]


async def resolve(
    connection: Connection, locator: Locator, text: str
) -> tuple[Incident, list[str]]:
    """Look up the incident that a reference, or a link with a number, names.

    The result also has notes on it. The *locator* was read from *text*.

    Raises:
        NotFound: there is no such incident, or the number is that of another one.
        Forbidden: the key is not allowed to look incidents up.
        ToolError: see `tools.request.get`.
    """
    if locator.number is None:
        raise ValueError(text)
    try:
        incident = await look_up(connection, locator.number)
    except Forbidden as error:
        raise Forbidden(
            f"{error} Looking up a reference needs incidents.view: give the incident's id instead."
        ) from error
    except NotFound as error:
        raise NotFound(
            f"incident.io has no incident '{clean(text, 80)}' that this key may see."
        ) from error
    if not _is_named_by(locator, incident):
        raise NotFound(
            f"incident.io has {clean(incident.reference, 40)} under that number, "
            f"and no '{clean(text, 80)}'."
        )
    return incident, [*_organisation_notes(locator, incident)]


def _is_named_by(locator: Locator, incident: Incident) -> bool:
    """Whether the incident has the number of *locator*, and its prefix if there is one."""
    prefix, _, number = incident.reference.rpartition("-")
    if number.lstrip("0") != locator.number:
        return False
    return locator.prefix is None or prefix.upper() == locator.prefix


def _organisation_notes(locator: Locator, incident: Incident) -> Iterator[str]:
    """A note if it is not known whether the incident belongs to the organisation of the link.

    Raises:
        NotFound: it belongs to another organisation. Each one has an incident 123 of its own.
    """
    if locator.organisation is None:
        return
    own = organisation(incident.members.get("permalink", ""))
    in_link = clean(locator.organisation, 80)
    if own is None:
        yield (
            "incident.io does not say whether this incident belongs to "
            f"the organisation '{in_link}' of the link."
        )
    elif own.lower() != locator.organisation.lower():
        raise NotFound(
            f"This link is of the organisation '{in_link}', and the key is of "
            f"'{clean(own, 80)}', where that number is another incident."
        )


async def look_up(connection: Connection, key: str) -> Incident:
    """Look up the incident with this id or number.

    Its values are never older than the call or `INCIDENT_DESK_FRESH_S`: incidents change, and
    another incident may get the number of a deleted one.

    Raises:
        ToolError: see `tools.request.get`.
    """
    path = f"/v2/incidents/{quote(key, safe='')}"
    reply = await get(connection, path, {}, _parse, Reuse.FRESH)
    return reply.body


async def look_up_all(
    connection: Connection, ids: Sequence[str]
) -> tuple[list[Incident], list[str]]:
    """Look up the incidents with these *ids*, in the same order, with notes on missing ones."""
    incidents, failures = await _look_up_each(connection, ids[:MAX_LOOKUPS])
    notes = []
    if len(ids) > MAX_LOOKUPS:
        notes.append(f"{len(ids) - MAX_LOOKUPS} more incidents are not looked up.")
    return incidents, [*notes, *_failure_notes(failures)]


async def _look_up_each(
    connection: Connection, ids: Iterable[str]
) -> tuple[list[Incident], dict[str, ToolError]]:
    incidents: dict[str, Incident] = {}
    failures: dict[str, ToolError] = {}

    async def look_up_one(id_: str) -> None:
        try:
            incident = await look_up(connection, id_)
        except ToolError as error:
            failures[id_] = error
            return
        if incident.id == id_:
            incidents[id_] = incident
        else:
            failures[id_] = UnexpectedResponse("incident.io answered with another incident.")

    distinct = [*dict.fromkeys(ids)]
    with ungrouped():
        async with anyio.create_task_group() as tasks:
            for id_ in distinct:
                tasks.start_soon(look_up_one, id_)
    # Requests end in any order: put the incidents and the failures into the order of the ids.
    ordered_incidents = [incidents[id_] for id_ in distinct if id_ in incidents]
    ordered_failures = {id_: failures[id_] for id_ in distinct if id_ in failures}
    return ordered_incidents, ordered_failures


def _failure_notes(failures: Mapping[str, ToolError]) -> Iterator[str]:
    gone: list[str] = []
    by_message: dict[str, list[str]] = {}
    for id_, error in failures.items():
        if isinstance(error, NotFound):
            gone.append(id_)
        else:
            by_message.setdefault(str(error), []).append(id_)
    if gone:
        noun = "the incident" if len(gone) == 1 else "the incidents"
        yield f"Deleted, or not for this key to see: {noun} {', '.join(gone)}."
    for message, ids in by_message.items():
        yield f"Not looked up: {', '.join(ids)}. {message}"


def _parse(body: bytes) -> Incident:
    """Read the body of an answer.

    Raises:
        ValueError: it is not an object with an incident that has an id and a reference.
    """
    document = loads(body)
    if not isinstance(document, dict) or not isinstance(document.get("incident"), dict):
        raise ValueError("no incident")
    incident = document["incident"]
    id_ = identifier(incident.get("id"))
    reference = identifier(incident.get("reference"))
    if id_ is None or reference is None:
        raise ValueError("an incident without id or reference")
    members = {
        "id": id_,
        "reference": reference,
        "name": title(incident.get("name")),
        "status": _name(incident.get("incident_status")),
        "severity": _name(incident.get("severity")),
        "permalink": _permalink(incident.get("permalink")),
    }
    return Incident(id_, reference, {name: value for name, value in members.items() if value})


def _name(value: Any) -> str | None:
    """The name in an object, such as a status."""
    if not isinstance(value, Mapping):
        return None
    return title(value.get("name"))


def _permalink(value: Any) -> str | None:
    url = link(value)
    if url is None or len(url) > _MAX_PERMALINK:
        return None
    return url
