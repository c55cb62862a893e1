"""Recent incidents, and the services, teams and severities that they have."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from tools.arguments import MAX_LENGTH
from tools.connection import Connection
from tools.reply import Reuse
from tools.rootly.document import Document
from tools.rootly.filters import FILTERS
from tools.rootly.question import Needs, Question

_FILTER_NAMES = ("services", "teams", "severity")
"""The filters whose values are completed when a person types."""
_RECENT = 100
"""How many incidents are recent: as many of the newest as one answer of Rootly can have."""

RecentNames = Mapping[str, Sequence[str]]
"""Slugs by filter, each once, those of the newest incident first. There may be others."""


async def read_recent_incidents(filter_names: Iterable[str], connection: Connection) -> Document:
    """Read the newest incidents, with the parts that show the values of these filters.

    Raises:
        ToolError: see `tools.request.get`.
    """
    needs = Needs()
    for name in filter_names:
        needs |= FILTERS[name].needs
    paging = {"page[size]": str(_RECENT), "sort": "-created_at"}
    reply = await Question().ask(connection, paging, needs, Reuse.ANY)
    return reply.body


async def read_recent_names(connection: Connection) -> RecentNames:
    """Read the names that the newest incidents have.

    Raises:
        ToolError: see `tools.request.get`.
    """
    document = await read_recent_incidents(_FILTER_NAMES, connection)
    return {name: [*dict.fromkeys(_slugs(document, name))] for name in _FILTER_NAMES}


def _slugs(document: Document, filter_name: str) -> Iterator[str]:
    """The slugs that incidents have for a filter, without names and ids in the place of slugs.

    A slug that is too long for an argument is left out.
    """
    for incident in document.incidents:
        for value in FILTERS[filter_name].read(document, incident).values:
            if value.is_certain:
                yield from (form for form in value.forms if len(form) <= MAX_LENGTH)
