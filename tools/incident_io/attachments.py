"""Gets attachments from incident.io's GET /v1/incident_attachments, and checks them."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.connection import Connection
from tools.errors import UnexpectedResponse
from tools.failure import is_error
from tools.reply import Reply, Reuse
from tools.request import get, loads
from tools.text import identifier

Attachment = Mapping[str, Any]
"""An attachment's `id` and `incident_id`, and all members of its resource, as they were sent."""

_MAX_SPELLINGS = 5
"""The most spellings that a note lists."""


@dataclass(frozen=True)
class Attachments:
    """incident.io's answer to one query.

    `is_incomplete`: whether incident.io says that there are more attachments than it sent. It
    documents no way to get the others.
    """

    attachments: Sequence[Attachment]
    is_incomplete: bool = False


async def get_attachments(
    connection: Connection, query: Mapping[str, str], reuse: Reuse
) -> Reply[Attachments]:
    """Get all attachments of an incident or of an external resource.

    *reuse* is that of `tools.request.get`.

    Raises:
        ToolError: see `tools.request.get`.
        UnexpectedResponse: the answer does not match the query, or has no attachments although
            incident.io says that there are some.
    """
    reply = await get(connection, "/v1/incident_attachments", query, _parse, reuse)
    if reply.body.is_incomplete and not reply.body.attachments:
        raise UnexpectedResponse("incident.io says that there are attachments, but sent none.")
    for attachment in reply.body.attachments:
        _check_matches(attachment, query)
    return reply


def spelling_notes(replies: Mapping[str, Reply[Attachments]], name: str) -> Iterator[str]:
    """A note if incident.io spells a value differently from the query.

    incident.io does not document how it compares values: a query for `ops-7` may find `OPS-7`.
    *replies* has the reply for each value of the parameter *name*.
    """
    spellings: dict[str, None] = {}
    for value, reply in replies.items():
        for attachment in reply.body.attachments:
            # An attachment that does not show the value needs no note.
            spelling = identifier(attachment.get(name)) or value
            if spelling != value:
                spellings[f"{value} as {spelling}"] = None
    if not spellings:
        return
    listed = ", ".join([*spellings][:_MAX_SPELLINGS])
    others = len(spellings) - _MAX_SPELLINGS
    if others > 0:
        listed += f" and {others} more"
    yield f"incident.io writes {listed}."


def _check_matches(attachment: Attachment, query: Mapping[str, str]) -> None:
    """Check the attachment against the query.

    A member that is missing, empty or not a string is not checked.

    Raises:
        UnexpectedResponse: it does not match.
    """
    for name, value in query.items():
        own_value = attachment.get(name)
        if not isinstance(own_value, str) or not own_value:
            continue
        if _comparable(own_value) != _comparable(value):
            raise UnexpectedResponse(
                f"incident.io ignored {name}: it answered with attachments that do not match. "
                "Search by incident_id instead of resource_type and external_id, or the reverse."
            )


def _comparable(text: str) -> str:
    """*text* in a form for comparison: NFKC, casefolded, without white space at the ends."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _parse(body: bytes) -> Attachments:
    """Read the body of an answer.

    Raises:
        ValueError: it is not an object with a list of attachments, or reports an error.
    """
    document = loads(body)
    if not isinstance(document, dict):
        raise ValueError("not an object")
    attachments = document.get("incident_attachments")
    if not isinstance(attachments, list):
        raise ValueError("no incident_attachments")
    if is_error(document):
        raise ValueError("both an error and attachments")
    is_incomplete = _is_incomplete(document.get("pagination_meta"), len(attachments))
    return Attachments([_flat(attachment) for attachment in attachments], is_incomplete)


def _is_incomplete(pagination_meta: Any, received: int) -> bool:
    """Whether *pagination_meta* says that there are more attachments than were *received*.

    incident.io documents this member for its other lists, and not for this one.
    """
    if not isinstance(pagination_meta, dict):
        return False
    if pagination_meta.get("after"):
        return True
    total = pagination_meta.get("total_record_count")
    return isinstance(total, int) and total > received


def _flat(attachment: Any) -> Attachment:
    """The attachment's two ids and its resource's members; empty if it is not an object."""
    members: dict[str, Any] = {}
    if not isinstance(attachment, Mapping):
        return members
    if isinstance(attachment.get("resource"), Mapping):
        members |= attachment["resource"]
    # An `id` in the resource must not replace the attachment's own.
    members["id"] = attachment.get("id")
    members["incident_id"] = attachment.get("incident_id")
    return members
