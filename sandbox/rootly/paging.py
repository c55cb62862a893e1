"""Which page of the incidents is asked for: order, page numbers, and cursors that are stable under inserts."""

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from sandbox.rootly.errors import RequestError

# The default of the page size is not documented, its maximum is what clients found.
_DEFAULT_SIZE, _MAXIMUM_SIZE = 20, 100
_DEEPEST = 50_000
# In Rootly's PostgreSQL a missing instant is later than any other; the first two are never missing.
_SORTABLE = {
    "created_at": "created_at",
    "updated_at": "updated_at",
    **{name: f"ifnull({name}, '~')" for name in ("started_at", "in_triage_at", "mitigated_at", "resolved_at")},
}


@dataclass(frozen=True)
class Page:
    order: tuple[tuple[str, str], ...]
    """SQL expressions and their directions; the last is unique."""
    size: int
    number: int | None
    """None when no number was asked for, which starts or continues a walk by cursor."""
    after: list[Any] | None
    """The values of `order` in the row after which the page starts."""

    @property
    def offset(self) -> int:
        return ((self.number or 1) - 1) * self.size

    @property
    def order_id(self) -> int:
        """What a cursor says of the order that it belongs to."""
        return crc32(self.order_by().encode())

    def order_by(self) -> str:
        return ", ".join(f"{expression} {direction}" for expression, direction in self.order)

    def beyond(self) -> tuple[str, list[Any]]:
        """The condition that rows after `after` meet, and its values."""
        if self.after is None:
            return "1", []
        alternatives, values = list[str](), list[Any]()
        for place, (expression, direction) in enumerate(self.order):
            same = "".join(f"{earlier} = ? AND " for earlier, _ in self.order[:place])
            alternatives.append(f"({same}{expression} {'<' if direction == 'DESC' else '>'} ?)")
            values += self.after[: place + 1]
        return f"({' OR '.join(alternatives)})", values

    def cursor(self, values: Iterable[Any]) -> str:
        """What continues after the row with these values of `order`."""
        return base64.urlsafe_b64encode(json.dumps([self.order_id, *values], separators=(",", ":")).encode()).decode()


def asked(query: Mapping[str, str], *, cursors: bool) -> Page:
    """The page that the query names.

    Raises: RequestError for an unknown order, an unreadable number or cursor, and pages beyond the limit of offsets.
    """
    order = (*(_key(name) for name in (query.get("sort") or "-created_at").split(",")), ("sequential_id", "ASC"))
    size = min(_positive(query.get("page[size]")) or _DEFAULT_SIZE, _MAXIMUM_SIZE)
    number = _positive(query.get("page[number]"))
    if (number or 1) * size > _DEEPEST:
        raise RequestError(400, f"offset pagination is limited to {_DEEPEST} records; use page[after] to go further")
    page = Page(order, size, number, None)
    if not cursors or not (cursor := query.get("page[after]")):
        return page
    return Page(order, size, None, _values(page, cursor))


def _key(name: str) -> tuple[str, str]:
    column = name.removeprefix("-")
    if column not in _SORTABLE:
        raise RequestError(400, "Invalid sort", f"{name} is not sortable")
    return _SORTABLE[column], "DESC" if name.startswith("-") else "ASC"


def _positive(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isdecimal() or not int(text):
        raise RequestError(400, "Invalid page", f"{text} is not a positive integer")
    return int(text)


def _values(page: Page, cursor: str) -> list[Any]:
    try:
        order: int
        values: list[Any]
        order, *values = json.loads(base64.urlsafe_b64decode(cursor))
        if order == page.order_id:
            return values
    except (TypeError, ValueError):
        pass
    raise RequestError(400, "Invalid cursor", "page[after] does not belong to this query")
