"""Where a page of incidents ends and the next begins, as the short opaque string in a result's `next`.

While one pages, incidents are created and changed, so page numbers would skip and repeat. Hence, in this order:

* Cursor: the vendor's own, where it gives one; and how many rows of the page behind it were shown, if that was cut.
* Boundary: the sort key of the last row shown. What follows is asked for with a filter on that key.
* Page: a page number, only where that row has no such key, or where rows of an earlier page may have the same.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from zlib import crc32

from tools import times
from tools.errors import UnexpectedResponse
from tools.rootly.document import Document, Incident
from tools.rootly.vocabulary import ALWAYS_SET, SORTS
from tools.text import identifier
from tools.times import Operator

Ranges = dict[str, dict[Operator, datetime]]

_MILLISECOND = timedelta(milliseconds=1)  # Rootly shows times to the millisecond, and may store them more precisely.
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_TIES = 50


@dataclass(frozen=True)
class Cursor:
    """The page behind the vendor's `cursor` (the first one where it is empty), without its first `skip` rows."""

    cursor: str
    skip: int = 0

    def __str__(self) -> str:
        return f"c{self.skip}.{self.cursor}"

    def parameters(self, size: int) -> dict[str, str]:
        asked = str(min(100, size + self.skip))
        return {"page[size]": asked, **({"page[after]": self.cursor} if self.cursor else {})}

    def fresh(self, incidents: Sequence[Incident], size: int) -> Sequence[Incident]:
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

    def fresh(self, incidents: Sequence[Incident], size: int) -> Sequence[Incident]:
        return incidents[self.skip :]


