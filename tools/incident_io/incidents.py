"""incident.io's incidents, looked up one by one: GET /v2/incidents/{id}, by the full id or the numeric part of a reference."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote

import anyio

from tools.connection import Connection
from tools.errors import Forbidden, NotFound, ToolError, UnexpectedResponse, ungrouped
from tools.request import get, loads
from tools.text import clean, identifier, link, title

MAX_LOOKUPS = 20
"""Incidents that are looked up for one answer."""

_REFERENCE = re.compile(
    r"(?P<prefix>[A-Za-z][A-Za-z0-9]{0,9})-0*(?P<number>[1-9]\d{0,8})", re.ASCII
)
_LINK = re.compile(
    r"https://app\.incident\.io/(?:(?P<organisation>[\w.~-]+)/)?incidents/(?P<key>[\w-]+)(?:[/?#].*)?",
    re.ASCII,
)
_NUMBER = re.compile(r"0*(?P<number>[1-9]\d{0,8})", re.ASCII)
# INC1207, INC--1207 and the like are references that people typed, and no ids; nor is a bare number.
_ID = re.compile(r"(?![A-Za-z]+[_-]*\d*$)(?!\d{1,12}$)[\w-]+", re.ASCII)


@dataclass(frozen=True)
class Locator:
    """What a text says about one incident: its id, or its number with what else the incident must agree with.

    `prefix` is the INC of INC-123. `organisation` is that of a link, if it has one.
    """

    id: str | None = None
    number: str | None = None
    prefix: str | None = None
    organisation: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """An id, a reference (INC-123), or a link to incident.io's dashboard; None for anything else."""
        if reference := _REFERENCE.fullmatch(text):
            return cls(number=reference["number"], prefix=reference["prefix"].upper())
        link = _LINK.fullmatch(text)
        if link and (number := _NUMBER.fullmatch(link["key"])):
            return cls(number=number["number"], organisation=link["organisation"])
        id_ = link["key"] if link else text
        return cls(id=id_) if _ID.fullmatch(id_) else None


@dataclass(frozen=True)
class Incident:
    id: str
    reference: str
    shown: dict[str, str]
    """id, reference, name, status, severity and permalink, as far as there are any."""


async def resolve(
    connection: Connection, locator: Locator, text: str
) -> tuple[Incident, list[str]]:
    """The incident that a reference or a link with a number names, accepted only if it is that very one; and notes.

    *text* is what the *locator* was read from.

    Raises:
        ToolError: there is none, or the key may not look: then it says what to give instead.
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
    prefix, _, number = incident.reference.rpartition("-")
    if number.lstrip("0") != locator.number or (
        locator.prefix and prefix.upper() != locator.prefix
    ):
        raise NotFound(
            f"incident.io has {clean(incident.reference, 40)} under that number, and no '{clean(text, 80)}'."
        )
    return incident, [*_of_organisation(locator, incident)]


def _of_organisation(locator: Locator, incident: Incident) -> Iterator[str]:
    """A note where nobody can tell whether the incident is of the link's organisation.

    Raises:
        NotFound: it is of another one. Every organisation has an incident 123.
    """
    if locator.organisation is None:
        return
    permalink = _LINK.fullmatch(incident.shown.get("permalink", ""))
    organisation = permalink["organisation"] if permalink else None
    asked = clean(locator.organisation, 80)
    if organisation is None:
        yield f"incident.io does not say whether this incident belongs to the organisation '{asked}' of the link."
    elif organisation.lower() != locator.organisation.lower():
        raise NotFound(
            f"This link is of the organisation '{asked}', and the key is of '{clean(organisation, 80)}', "
            "where that number is another incident."
        )


async def look_up(connection: Connection, key: str) -> Incident:
    """By id or number. Asked for anew each time: incidents change, and one that was deleted leaves its number.

    Raises:
        ToolError: see `tools.request.get`.
    """
    reply = await get(connection, f"/v2/incidents/{quote(key, safe='')}", {}, _parse)
    return reply.body


async def look_up_all(
    connection: Connection, ids: Iterable[str]
) -> tuple[list[Incident], dict[str, ToolError]]:
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
