"""Attachments, from incident.io's answer to rows, with what a reader must know of them."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.connection import Connection
from tools.errors import UnexpectedResponse
from tools.failure import is_error
from tools.incident_io.resource_types import RESOURCE_TYPES
from tools.request import Reply, get, loads
from tools.text import clean, identifier, link, title

Attachment = Mapping[str, Any]
"""The documented members of an attachment and of its resource, flat, as incident.io sent them."""

_NO_ID = "!"  # Sorts before ids.


@dataclass(frozen=True)
class Attachments:
    """What incident.io sent for one query.

    It documents no pages. `is_part` is true where it says all the same that more follow.
    """

    rows: Sequence[Attachment]
    is_part: bool = False


async def attachments(connection: Connection, query: Mapping[str, str]) -> Reply[Attachments]:
    """All attachments of an incident, or of an external resource.

    Raises:
        ToolError: see `tools.request.get`; and where incident.io did not heed the query, or sent none of those it has.
    """
    reply = await get(connection, "/v1/incident_attachments", query, _parse)
    if reply.body.is_part and not reply.body.rows:
        raise UnexpectedResponse(
            "incident.io says that there are attachments, and sent none of them."
        )
    for attachment in reply.body.rows:
        for name, wanted in query.items():
            found = attachment.get(name)
            if isinstance(found, str) and found and _folded(found) != _folded(wanted):
                raise UnexpectedResponse(
                    f"incident.io did not heed {name}: it answered with attachments that do not match. Ask in the other mode."
                )
    return reply


def spellings(replies: Mapping[str, Reply[Attachments]], name: str) -> Iterator[str]:
    """A note, where answers have other forms of what was asked for; *replies* are by the value of *name* that was asked.

    How incident.io compares is not documented: it may find `ops-7` where `OPS-7` is attached.
    """
    others = dict[str, None]()
    for asked, reply in replies.items():
        written = (identifier(attachment.get(name)) for attachment in reply.body.rows)
        others |= dict.fromkeys(
            f"{asked} as {found}" for found in written if found and found != asked
        )
    if others:
        more = f" and {len(others) - _SPELLINGS} more" if len(others) > _SPELLINGS else ""
        yield f"incident.io writes {', '.join([*others][:_SPELLINGS])}{more}."


_SPELLINGS = 5


def _folded(text: str) -> str:
    """Without what is only spelling: case, white space around, and the width and composition of characters."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _parse(body: bytes) -> Attachments:
    """Raises:
    ValueError: the body is not an object with a list of attachments, or says that something failed.
    """
    document = loads(body)
    if not isinstance(document, dict) or not isinstance(document.get("incident_attachments"), list):
        raise ValueError("no incident_attachments")
    if is_error(document):
        raise ValueError("an error beside attachments")
    rows = [_flat(attachment) for attachment in document["incident_attachments"]]
    return Attachments(rows, _is_part(document.get("pagination_meta"), len(rows)))


def _is_part(pages: Any, sent: int) -> bool:
    """Whether *pages*, as incident.io's lists of other things have it, says that more follow than were *sent*."""
    if not isinstance(pages, dict):
        return False
    total = pages.get("total_record_count")
    return bool(pages.get("after")) or (isinstance(total, int) and total > sent)


def _flat(attachment: Any) -> Attachment:
    if not isinstance(attachment, Mapping):
        return {}
    resource = attachment.get("resource")
    own = {name: attachment.get(name) for name in ("id", "incident_id")}
    return {**(resource if isinstance(resource, Mapping) else {}), **own}


_READERS: Mapping[str, Callable[[Any], str | None]] = {
    "id": identifier,
    "incident_id": identifier,
    "resource_type": identifier,
    "external_id": identifier,
    "title": title,
    "permalink": link,
}


@dataclass(frozen=True)
class Listing:
    """Rows in an order of their own: incident.io has no pages and documents no order.

    By id, a list that is cut goes on right, whatever was attached meanwhile. `keys` are what a continuation names; rows
    without a readable id come first.
    """

    keys: Sequence[str]
    rows: Sequence[dict[str, str]]
    notes: Sequence[str]

    @classmethod
    def of(cls, found: Sequence[Attachment]) -> "Listing":
        rows = [
            {name: shown for name, read in _READERS.items() if (shown := read(a.get(name)))}
            for a in found
        ]
        unique: dict[object, dict[str, str]] = {}
        for place, row in enumerate(rows):
            same = tuple(row.get(name) for name in _IDENTITY)
            unique.setdefault(same if "id" in row else place, row)
        keys: dict[str, dict[str, str]] = {}
        for place, row in enumerate(unique.values()):
            key = row.get("id") or f"{_NO_ID}{place:06}"
            keys[f"{key}~{place:06}" if key in keys else key] = row
        keyed = sorted(keys.items())
        kept = [row for _, row in keyed]
        return cls([key for key, _ in keyed], kept, [*_notes(found, rows, kept)])

    def rest(self, after: str | None) -> "Listing":
        """What follows the key *after*; everything without one."""
        if after is None:
            return self
        begin = sum(key <= after for key in self.keys)
        return Listing(
            self.keys[begin:], self.rows[begin:], [*self.notes, *self._notes_on_rest(after)]
        )

    def continuation(self, count: int) -> str | None:
        """The key after which the list goes on when *count* rows are shown; None where these are all."""
        return self.keys[count - 1] if 0 < count < len(self.keys) else None

    def _notes_on_rest(self, after: str) -> Iterator[str]:
        unknown = sum(key.startswith(_NO_ID) for key in self.keys)
        if unknown and not after.startswith(_NO_ID):
            yield f"{unknown} of these attachments have no readable id. They come first: ask without after to see them."
        if after not in self.keys:
            yield "The attachment after which the list was cut is not there any more: this goes on after its place."

    def count_by(self, name: str) -> Counter[str]:
        return Counter(row[name] for row in self.rows if name in row)


_IDENTITY = ("id", "incident_id", "resource_type", "external_id")


def _notes(
    found: Sequence[Attachment],
    rows: Sequence[Mapping[str, str]],
    kept: Sequence[Mapping[str, str]],
) -> Iterator[str]:
    partly = sum(
        not row.keys() >= {*_IDENTITY} or ("title" not in row and a.get("title") not in (None, ""))
        for a, row in zip(found, rows, strict=True)
    )
    if partly:
        yield f"{partly} of these attachments are shown in part: the rest of them is not readable."
    links = sum(
        "permalink" not in row and a.get("permalink") not in (None, "")
        for a, row in zip(found, rows, strict=True)
    )
    if links:
        yield f"{links} permalinks are left out: only plain http and https links are shown, and none to join a meeting with."
    if duplicates := len(rows) - len(kept):
        alike = all(row in kept for row in rows)
        how = "shown once" if alike else "and not alike: only the first is shown"
        yield f"incident.io sent {duplicates} of these attachments twice{':' if alike else ','} {how}."
    ids = [row["id"] for row in kept if "id" in row]
    if shared := len(ids) - len({*ids}):
        have, all_ = ("has", "both") if shared == 1 else ("have", "all")
        yield f"{shared} of these attachments {have} the id of another one: {all_} are shown."
    unknown = sorted(
        {
            row["resource_type"]
            for row in rows
            if row.get("resource_type") not in (None, *RESOURCE_TYPES)
        }
    )
    if unknown:
        yield f"New kinds of resources: {', '.join(clean(name, 60) for name in unknown[:5])}."
