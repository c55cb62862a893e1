"""One answer of Rootly as a page of a list: the rows that are shown, and the position after them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Self
from zlib import crc32

from tools.rootly.continuation import (
    KEY,
    MAX_ROWS,
    Cursor,
    Keyset,
    Numbers,
    Offset,
    Position,
    Window,
)
from tools.rootly.document import Document, Incident
from tools.rootly.identity import each_once, instant_of, number_of


@dataclass(frozen=True)
class Page:
    """What came for one request.

    `came_from` is the position that was asked for, None for the first page; `passed` is how many rows went before it.
    `asked` is the page size in the request, and `count` how many of the new rows are shown.
    """

    document: Document
    sort: str
    came_from: Position | None
    passed: int
    asked: int
    count: int

    @cached_property
    def unique(self) -> Sequence[Incident]:
        return each_once(self.document.incidents)

    @cached_property
    def new(self) -> Sequence[Incident]:
        """The rows, each once, without those that were shown before."""
        came_from = self.came_from
        if not isinstance(came_from, Keyset):
            return self.unique
        candidates = [row for row in self.unique if number_of(row) not in came_from.numbers]
        return [
            row
            for row in candidates
            if not self._was_passed(instant_of(row, KEY), came_from.window)
        ]

    def _was_passed(self, at: datetime | None, window: Window) -> bool:
        """Whether the list had already passed this time when it came to the window."""
        if at is None:
            return False
        return at >= window.end if self.is_descending else at < window.start

    @property
    def rows(self) -> Sequence[Incident]:
        return self.new[: self.count]

    @property
    def received(self) -> int:
        return len(self.document.incidents)

    @property
    def is_keyset(self) -> bool:
        return self._key == KEY

    @property
    def is_descending(self) -> bool:
        return self.sort.startswith("-")

    @property
    def total(self) -> int | None:
        """Rootly's count of all matches. It is not shown where it only counts what remains, or where the rows contradict it."""
        counts_the_rest = isinstance(self.came_from, Keyset) or (
            isinstance(self.came_from, Offset) and self.came_from.window
        )
        return None if counts_the_rest else self._total

    @property
    def _total(self) -> int | None:
        """The count of what was asked for, unless the rows contradict it."""
        total = self.document.total
        return None if total is None or total < self.passed + len(self.unique) else total

    @property
    def promises_more(self) -> bool:
        """Whether Rootly says that there are rows after those that it sent. If it says both, more is what counts."""
        total, has_more = self._total, self.document.has_more
        if total is None:
            return bool(has_more)
        if total > self.passed + self.received or (self.received and self.document.names_next_page):
            return True
        # Nobody knows whether a count has rows that came twice once or twice.
        return total > self.passed + len(self.unique) and has_more is not False

    @property
    def lacks_rows(self) -> bool:
        """Whether Rootly counts matches, or names a next page, and sent none.

        A cursor alone says nothing: some vendors always send one.
        """
        counts = self._total is not None and self._total > self.passed
        return (
            self.came_from is None
            and not self.received
            and (counts or self.document.names_next_page)
        )

    @property
    def lacks_known_rows(self) -> bool:
        """Whether nothing came, though the last rows shown were to come again."""
        return (
            isinstance(self.came_from, Keyset)
            and bool(self.came_from.numbers)
            and not self.received
        )

    @property
    def is_repeated(self) -> bool:
        """Whether this is the page before once more, since Rootly does not heed its own cursor."""
        before = self.came_from
        if not isinstance(before, Cursor) or not self.unique:
            return False
        return self.document.cursor == before.cursor or (
            before.first_row is not None and self._first_row == before.first_row
        )

    @property
    def _first_row(self) -> int | None:
        """A hash of the first row's number and sort key: it tells that row from others, and from itself after it has moved."""
        number = number_of(self.unique[0])
        return (
            None
            if number is None
            else crc32(f"{number} {self.unique[0].attributes.get(self._key)}".encode())
        )

    @property
    def has_more(self) -> bool:
        if self.count < len(self.new) or self.promises_more:
            return True
        if self.is_keyset:
            # Nothing rests on what Rootly says: a full page may be followed by an empty one.
            return self.received >= self.asked
        if self.document.cursor is not None and not isinstance(self.came_from, Offset):
            # The count may be too small. Where the last page has a cursor, too, an empty one follows.
            return bool(self.received)
        return (
            self.received >= self.asked and self._total is None and self.document.has_more is None
        )

    @property
    def can_be_cut(self) -> bool:
        """Whether the list can go on after any of the rows. A cursor goes on after the last one only."""
        return self.is_keyset or isinstance(self._start(), Offset)

    def cut(self, count: int) -> Self:
        """The page with at most *count* rows, if it can be cut."""
        if isinstance(start := self._start(), Offset) and not self.is_keyset:
            count = start.size(count)
        return replace(self, count=count)

    def next(self) -> Position | None:
        """The position after the rows that are shown; None at the end."""
        match self.came_from:
            case Offset(window=Window() as window) as offset:
                return self._within(window, offset)
            case Keyset() as keyset if not self.rows:
                return self._after_known(keyset)
            case _ if not self.rows or not self.has_more:
                return None
        return self._by_keyset() if self.is_keyset else self._by_cursor() or self._by_offset()

    def _start(self) -> Position | None:
        """Where the page begins; a page of a list that has no cursors begins at an offset."""
        if self.came_from is not None or self.document.cursor or self.is_keyset:
            return self.came_from
        return Offset(self.passed, self.asked)

    def _by_keyset(self) -> Position | None:
        window = self._last_window()
        return self._after(self.rows, window) if window else None

    def _after(self, rows: Sequence[Incident], window: Window) -> Position:
        """After *rows*, the last of which are of *window*."""
        numbers = self._numbers_from(window)
        inside = [number for number, at in numbers.items() if at is None or at in window]
        if len(inside) < self._most_rows:
            return Keyset(window, numbers)
        last = _last_instant(rows)
        if last and window.seconds == 60 and self.resolution == 1:
            return self._after(rows, Window.around(last, 1))
        return self._after_crowded(rows, window)

    def _after_crowded(self, rows: Sequence[Incident], window: Window) -> Offset:
        """After *rows* in a window that has more rows than one answer, and cannot be divided."""
        before = self.unique[: self.unique.index(rows[-1]) + 1]
        inside = [row for row in before if (at := instant_of(row, KEY)) is None or at in window]
        return Offset(len(inside), self._most_rows, window)

    @property
    def _most_rows(self) -> int:
        """How many rows Rootly sends in one answer, as far as this one tells."""
        is_cut = self.received < self.asked and self.promises_more
        return max(1, self.received) if is_cut else MAX_ROWS

    def _last_window(self) -> Window | None:
        """The minute of the last row: nothing tells whether Rootly sorts and compares more finely than by minutes.

        Once a minute had more rows than one answer, the list goes on by its seconds. Where no row shows the time, the list is
        still where it was.
        """
        last, came_from = _last_instant(self.rows), self.came_from
        if last is None:
            return came_from.window if isinstance(came_from, Keyset) else None
        minute = Window.around(last, 60)
        if (
            isinstance(came_from, Keyset)
            and came_from.window.seconds == 1
            and came_from.window.overlaps(minute)
        ):
            return Window.around(last, 1)
        return minute

    def _numbers_from(self, window: Window) -> Numbers:
        """The incidents shown, here or on the pages before, that come again in the window, or after it in its minute.

        Some of them may be missing from this answer: Rootly need not keep the order of what is equal in `created_at`.
        """
        numbers = _numbers(self.rows)
        if isinstance(self.came_from, Keyset):
            is_near = self.came_from.window.overlaps(window)
            numbers |= {
                number: at for number, at in self.came_from.numbers.items() if at or is_near
            }
        minute = Window.around(window.start, 60)
        return {
            number: at
            for number, at in numbers.items()
            if at is None or self._is_ahead(at, window, minute)
        }

    def _is_ahead(self, at: datetime, window: Window, minute: Window) -> bool:
        """Whether the list comes to this time from the window on, before it leaves the minute."""
        return at in minute and not self._was_passed(at, window)

    def _after_known(self, keyset: Keyset) -> Position | None:
        """After a page that has only rows that were shown before."""
        if (
            not self.received
            or not (self.received >= self.asked or self.promises_more)
            or self._lost_its_place
        ):
            return None
        last, window = _last_instant(self.unique), keyset.window
        if last and (window.seconds == 1 or self.resolution == 1):
            window = Window.around(last, 1)
        position = self._after(self.unique, window)
        is_stuck = isinstance(position, Keyset) and position.window == keyset.window
        return self._after_crowded(self.unique, window) if is_stuck else position

    @property
    def _lost_its_place(self) -> bool:
        """Whether Rootly went on elsewhere than it was asked to, as it does where it compares less finely than it sorts."""
        came_from = self.came_from
        if not isinstance(came_from, Keyset) or came_from.window.seconds != 1 or not self.unique:
            return False
        instants = [at for row in self.unique if (at := instant_of(row, KEY))]
        is_before = any(self._was_passed(at, came_from.window) for at in instants)
        is_beyond = any(at not in came_from.window for at in instants)
        again = came_from.numbers.keys() & _numbers(self.unique).keys()
        return is_before or (is_beyond and bool(came_from.numbers) and not again)

    def _within(self, window: Window, offset: Offset) -> Position | None:
        """After a page of a window that has more rows than one answer: its next page, and then what lies beyond it."""
        if self.rows and self.has_more:
            return self._after_offset(offset)
        beyond = window.before if self.is_descending else window.after
        return Keyset(beyond)

    def _by_cursor(self) -> Cursor | None:
        cursor = self.document.cursor
        if cursor is None or isinstance(self.came_from, Offset):
            return None
        return Cursor(
            cursor,
            self.passed + len(self.unique),
            self._first_row,
            instant_of(self.unique[-1], self._key),
        )

    def _by_offset(self) -> Position | None:
        if isinstance(self.came_from, Cursor):
            return None
        start = self._start()
        return self._after_offset(
            start if isinstance(start, Offset) else Offset(self.passed, self.asked)
        )

    def _after_offset(self, offset: Offset) -> Offset:
        limit = max(1, self.received) if self.is_short else min(offset.limit, MAX_ROWS)
        return replace(offset, passed=self.passed + len(self.rows), limit=limit)

    @property
    def is_short(self) -> bool:
        """Whether Rootly cut the page. It numbers its pages by the size that it sends, not by the one asked for."""
        return self.received < self.asked and self.has_more

    @cached_property
    def resolution(self) -> int | None:
        """The seconds to which Rootly shows and sorts `created_at` here, 1 or 60; None if the rows are in another order."""
        instants = [at for row in self.document.incidents if (at := instant_of(row, self._key))]
        if isinstance(self.came_from, Cursor) and self.came_from.last:
            instants.insert(0, self.came_from.last)
        seconds = [at.replace(microsecond=0) for at in instants]
        if _is_sorted(seconds, descending=self.is_descending):
            return (
                60 if instants and all(at.second == at.microsecond == 0 for at in instants) else 1
            )
        minutes = [at.replace(second=0) for at in seconds]
        return 60 if _is_sorted(minutes, descending=self.is_descending) else None

    @property
    def _has_several_pages(self) -> bool:
        return not self.is_keyset and (self.has_more or isinstance(self.came_from, Cursor | Offset))

    @property
    def _key(self) -> str:
        return self.sort.lstrip("-")

    def notes(self) -> Iterator[str]:
        if self.resolution is None:
            yield f"Rootly did not sort by {self.sort}: following next may repeat or miss some."
        if duplicates := self.received - len(self.unique):
            alike = all(row in self.unique for row in self.document.incidents)
            how = "shown once" if alike else "and not alike: only the first is shown"
            yield f"Rootly sent {duplicates} of these incidents twice{':' if alike else ','} {how}."
        if unnumbered := sum(
            number_of(row) is None for row in self.rows if self.is_keyset and self.has_more
        ):
            yield f"The numbers of {unnumbered} incidents here are not readable: they may come again on the next page."
        if self.is_keyset and self.rows and self.has_more and self._last_window() is None:
            yield "More incidents follow, but Rootly does not show where these stand: narrow the question by created_at."
        if self._has_several_pages and (
            unplaced := sum(row.attributes.get(self._key) is None for row in self.rows)
        ):
            which = f"the {unplaced} incidents without {self._key} here"
            yield f"Where Rootly sorts {which} is not known: some may be missed, or come again."
        if self._lost_its_place:
            yield "Rootly did not go on exactly where the last page ended: rows may be missing here, or come again."
        if self.lacks_known_rows:
            which = "not even the last ones shown: they were deleted or changed, or the list may be incomplete"
            yield f"Rootly sent no incidents here, {which}."
        if self.document.total is not None and self._total is None:
            yield "Rootly's count of matches is smaller than the number of incidents that it sent: it is left out."
        if self.promises_more and self.received < self.asked:
            yield f"Rootly sent {self.received} incidents of a page of {self.asked}, and says that there are more."
        elif self.promises_more and self.next() is None:
            yield "Rootly says that there are more incidents, but not how to go on: sort by created_at, or narrow the question."


def _numbers(incidents: Iterable[Incident]) -> dict[int, datetime | None]:
    """The incidents that have a number, with the seconds in which they were created."""
    numbers: dict[int, datetime | None] = {}
    for incident in incidents:
        number, at = number_of(incident), instant_of(incident, KEY)
        if number is not None:
            numbers[number] = at and at.replace(microsecond=0)
    return numbers


def _last_instant(incidents: Sequence[Incident]) -> datetime | None:
    instants = (instant_of(incident, KEY) for incident in reversed(incidents))
    return next((instant for instant in instants if instant), None)


def _is_sorted(instants: list[datetime], *, descending: bool) -> bool:
    return instants == sorted(instants, reverse=descending)
