"""incident.io's incidents, looked up one by one: GET /v2/incidents/{id}, by the full id or the numeric part of a reference."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import anyio

from tools.connection import Connection
from tools.errors import Forbidden, NotFound, ToolError, UnexpectedResponse, ungrouped
from tools.request import get, loads
from tools.text import clean, identifier, link, title

REMEMBERED = timedelta(minutes=10)
MAX_LOOKUPS = 20
"""Incidents that are looked up for one answer."""

_REFERENCE = re.compile(r"[A-Za-z][A-Za-z0-9]{0,9}-(\d{1,9})", re.ASCII)
_LINK = re.compile(r"https://app\.incident\.io/[\w.~-]+/incidents/(\d{1,9})(?:[/?#].*)?", re.ASCII)


@dataclass(frozen=True)
class Incident:
    id: str
    reference: str
    shown: dict[str, str]
    """id, reference, name, status, severity and permalink, as far as there are any."""


def number_in(text: str) -> str | None:
    """The number in a reference (INC-123) or in a link to incident.io's dashboard; None for anything else."""
    found = _REFERENCE.fullmatch(text) or _LINK.fullmatch(text)
    return found[1].lstrip("0") or None if found else None


async def resolve(connection: Connection, text: str) -> Incident:
    """The incident that a reference or a link names, accepted only if it is that very one.

    Raises:
        ToolError: there is none, or the key may not look: then it says what to give instead.
    """
    number = number_in(text)
    if number is None:
        raise ValueError(text)
    try:
        incident = await look_up(connection, number)
    except Forbidden as error:
        raise Forbidden(f"{error} Looking up a reference needs incidents.view: give the incident's id instead.") from error
    except NotFound as error:
        raise NotFound(f"incident.io has no incident '{clean(text, 80)}' that this key may see.") from error
    is_link = "/" in text
    told = incident.reference.rpartition("-")[2].lstrip("0") if is_link else incident.reference.upper()
    if told != (number if is_link else re.sub(r"-0+", "-", text.upper())):
        raise NotFound(f"incident.io has {clean(incident.reference, 40)} under that number, and no '{clean(text, 80)}'.")
    return incident


async def look_up(connection: Connection, key: str) -> Incident:
    """By id or number; remembered for a while.

    Raises:
        ToolError: see `tools.request.get`.
    """
    now = connection.clock()
    until, incident = connection.remembered.get(key, (now, None))
    if incident is not None and now < until:
        return incident  # type: ignore[no-any-return]
    reply = await get(connection, f"/v2/incidents/{quote(key, safe='')}", {}, _parse)
    if len(connection.remembered) >= 1_000:
        connection.remembered.clear()
    for known in {key, reply.body.id}:
        connection.remembered[known] = (now + REMEMBERED, reply.body)
    return reply.body


async def look_up_all(connection: Connection, ids: Iterable[str]) -> tuple[list[Incident], dict[str, ToolError]]:
    """The incidents of these ids, in their order, and what went wrong with the others."""
    found: dict[str, Incident] = {}
    failed: dict[str, ToolError] = {}

    async def one(id_: str) -> None:
        try:
            incident = await look_up(connection, id_)
        except ToolError as error:
            failed[id_] = error
        else:
            if incident.id == id_:
                found[id_] = incident
            else:
                failed[id_] = UnexpectedResponse("incident.io answered with another incident.")

    wanted = [*dict.fromkeys(ids)]
    with ungrouped():
        async with anyio.create_task_group() as tasks:
            for id_ in wanted:
                tasks.start_soon(one, id_)
    return [found[id_] for id_ in wanted if id_ in found], failed


def _parse(body: bytes) -> Incident:
    """Raises:
    ValueError: the body is not an object with an incident that has an id and a reference.
    """
    document = loads(body)
    incident = document.get("incident") if isinstance(document, dict) else None
    if not isinstance(incident, dict):
        raise ValueError("no incident")
    id_, reference = identifier(incident.get("id")), identifier(incident.get("reference"))
    if id_ is None or reference is None:
        raise ValueError("an incident without id or reference")
    shown = {
        "id": id_,
        "reference": reference,
        "name": title(incident.get("name")),
        "status": title(_mapping(incident.get("incident_status")).get("name")),
        "severity": title(_mapping(incident.get("severity")).get("name")),
        "permalink": url if (url := link(incident.get("permalink"))) and len(url) <= 300 else None,
    }
    return Incident(id_, reference, {name: value for name, value in shown.items() if value})


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
