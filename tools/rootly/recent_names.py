"""The services, teams and severities of recent incidents, for completing what a person types."""

from collections.abc import Iterator, Mapping, Sequence

from tools.connection import Connection
from tools.rootly.document import Document
from tools.rootly.filters import FILTERS
from tools.rootly.question import Needs, Question

COMPLETED = ("services", "teams", "severity")
"""The filters whose values are read."""
_RECENT = 100
"""How many of the newest incidents are read: as many as one answer of Rootly can have."""

RecentNames = Mapping[str, Sequence[str]]
"""Slugs by filter, each once, those of the newest incident first. There may be others."""


async def read_recent_names(connection: Connection) -> RecentNames:
    """Read the newest incidents, with one request.

    Raises:
        ToolError: see `tools.request.get`.
    """
    needs = Needs()
    for name in COMPLETED:
        needs |= FILTERS[name].needs
    paging = {"page[size]": str(_RECENT), "sort": "-created_at"}
    reply = await Question().ask(connection, paging, needs)
    return {name: [*dict.fromkeys(_slugs(reply.body, name))] for name in COMPLETED}


def _slugs(document: Document, filter_name: str) -> Iterator[str]:
    """The slugs that incidents have for a filter, without names and ids in the place of slugs."""
    for incident in document.incidents:
        for value in FILTERS[filter_name].read(document, incident).values:
            if value.is_certain:
                yield from value.forms