@dataclass(frozen=True)
class Boundary:
    """Behind the rows whose sort key is before `at`, and behind the `ties` among those at that very millisecond.

    Where those are too many to be named, `skip` rows are passed over instead: what the bound leaves does not shift, since
    what is new comes before it or at its end. `shown` rows went before, if that is known. Ascending by `updated_at`, what
    changes while one pages would come again at the end: `until` keeps it out.
    """

    sort: str
    at: datetime
    ties: tuple[str, ...]
    shown: int | None
    until: datetime | None = None
    skip: int = 0

    def __str__(self) -> str:
        until = f".{_to_ms(self.until):x}" if self.until else ""
        shown = "" if self.shown is None else f"{self.shown:x}"
        before = f"s{self.skip:x}" if self.skip else "-".join(self.ties)
        return f"k{SORTS.index(self.sort)}.{_to_ms(self.at):x}.{shown}.{before}{until}"

    def parameters(self, size: int) -> dict[str, str]:
        if self.skip:
            return {"page[size]": str(size), "page[number]": str(self.skip // size + 1)}
        return {"page[size]": str(min(100, size + len(self.ties)))}

    def fresh(self, incidents: Sequence[Incident], size: int) -> Sequence[Incident]:
        if self.skip:
            return incidents[self.skip % size :]
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

_BOUNDARY = re.compile(
    r"k(\d{1,2})\.(-?[0-9a-f]{1,12})\.([0-9a-f]{0,8})\.(?:s([0-9a-f]{1,8})|([0-9a-f-]{0,449}))(?:\.(-?[0-9a-f]{1,12}))?",
    re.ASCII,
)


def parse(text: str) -> Continuation:
    """Raises:
    ValueError: *text* is not from a result's `next`.
    """
    if match := re.fullmatch(r"c(\d{1,4})\.([\x21-\x7e]{0,2000})", text, re.ASCII):
        return Cursor(match[2], int(match[1]))
    if match := re.fullmatch(r"p(\d{1,9})\.(\d{1,3})\.(\d{1,3})", text, re.ASCII):
        page = Page(*(int(part) for part in match.groups()))
        if page.number and 1 <= page.size <= 100:
            return page
    if match := _BOUNDARY.fullmatch(text):
        sort, at, shown, skip, ties, until = match.groups()
        if int(sort) < len(SORTS):
            return Boundary(
                SORTS[int(sort)],
                _from_ms(at),
                tuple(ties.split("-")) if ties else (),
                int(shown, 16) if shown else None,
                _from_ms(until) if until else None,
                int(skip, 16) if skip else 0,
            )
    raise ValueError(text)


@dataclass(frozen=True)
class Step:
    """One page on the way: what was asked for, and what came of it.

    `rows` are those not shown before, each once, up to the page size; `duplicates` came more than once. `again` of the rows
    that Rootly counts had been shown before. `is_whole` is false where it sent more than the page size.
    """

    document: Document
    rows: Sequence[Incident]
    duplicates: int
    again: int
    is_whole: bool
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
        unique = _each_once(document.incidents)
        fresh = came_from.fresh(unique, page.size) if came_from else unique
        rows = fresh[: page.size]
        skipped = came_from.skip if isinstance(came_from, Boundary) else 0
        says = document.has_more
        more = len(rows) < len(fresh) or (len(document.incidents) >= asked if says is None else says)
        if more and not rows:
            raise UnexpectedResponse("Rootly says that more incidents follow, but sent none: ask again without after.")
        return cls(
            document,
            rows,
            duplicates=len(document.incidents) - len(unique),
            again=skipped or len(unique) - len(fresh),
            is_whole=len(rows) == len(fresh),
            has_more=more,
            sort=sort,
            came_from=came_from,
            page=page,
            as_of=as_of,
        )

    @property
    def is_in_order(self) -> bool:
        """Whether the rows are sorted as asked, as far as they show it."""
        key = self.sort.lstrip("-")
        shown = [at for incident in self.document.incidents if (at := _millisecond(incident, key))]
        return shown == sorted(shown, reverse=self.sort.startswith("-"))

    def after(self, count: int) -> str | None:
        """The continuation behind the first *count* rows, or None where nothing follows."""
        to_the_end = count == len(self.rows)
        if to_the_end and not self.has_more:
            return None
        return str(self._cursor(count) or self._boundary(count) or self._counted(count))

    def _cursor(self, count: int) -> Cursor | None:
        # Ascending by the time of change, what a cursor has passed comes again once it changes.
        if self.sort == "updated_at" or isinstance(self.came_from, Boundary | Page):
            return None
        if count == len(self.rows) and self.is_whole:
            return Cursor(self.document.cursor) if self.document.cursor else None
        # A boundary would not know the rows at the same millisecond on the pages before.
        if isinstance(self.came_from, Cursor) and self.came_from.cursor:
            return Cursor(self.came_from.cursor, self.came_from.skip + count)
        return None

    def _boundary(self, count: int) -> Boundary | None:
        key, before = self.sort.lstrip("-"), self.came_from if isinstance(self.came_from, Boundary) else None
        # A bound on the time is right only where the rows are in its order.
        if not self.is_in_order:
            return None
        # A filter on another time would lose the incidents without it. Whoever sorts by one has cursors, too.
        if key not in ALWAYS_SET:
            return None
        at = _millisecond(self.rows[count - 1], key) if count else None
        # Rows of the pages before may be at that very millisecond, too, and be named nowhere.
        reaches_back = bool(count) and _millisecond(self.rows[0], key) in (None, at)
        if at is None or (before and before.skip and (before.at == at or reaches_back)):
            return self._further(before, count) if before else None
        if not before and self._shown_before != 0 and reaches_back:
            return None
        ties = [_fingerprint(row.id) for row in self.rows[:count] if _millisecond(row, key) == at]
        if before and before.at == at:
            ties = [*before.ties, *ties]
            if len(ties) > _MAX_TIES:
                return self._further(before, count)
        until = before.until if before else self.as_of if self.sort == "updated_at" else None
        shown_before = before.shown if before else self._shown_before
        boundary = Boundary(self.sort, at, tuple(ties), None if shown_before is None else shown_before + count, until)
        return boundary if len(ties) <= _MAX_TIES else replace(boundary, ties=(), skip=len(ties))

    def _further(self, before: Boundary, count: int) -> Boundary:
        """Behind *count* more rows of what *before* leaves."""
        shown = None if before.shown is None else before.shown + count
        return replace(before, ties=(), shown=shown, skip=self.again + count)

    @property
    def _shown_before(self) -> int | None:
        """How many rows the pages before had; None where that is not known."""
        if isinstance(self.came_from, Cursor):
            return None if self.came_from.cursor else self.came_from.skip
        return (self.page.number - 1) * self.page.size + self.page.skip

    def _counted(self, count: int) -> Continuation:
        to_the_end = count == len(self.rows) and self.is_whole
        if isinstance(self.came_from, Cursor) or (self.document.cursor and not isinstance(self.came_from, Page)):
            cursor, skip = (self.came_from.cursor, self.came_from.skip) if isinstance(self.came_from, Cursor) else ("", 0)
            return Cursor(cursor, skip + count)
        page = self.page
        return Page(page.number + 1, page.size) if to_the_end else Page(page.number, page.size, page.skip + count)

    def total(self) -> int | None:
        """Rootly's count of all matches; behind a boundary it counts only what remains."""
        total, before = self.document.total, self.came_from
        if total is None or not isinstance(before, Boundary):
            return total
        # A row that cannot be told again is counted twice.
        told_again = before.skip or len(before.ties)
        return None if before.shown is None or self.again != told_again else before.shown + total - self.again


def _each_once(incidents: Sequence[Incident]) -> Sequence[Incident]:
    """*incidents* without those that came before in them. An id alone, which may be unreadable in its own way, is not enough."""
    unique: list[Incident] = []
    by_id: dict[str, list[Incident]] = {}
    for incident in incidents:
        same = by_id.setdefault(identifier(incident.id) or "", [])
        if identifier(incident.id) and any(incident.attributes == other.attributes for other in same):
            continue
        same.append(incident)
        unique.append(incident)
    return unique


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
