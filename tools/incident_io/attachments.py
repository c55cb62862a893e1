"""incident.io's GET /v1/incident_attachments: one query, its answer, and whether the two agree."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.connection import Connection
from tools.errors import UnexpectedResponse
from tools.failure import is_error
from tools.request import Reply, get, loads
from tools.text import identifier

Attachment = Mapping[str, Any]
"""The documented members of an attachment and of its resource, flat, as incident.io sent them."""

_MAX_SPELLINGS = 5
"""Spellings that a note lists."""


@dataclass(frozen=True)
class Attachments:
    """incident.io's answer to one query.

    `is_part`: whether it says that there are more attachments, although it documents no pages.
    """

    rows: Sequence[Attachment]
    is_part: bool = False


async def get_attachments(connection: Connection, query: Mapping[str, str]) -> Reply[Attachments]:
    """All attachments of an incident, or of an external resource.

    Raises:
        ToolError: see `tools.request.get`.
        UnexpectedResponse: the answer does not match the query, or has no attachments although
            incident.io says that there are some.
    """
    reply = await get(connection, "/v1/incident_attachments", query, _parse)
    if reply.body.is_part and not reply.body.rows:
        raise UnexpectedResponse("incident.io says that there are attachments, but sent none.")
    for attachment in reply.body.rows:
        _check(attachment, query)
    return reply


def spelling_notes(replies: Mapping[str, Reply[Attachments]], name: str) -> Iterator[str]:
    """A note if incident.io writes a value in another way than the query.

    How incident.io compares is not documented: it may find `ops-7` where `OPS-7` is attached.
    *replies* are by the value of the parameter *name*.
    """
    spellings: dict[str, None] = {}
    for value, reply in replies.items():
        for attachment in reply.body.rows:
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


def _check(attachment: Attachment, query: Mapping[str, str]) -> None:
    """Check that the attachment matches the query, as far as it shows that.

    Raises:
        UnexpectedResponse: it does not match.
    """
    for name, value in query.items():
        own_value = attachment.get(name) or value
        if isinstance(own_value, str) and _folded(own_value) != _folded(value):
            raise UnexpectedResponse(
                f"incident.io ignored {name}: it answered with attachments that do not match. "
                "Ask in the other mode."
            )


def _folded(text: str) -> str:
    """*text* without differences of spelling: case, white space around it, Unicode forms."""
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
        raise ValueError("an error beside attachments")
    rows = [_flat(attachment) for attachment in attachments]
    return Attachments(rows, _is_part(document.get("pagination_meta"), len(rows)))


def _is_part(pages: Any, received: int) -> bool:
    """Whether *pages* says that more follow than were *received*.

    incident.io has this member in its lists of other things.
    """
    if not isinstance(pages, dict):
        return False
    if pages.get("after"):
        return True
    total = pages.get("total_record_count")
    return isinstance(total, int) and total > received


def _flat(attachment: Any) -> Attachment:
    """The members of the attachment and of its resource."""
    members: dict[str, Any] = {}
    if not isinstance(attachment, Mapping):
        return members
    if isinstance(attachment.get("resource"), Mapping):
        members |= attachment["resource"]
    # The attachment's own id takes the place of one in the resource.
    members["id"] = attachment.get("id")
    members["incident_id"] = attachment.get("incident_id")
    return members
