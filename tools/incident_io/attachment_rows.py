"""Attachments as the rows of an answer, with notes on the facts that the rows do not show."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from tools.incident_io.attachments import Attachment
from tools.incident_io.resource_types import RESOURCE_TYPES
from tools.text import clean, identifier, link, title

Row = dict[str, str]

_READERS: Mapping[str, Callable[[Any], str | None]] = {
    "id": identifier,
    "incident_id": identifier,
    "resource_type": identifier,
    "external_id": identifier,
    "title": title,
    "permalink": link,
}
COLUMNS = tuple(_READERS)
"""The members of a row."""
_IDENTITY = ("id", "incident_id", "resource_type", "external_id")
"""The members that distinguish attachments."""
_NO_ID = "!"
"""The beginning of the key of a row without a readable id. It sorts before ids."""

_MAX_TYPES = 5
"""The most new types that a note lists."""


@dataclass(frozen=True)
class AttachmentRows:
    """Rows sorted by id, each of them once.

    incident.io has no pages and documents no order. Because rows are sorted by id, a list that was
    cut continues at the right place, even if something was attached in the meantime. The rows are
    sorted by their `keys`; rows without a readable id are first.
    """

    keys: Sequence[str]
    rows: Sequence[Row]
    notes: Sequence[str]

    @classmethod
    def of(cls, attachments: Sequence[Attachment]) -> Self:
        """The rows of *attachments*, with notes on the facts that they do not show."""
        rows = [_row(attachment) for attachment in attachments]
        unique = _each_once(rows)
        keyed = _by_key(unique)
        keys = sorted(keyed)
        notes = [
            *_unreadable_notes(attachments, rows),
            *_duplicate_notes(rows, unique),
            *_shared_id_notes(unique),
            *_type_notes(rows),
        ]
        return cls(keys, [keyed[key] for key in keys], notes)

    def after(self, key: str | None) -> Self:
        """The rows after *key*; all rows if there is none."""
        if key is None:
            return self
        begin = sum(other <= key for other in self.keys)
        notes = [*self.notes, *self._continuation_notes(key)]
        return type(self)(self.keys[begin:], self.rows[begin:], notes)

    def _continuation_notes(self, after: str) -> Iterator[str]:
        without_id = sum(key.startswith(_NO_ID) for key in self.keys)
        if without_id and not after.startswith(_NO_ID):
            yield (
                f"{without_id} of these attachments have no readable id. "
                "They come first: ask without after to see them."
            )
        if after not in self.keys:
            yield "The attachment that after names is gone: the list goes on after its place."

    def incident_ids(self) -> list[str]:
        """The incidents of the rows, each once."""
        ids = _values(self.rows, "incident_id")
        return [*dict.fromkeys(ids)]


def _row(attachment: Attachment) -> Row:
    """The members of *attachment* that are readable."""
    row: Row = {}
    for name, read in _READERS.items():
        text = read(attachment.get(name))
        if text:
            row[name] = text
    return row


def _each_once(rows: Sequence[Row]) -> list[Row]:
    """*rows* without repetitions. Two rows without an id are never known to be the same."""
    unique: dict[object, Row] = {}
    for place, row in enumerate(rows):
        identity = tuple(row.get(name) for name in _IDENTITY)
        unique.setdefault(identity if "id" in row else place, row)
    return [*unique.values()]


def _by_key(rows: Sequence[Row]) -> dict[str, Row]:
    """The rows by id. If the id is not unique, the place of the row makes its key unique."""
    keyed: dict[str, Row] = {}
    for place, row in enumerate(rows):
        key = row.get("id") or f"{_NO_ID}{place:06}"
        if key in keyed:
            key = f"{key}~{place:06}"
        keyed[key] = row
    return keyed


def _values(rows: Sequence[Row], name: str) -> list[str]:
    """The values of the rows under *name*."""
    return [row[name] for row in rows if name in row]


def _unreadable_notes(attachments: Sequence[Attachment], rows: Sequence[Row]) -> Iterator[str]:
    in_part = links = 0
    for attachment, row in zip(attachments, rows, strict=True):
        in_part += _is_in_part(attachment, row)
        links += _lacks("permalink", attachment, row)
    if in_part:
        yield f"{in_part} of these attachments are shown in part: the rest is not readable."
    if links:
        yield (
            f"{links} permalinks are left out: only plain http and https links are shown, "
            "and none to join a meeting with."
        )


def _is_in_part(attachment: Attachment, row: Row) -> bool:
    """Whether the row does not show everything but a link."""
    has_identity = row.keys() >= {*_IDENTITY}
    return not has_identity or _lacks("title", attachment, row)


def _lacks(name: str, attachment: Attachment, row: Row) -> bool:
    """Whether the attachment has something under *name* that its row does not show."""
    return name not in row and attachment.get(name) not in (None, "")


def _duplicate_notes(rows: Sequence[Row], unique: Sequence[Row]) -> Iterator[str]:
    duplicates = len(rows) - len(unique)
    if not duplicates:
        return
    how = ": shown once"
    if any(row not in unique for row in rows):
        how = ", and not alike: only the first is shown"
    yield f"incident.io sent {duplicates} of these attachments twice{how}."


def _shared_id_notes(unique: Sequence[Row]) -> Iterator[str]:
    ids = _values(unique, "id")
    shared = len(ids) - len({*ids})
    if shared == 1:
        yield "1 of these attachments has the id of another one: both are shown."
    elif shared:
        yield f"{shared} of these attachments have the id of another one: all are shown."


def _type_notes(rows: Sequence[Row]) -> Iterator[str]:
    new_types = sorted({*_values(rows, "resource_type")}.difference(RESOURCE_TYPES))
    if new_types:
        names = [clean(name, 60) for name in new_types[:_MAX_TYPES]]
        yield f"New kinds of resources: {', '.join(names)}."
