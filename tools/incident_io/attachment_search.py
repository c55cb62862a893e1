"""The two ways to ask for attachments: by incident, and by external resource."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any

import anyio

from tools.connection import Connection
from tools.errors import ToolError, ungrouped
from tools.incident_io.attachment_rows import AttachmentRows
from tools.incident_io.attachments import Attachment, Attachments, get_attachments, spelling_notes
from tools.incident_io.incidents import Incident, resolve
from tools.incident_io.locator import Locator
from tools.reply import Reply, Reuse

_IS_INCOMPLETE = (
    "incident.io says that there are more attachments than it sent, "
    "and documents no way to ask for them."
)


@dataclass(frozen=True)
class SearchResult:
    """incident.io's answers to one search.

    * `parameter`: the query parameter that differs between the requests: `incident_id` or
      `external_id`.
    * `query_facts`: the members before the rows: the query, and `taken_for` if the incident was
      looked up.
    * `replies`, `failures`: the reply or the failure for each value of the parameter.
    * `incident`: the incident, if the search looked it up.
    * `incident_notes`: notes on whether it is the right one.
    """

    parameter: str
    query_facts: Mapping[str, Any]
    replies: Mapping[str, Reply[Attachments]]
    failures: Mapping[str, ToolError] = field(default_factory=dict)
    incident: Incident | None = None
    incident_notes: Sequence[str] = ()

    @property
    def attachments(self) -> list[Attachment]:
        """The attachments of all replies, in the order of the ids."""
        attachments = (reply.body.attachments for reply in self.replies.values())
        return [*chain.from_iterable(attachments)]

    @property
    def is_complete(self) -> bool:
        """Whether no request failed, and incident.io did not say that there are more."""
        return not self.failures and not self._is_incomplete

    @property
    def _is_incomplete(self) -> bool:
        return any(reply.body.is_incomplete for reply in self.replies.values())

    @property
    def as_of(self) -> datetime:
        """The time of the earliest reply: some replies may be those to other calls."""
        return min(reply.at for reply in self.replies.values())

    def notes(self) -> list[str]:
        """Notes on the incident, and on values that incident.io spells differently."""
        return [*self.incident_notes, *spelling_notes(self.replies, self.parameter)]

    def incompleteness_notes(self) -> list[str]:
        """A note if incident.io says that it did not send everything."""
        if self._is_incomplete:
            return [_IS_INCOMPLETE]
        return []

    def facts_by_id(self) -> dict[str, Any]:
        """The number of attachments for each external id, and the failures of the other ids."""
        counts: dict[str, int] = {}
        for id_, reply in self.replies.items():
            # Count by the id in the query: an attachment may spell it differently, or not show it.
            rows = AttachmentRows.of(reply.body.attachments).rows
            counts[id_] = len(rows)
        facts: dict[str, Any] = {"by_external_id": counts}
        if self.failures:
            facts["failed"] = {id_: _error_members(error) for id_, error in self.failures.items()}
        return facts


async def search_by_incident(connection: Connection, text: str, reuse: Reuse) -> SearchResult:
    """Get the attachments of the incident that *text* names: an id, a reference or a link.

    *reuse* says which answer with attachments may be reused.

    Raises:
        ToolError: see `resolve` and `get_attachments`.
    """
    locator = Locator.parse(text)
    if locator is None:
        raise ValueError(text)
    if locator.id is not None:
        reply = await get_attachments(connection, {"incident_id": locator.id}, reuse)
        return SearchResult("incident_id", {"incident_id": locator.id}, {locator.id: reply})
    incident, notes = await resolve(connection, locator, text)
    reply = await get_attachments(connection, {"incident_id": incident.id}, reuse)
    return SearchResult(
        "incident_id",
        {"incident_id": incident.id, "taken_for": _reference_and_name(incident)},
        {incident.id: reply},
        incident=incident,
        incident_notes=notes,
    )


async def search_by_resource(
    connection: Connection, resource_type: str, ids: Sequence[str], reuse: Reuse
) -> SearchResult:
    """Get the attachments of all the resources, with one request for each at the same time.

    *reuse* says which answers may be reused.

    Raises:
        ToolError: all requests failed. The error of the first id is raised.
    """
    replies: dict[str, Reply[Attachments]] = {}
    failures: dict[str, ToolError] = {}

    async def search_one(id_: str) -> None:
        query = {"resource_type": resource_type, "external_id": id_}
        try:
            replies[id_] = await get_attachments(connection, query, reuse)
        except ToolError as error:
            failures[id_] = error

    with ungrouped():
        async with anyio.create_task_group() as tasks:
            for id_ in ids:
                tasks.start_soon(search_one, id_)
    if not replies:
        raise failures[ids[0]]
    query_facts = {"resource_type": resource_type}
    if len(ids) == 1:
        query_facts["external_id"] = ids[0]
    # Requests end in any order: put the results into the order of the ids.
    return SearchResult(
        "external_id",
        query_facts,
        {id_: replies[id_] for id_ in ids if id_ in replies},
        {id_: failures[id_] for id_ in ids if id_ in failures},
    )


def _reference_and_name(incident: Incident) -> dict[str, str]:
    """The incident's reference and name."""
    names = ("reference", "name")
    return {name: incident.members[name] for name in incident.members if name in names}


def _error_members(error: ToolError) -> dict[str, Any]:
    return {"code": error.code, "message": str(error), "retryable": error.retryable}
