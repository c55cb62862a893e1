"""The two ways to ask for attachments: by incident, and by external resource."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import anyio

from tools.connection import Connection
from tools.errors import ToolError, ungrouped
from tools.incident_io.attachment_rows import AttachmentRows
from tools.incident_io.attachments import Attachment, Attachments, get_attachments, spelling_notes
from tools.incident_io.incidents import Incident, resolve
from tools.incident_io.locator import Locator
from tools.request import Reply

_IS_PART = (
    "incident.io says that there are more attachments than it sent, "
    "and documents no way to ask for them."
)


@dataclass(frozen=True)
class SearchResult:
    """incident.io's answers to one search.

    * `parameter`: the query parameter that has another value in each request.
    * `facts`: what all rows have in common.
    * `replies`, `failures`: by the value of the parameter.
    * `incident`: the one that the search named, if it was looked up.
    * `incident_notes`: how the name was understood.
    """

    parameter: str
    facts: Mapping[str, Any]
    replies: Mapping[str, Reply[Attachments]]
    failures: Mapping[str, ToolError] = field(default_factory=dict)
    incident: Incident | None = None
    incident_notes: Sequence[str] = ()

    @property
    def attachments(self) -> list[Attachment]:
        """The attachments of all replies, in their order."""
        rows = (reply.body.rows for reply in self.replies.values())
        return [*chain.from_iterable(rows)]

    @property
    def is_complete(self) -> bool:
        """Whether these are known to be all attachments that there are."""
        return not self.failures and not self._is_part

    @property
    def _is_part(self) -> bool:
        return any(reply.body.is_part for reply in self.replies.values())

    @property
    def last_reply(self) -> Reply[Attachments]:
        """The reply to the last value."""
        *_, last = self.replies.values()
        return last

    def notes(self) -> list[str]:
        """Notes on the incident, and on values that incident.io writes in another way."""
        return [*self.incident_notes, *spelling_notes(self.replies, self.parameter)]

    def part_notes(self) -> list[str]:
        """A note if incident.io says that it did not send everything."""
        if self._is_part:
            return [_IS_PART]
        return []

    def facts_by_id(self) -> dict[str, Any]:
        """For each external id the number of its attachments, or why it has no answer."""
        counts: dict[str, int] = {}
        for id_, reply in self.replies.items():
            # The attachments themselves may have another form of the id, or none.
            counts[id_] = len(AttachmentRows.of(reply.body.rows).rows)
        facts: dict[str, Any] = {"by_external_id": counts}
        if self.failures:
            facts["failed"] = {id_: _failure(error) for id_, error in self.failures.items()}
        return facts


async def search_by_incident(connection: Connection, text: str) -> SearchResult:
    """The attachments of the incident that *text* names.

    Raises:
        ToolError: see `resolve` and `get_attachments`.
    """
    locator = Locator.parse(text) or Locator(id=text)
    if locator.id is not None:
        reply = await get_attachments(connection, {"incident_id": locator.id})
        return SearchResult("incident_id", {"incident_id": locator.id}, {locator.id: reply})
    incident, notes = await resolve(connection, locator, text)
    reply = await get_attachments(connection, {"incident_id": incident.id})
    return SearchResult(
        "incident_id",
        {"incident_id": incident.id, "taken_for": _taken_for(incident)},
        {incident.id: reply},
        incident=incident,
        incident_notes=notes,
    )


async def search_by_resource(
    connection: Connection, resource_type: str, ids: Sequence[str]
) -> SearchResult:
    """The attachments of each resource, asked for in parallel.

    Raises:
        ToolError: all requests failed; this is the failure of the first id.
    """
    replies: dict[str, Reply[Attachments]] = {}
    failures: dict[str, ToolError] = {}

    async def search_one(id_: str) -> None:
        query = {"resource_type": resource_type, "external_id": id_}
        try:
            replies[id_] = await get_attachments(connection, query)
        except ToolError as error:
            failures[id_] = error

    with ungrouped():
        async with anyio.create_task_group() as tasks:
            for id_ in ids:
                tasks.start_soon(search_one, id_)
    if not replies:
        raise failures[ids[0]]
    facts = {"resource_type": resource_type}
    if len(ids) == 1:
        facts["external_id"] = ids[0]
    # The order is that of the ids, whichever answer came first.
    return SearchResult(
        "external_id",
        facts,
        dict(sorted(replies.items(), key=lambda item: ids.index(item[0]))),
        dict(sorted(failures.items(), key=lambda item: ids.index(item[0]))),
    )


def _taken_for(incident: Incident) -> dict[str, str]:
    """The names by which people know the incident."""
    return {name: fact for name, fact in incident.facts.items() if name in ("reference", "name")}


def _failure(error: ToolError) -> dict[str, Any]:
    return {"code": error.code, "message": str(error), "retryable": error.retryable}
