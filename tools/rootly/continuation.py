"""Where a page of incidents ends and the next begins, as the short opaque string in a result's `next`.

While one pages, incidents are created and changed, so page numbers would skip and repeat. Hence, in this order:

* Cursor: the vendor's own, where it gives one and the page was shown whole.
* Boundary: the sort key of the last row shown. What follows is asked for with a filter on that key.
* Page: a page number, only where that row has no such key.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from zlib import crc32

from tools import times
from tools.errors import UnexpectedResponse
from tools.rootly.document import Document, Incident
from tools.rootly.vocabulary import SORTS
from tools.text import identifier
from tools.times import Operator

Ranges = dict[str, dict[Operator, datetime]]

_MILLISECOND = timedelta(milliseconds=1)  # Rootly shows times to the millisecond, and may store them more precisely.
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_TIES = 50
_SHORT = 64
"""Characters of a cursor that a model should not have to copy, nor to pay for, where there is another way."""


@dataclass(frozen=True)
class Cursor:
    """The page behind the vendor's `cursor` (the first one where it is empty), without its first `skip` rows."""

    cursor: str
    skip: int = 0

    def __str__(self) -> str:
        return f"c{self.skip}.{self.cursor}"

    def parameters(self, size: int) -> dict[str, str]:
        return {"page[size]": str(size), **({"page[after]": self.cursor} if self.cursor else {})}

    def fresh(self, incidents: Sequence[Incident]) -> Sequence[Incident]:
        return incidents[self.skip :]


@dataclass(frozen=True)
class Page:
    """Page `number` of `size`, without its first `skip` rows."""

    number: int
    size: int
    skip: int = 0

    def __str__(self) -> str:
        return f"p{self.number}.{self.size}.{self.skip}"

    def parameters(self, size: int) -> dict[str, str]:
        return {"page[size]": str(self.size), "page[number]": str(self.number)}

    def fresh(self, incidents: Sequence[Incident]) -> Sequence[Incident]:
        return incidents[self.skip :]


@dataclass(frozen=True)
class Boundary:
    """Behind the rows whose sort key is before `at`, and behind the `ties` among those at that very millisecond.

    `shown` rows went before. Ascending by `updated_at`, what changes while one pages would come again at the end: `until`
    keeps it out.
    """

    sort: str
    at: datetime
    ties: tuple[str, ...]
    shown: int
    until: datetime | None = None

    def __str__(self) -> str:
        until = f".{_to_ms(self.until):x}" if self.until else ""
        return f"k{SORTS.index(self.sort)}.{_to_ms(self.at):x}.{self.shown:x}.{'-'.join(self.ties)}{until}"

    def parameters(self, size: int) -> dict[str, str]:
        return {"page[size]": str(min(100, size + len(self.ties)))}

    def fresh(self, incidents: Sequence[Incident]) -> Sequence[Incident]:
        return [incident for incident in incidents if not self._went_before(incident)]

    def _went_before(self, incident: Incident) -> bool:
        # The time too, since among thousands of incidents two may well have the same fingerprint.
        if _fingerprint(incident.id) not in self.ties:
            return False
        return _millisecond(incident, self.sort.lstrip("-")) in (None, self.at)

    def narrow(self, ranges: Ranges) -> Ranges:
        """*ranges* with what is behind this boundary only. A bound of the caller's that is narrower stays."""
        key = self.sort.lstrip("-")
        bounds = dict(ranges.get(key, {}))
        if self.sort.startswith("-"):
            bounds["lt"] = min(bounds.get("lt", self.at + _MILLISECOND), self.at + _MILLISECOND)
        else:
            bounds["gte"] = max(bounds.get("gte", self.at), self.at)
            if self.until:
                bounds["lte"] = min(bounds.get("lte", self.until), self.until)
        return {**ranges, key: bounds}


Continuation = Cursor | Page | Boundary


