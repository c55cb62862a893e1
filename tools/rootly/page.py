"""One answer of Rootly as a page of a list: its rows, and whether more rows follow."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Self
from zlib import crc32

from tools.rootly.document import Document, Incident
from tools.rootly.identity import each_once, instant_of, number_of
from tools.rootly.position import KEY, Cursor, Keyset, Offset, Position
from tools.rootly.window import Window


@dataclass(frozen=True)
class Page:
    """Rootly's answer to one request for a list.

    * `sort`: the first sort key, such as `-created_at`.
    * `position`: the position that was requested; None for the first page.
    * `passed`: how many rows of the list come before this page.
    * `size`: the page size in the request.
    * `max_rows`: how many of the new rows the page may have.
    """

    document: Document
    sort: str
    position: Position | None
    passed: int
    size: int
    max_rows: int

    @property
    def key(self) -> str:
        """The attribute that the list is sorted by."""
        return self.sort.lstrip("-")

    @property
    def is_descending(self) -> bool:
        return self.sort.startswith("-")

    @property
    def goes_on_by_keyset(self) -> bool:
        """Whether the list is sorted by `created_at`, which never changes."""
        return self.key == KEY

    @property
    def keyset(self) -> Keyset | None:
        """The position that was requested, if it is a keyset."""
        if isinstance(self.position, Keyset):
            return self.position
        return None

    @property
    def cursor(self) -> str | None:
        """Rootly's cursor for the next page. A list that continues by page numbers has none."""
        if isinstance(self.position, Offset):
            return None
        return self.document.cursor

    @property
    def received(self) -> int:
        """How many rows Rootly sent."""
        return len(self.document.incidents)

    @property
    def is_full(self) -> bool:
        """Whether Rootly sent as many rows as it was asked for."""
        return self.received >= self.size

    @cached_property
    def distinct_rows(self) -> Sequence[Incident]:
        """The rows that Rootly sent, each of them once."""
        return each_once(self.document.incidents)

    @cached_property
    def new_rows(self) -> Sequence[Incident]:
        """The distinct rows without those that an earlier page had."""
        keyset = self.keyset
        if keyset is None:
            return self.distinct_rows
        return [row for row in self.distinct_rows if self._is_new(row, keyset)]

    def _is_new(self, row: Incident, keyset: Keyset) -> bool:
        """Whether no page before *keyset* had this row."""
        created_at = instant_of(row, KEY)
        return not keyset.has_passed(number_of(row), created_at, descending=self.is_descending)

    @property
    def rows(self) -> Sequence[Incident]:
        """The first of the new rows, as many as the page may have."""
        return self.new_rows[: self.max_rows]

    def is_before(self, at: datetime | None, window: Window) -> bool:
        """Whether this time comes before *window* in the order of the list."""
        return window.is_after(at, descending=self.is_descending)

    @property
    def end(self) -> int:
        """How many rows of the list come before the end of Rootly's answer."""
        return self.passed + len(self.distinct_rows)

    @property
    def total(self) -> int | None:
        """Rootly's count of all matches.

        None if it only counts what remains, or if the rows contradict it.
        """
        if self.position and self.position.bounds(descending=self.is_descending):
            return None
        return self.request_total

    @cached_property
    def request_total(self) -> int | None:
        """Rootly's count of what was requested, unless the rows contradict it."""
        total = self.document.total
        if total is None or self.is_after_the_end:
            return total
        return None if total < self.end else total

    @property
    def is_after_the_end(self) -> bool:
        """Whether the call asked for a page number after the last page.

        The rows before such a page are not known: they may be more than there are.
        """
        if self.position is not None or not self.passed or self.received:
            return False
        total, has_more = self.document.total, self.document.has_more
        if total is None:
            return has_more is False
        return total <= self.passed and not has_more

    @cached_property
    def promises_more(self) -> bool:
        """Whether Rootly says that rows follow those that it sent.

        If its answer contradicts itself, this is true.
        """
        total = self.request_total
        has_more = self.document.has_more
        if total is None:
            return bool(has_more)
        if total > self.passed + self.received:
            return True
        if self.received and self.document.names_next_page:
            return True
        # A row that Rootly sent twice may be in the count once or twice.
        return total > self.end and has_more is not False

    @cached_property
    def has_more(self) -> bool:
        """Whether the list may continue after the rows of this page."""
        if self.max_rows < len(self.new_rows) or self.promises_more:
            return True
        if self.goes_on_by_keyset:
            # This works without Rootly's help. A full page may be followed by an empty one.
            return self.is_full
        if self.cursor is not None:
            # The count may be too small. If the last page has a cursor too, an empty page follows.
            return self.received > 0
        says_nothing = self.request_total is None and self.document.has_more is None
        return says_nothing and self.is_full

    @property
    def is_short(self) -> bool:
        """Whether Rootly sent a smaller page than requested.

        Rootly then numbers its pages by the size that it sends.
        """
        return self.has_more and not self.is_full

    @property
    def lacks_rows(self) -> bool:
        """Whether Rootly counts matches, or names a next page, but sent nothing on the first page.

        A cursor alone proves nothing: some vendors always send one.
        """
        if self.position is not None or self.received:
            return False
        total = self.request_total or 0
        return total > self.passed or self.document.names_next_page

    @property
    def lacks_known_rows(self) -> bool:
        """Whether Rootly sent nothing, not even the last rows of the previous page again."""
        return self.received == 0 and self._lost_known_rows

    @property
    def _lost_known_rows(self) -> bool:
        """Whether Rootly should send rows of earlier pages again, and sent none of them."""
        if self.keyset is None:
            return False
        known = self.keyset.numbers.keys()
        return bool(known) and known.isdisjoint(map(number_of, self.distinct_rows))

    @property
    def left_its_place(self) -> bool:
        """Whether Rootly did not continue at the second that was requested.

        That happens if it compares times less exactly than it sorts them.
        """
        if self.keyset is None or not self.keyset.window.is_second:
            return False
        window = self.keyset.window
        instants = _instants(self.distinct_rows, KEY)
        if any(self.is_before(at, window) for at in instants):
            return True
        is_beyond = any(at not in window for at in instants)
        return is_beyond and self._lost_known_rows

    @property
    def is_repeated(self) -> bool:
        """Whether this is the previous page again, because Rootly ignored its own cursor."""
        position = self.position
        if not isinstance(position, Cursor) or not self.distinct_rows:
            return False
        if self.cursor == position.cursor:
            return True
        return position.first_row is not None and self.first_row == position.first_row

    @property
    def first_row(self) -> int | None:
        """A hash of the first row's number and sort value.

        Other rows have another hash, and so has the same row after its sort value changed.
        """
        first = self.distinct_rows[0]
        number = number_of(first)
        if number is None:
            return None
        return crc32(f"{number} {first.attributes.get(self.key)}".encode())

    @cached_property
    def resolution(self) -> int | None:
        """The precision in seconds with which Rootly shows and sorts times here: 1 or 60.

        None if the rows are in another order.
        """
        instants = _instants(self.document.incidents, self.key)
        if isinstance(self.position, Cursor) and self.position.last:
            instants.insert(0, self.position.last)
        shows_seconds = any(at.second or at.microsecond for at in instants)
        if self._is_in_order(instants):
            return 1 if shows_seconds else 60
        seconds = [at.replace(microsecond=0) for at in instants]
        if shows_seconds and self._is_in_order(seconds):
            return 1
        minutes = [at.replace(second=0) for at in seconds]
        if self._is_in_order(minutes):
            return 60
        return None

    def _is_in_order(self, instants: list[datetime]) -> bool:
        return instants == sorted(instants, reverse=self.is_descending)

    @property
    def start(self) -> Position | None:
        """Where the page begins: an offset if the list continues by page numbers."""
        if self.position is not None or self.cursor or self.goes_on_by_keyset:
            return self.position
        return Offset(self.passed, self.size)

    @property
    def can_be_cut(self) -> bool:
        """Whether the list can continue after any row. A cursor continues only after the last."""
        return self.goes_on_by_keyset or isinstance(self.start, Offset)

    def cut(self, count: int) -> Self:
        """The page with at most *count* rows, for a page that can be cut."""
        start = self.start
        if isinstance(start, Offset) and not self.goes_on_by_keyset:
            count = start.size(count)
        return replace(self, max_rows=count)


def _instants(rows: Iterable[Incident], key: str) -> list[datetime]:
    """The times under *key* that are readable."""
    instants = (instant_of(row, key) for row in rows)
    return [*filter(None, instants)]