def parse(text: str) -> Continuation:
    """Raises:
    ValueError: *text* is not from a result's `next`.
    """
    if match := re.fullmatch(r"c(\d{1,4})\.([\x21-\x7e]{0,2000})", text, re.ASCII):
        return Cursor(match[2], int(match[1]))
    if match := re.fullmatch(r"p(\d{1,9})\.(\d{1,3})\.(\d{1,3})", text, re.ASCII):
        number, size, skip = (int(part) for part in match.groups())
        if number and 1 <= size <= 100:
            return Page(number, size, skip)
    if match := re.fullmatch(
        r"k(\d{1,2})\.(-?[0-9a-f]{1,12})\.([0-9a-f]{1,8})\.([0-9a-f-]{0,449})(?:\.(-?[0-9a-f]{1,12}))?", text, re.ASCII
    ):
        sort, at, shown, ties, until = match.groups()
        if int(sort) < len(SORTS):
            return Boundary(
                SORTS[int(sort)],
                _from_ms(at),
                tuple(ties.split("-")) if ties else (),
                int(shown, 16),
                _from_ms(until) if until else None,
            )
    raise ValueError(text)


@dataclass(frozen=True)
class Step:
    """One page on the way: what was asked for, and what came of it.

    `rows` are those not shown before, each once, up to the page size; `duplicates` came more than once.
    """

    document: Document
    rows: Sequence[Incident]
    duplicates: int
    has_more: bool
    sort: str
    came_from: Continuation | None
    page: Page
    as_of: datetime

    @classmethod
    def of(
        cls, document: Document, *, sort: str, came_from: Continuation | None, page: Page, asked: int, as_of: datetime
    ) -> Self:
        """*asked* is the number of rows that Rootly was asked for, *page* that of the caller."""
        fresh = came_from.fresh(document.incidents) if came_from else document.incidents
        unique = [*{identifier(row.id) or f" {place}": row for place, row in enumerate(fresh)}.values()]
        rows = unique[: page.size]
        says = document.has_more
        more = len(rows) < len(unique) or (len(document.incidents) >= asked if says is None else says)
        if more and not rows:
            raise UnexpectedResponse("Rootly says that more incidents follow, but sent none: ask again without after.")
        return cls(document, rows, len(fresh) - len(unique), more, sort, came_from, page, as_of)

    def after(self, count: int) -> str | None:
        """The continuation behind the first *count* rows, or None where nothing follows."""
        whole = count == len(self.rows)
        if whole and not self.has_more:
            return None
        cursor = self.document.cursor if whole and not isinstance(self.came_from, Boundary | Page) else None
        if cursor and len(cursor) <= _SHORT:
            return str(Cursor(cursor))
        return str(self._boundary(count) or (Cursor(cursor) if cursor else self._counted(count, whole)))

    def _boundary(self, count: int) -> Boundary | None:
        key = self.sort.lstrip("-")
        at = _millisecond(self.rows[count - 1], key) if count else None
        if at is None:
            return None
        before = self.came_from if isinstance(self.came_from, Boundary) else None
        ties = [_fingerprint(row.id) for row in self.rows[:count] if _millisecond(row, key) == at]
        if before and before.at == at:
            ties = [*before.ties, *ties]
        if len(ties) > _MAX_TIES:
            return None
        until = before.until if before else self.as_of if self.sort == "updated_at" else None
        before_this = before.shown if before else (self.page.number - 1) * self.page.size
        return Boundary(self.sort, at, tuple(ties), before_this + count, until)

    def _counted(self, count: int, whole: bool) -> Continuation:
        came_from = self.came_from
        if self.document.cursor and not isinstance(came_from, Page):
            cursor, skip = (came_from.cursor, came_from.skip) if isinstance(came_from, Cursor) else ("", 0)
            return Cursor(cursor, skip + count)
        page = came_from if isinstance(came_from, Page) else self.page
        return Page(page.number + 1, page.size) if whole else Page(page.number, page.size, page.skip + count)

    def total(self) -> int | None:
        """Rootly's count of all matches; behind a boundary it counts only what remains."""
        total = self.document.total
        if total is None or not isinstance(self.came_from, Boundary):
            return total
        again = len(self.document.incidents) - len(self.came_from.fresh(self.document.incidents))
        return self.came_from.shown + total - again


def _millisecond(incident: Incident, key: str) -> datetime | None:
    at = times.parse(incident.attributes.get(key))
    if at is None or not times.EARLIEST <= at <= times.LATEST:
        return None
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _fingerprint(id_: Any) -> str:
    return f"{crc32((identifier(id_) or '').encode()):08x}"


def _to_ms(at: datetime) -> int:
    return (at - _EPOCH) // _MILLISECOND


def _from_ms(text: str) -> datetime:
    try:
        at = _EPOCH + int(text, 16) * _MILLISECOND
    except OverflowError:
        raise ValueError(text) from None
    if not times.EARLIEST <= at <= times.LATEST:
        raise ValueError(text)
    return at
