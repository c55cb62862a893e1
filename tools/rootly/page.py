"""One answer of Rootly as a page of a list: the rows that are shown, and the position after them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Self

from tools import times
from tools.errors import UnexpectedResponse
from tools.rootly.continuation import KEY, MAX_ROWS, Cursor, Keyset, Offset, Position, Window
from tools.rootly.document import Document, Incident
from tools.text import identifier


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
        if isinstance(came_from, Keyset):
            return [row for row in self.unique if number_of(row) not in came_from.numbers]
        return self.unique

    @property
    def rows(self) -> Sequence[Incident]:
        return self.new[: self.count]

    @property
    def received(self) -> int:
        return len(self.document.incidents)

    @property
    def is_keyset(self) -> bool:
        return self.sort.lstrip("-") == KEY

    @property
    def total(self) -> int | None:
        """Rootly's count of all matches. It is not shown where it only counts what remains, or where the rows contradict it."""
        counts_the_rest = isinstance(self.came_from, Keyset) or (isinstance(self.came_from, Offset) and self.came_from.window)
        return None if counts_the_rest else self._total

    @property
    def _total(self) -> int | None:
        """The count of what was asked for, unless the rows contradict it."""
        total = self.document.total
        return None if total is None or total < self.passed + len(self.unique) else total

    @property
    def promises_more(self) -> bool:
        """Whether Rootly says that there are rows after those that it sent."""
        total, has_more = self._total, self.document.has_more
        if total is None:
            return bool(has_more)
        if total > self.passed + self.received:
            return True
        # Nobody knows whether a count has rows that came twice once or twice.
        return total > self.passed + len(self.unique) and has_more is not False

    @property
    def lacks_rows(self) -> bool:
        """Whether Rootly counts matches, and sent none of them. A cursor alone says nothing: some vendors always send one."""
        return self.came_from is None and not self.received and self._total is not None and self._total > self.passed

    @property
    def has_more(self) -> bool:
        if self.count < len(self.new) or self.promises_more:
            return True
        # By keyset nothing rests on what Rootly says: a full page may be followed by an empty one.
        says_nothing = self._total is None and self.document.has_more is None
        return self.received >= self.asked and (self.is_keyset or says_nothing)

    @property
    def can_be_cut(self) -> bool:
        """Whether the list can go on after any of the rows. A cursor goes on after the last one only."""
        return self.is_keyset or isinstance(self._place(), Offset)

    def first(self, count: int) -> Self:
        """The page with at most *count* rows, if it can be cut."""
        if isinstance(place := self._place(), Offset) and not self.is_keyset:
            count = place.size(count)
        return replace(self, count=count)

    def next(self) -> Position | None:
        """The position after the rows that are shown; None at the end.

        Raises:
            UnexpectedResponse: Rootly sends the same page again.
        """
        match self.came_from:
            case Offset(window=Window() as window) as offset:
                return self._within(window, offset)
            case Keyset() as keyset if not self.rows:
                return self._within_crowded(keyset)
            case _ if not self.rows or not self.has_more:
                return None
        return self._by_keyset() if self.is_keyset else self._by_cursor() or self._by_offset()

    def _place(self) -> Position | None:
        """Where the page begins; a page of a list that has no cursors begins at an offset."""
        if self.came_from is not None or self.document.cursor or self.is_keyset:
            return self.came_from
        return Offset(self.passed, self.asked)

    def _by_keyset(self) -> Position | None:
        window = self._last_window()
        if window is None:
            return None
        shown = [number_of(row) for row in self.rows if (at := instant_of(row, KEY)) is None or at in window]
        numbers = frozenset(number for number in shown if number is not None)
        if isinstance(self.came_from, Keyset) and self.came_from.window.overlaps(window):
            numbers |= self.came_from.numbers
        if len(numbers) >= MAX_ROWS:
            return Offset(len(numbers), MAX_ROWS, window)
        return Keyset(window, numbers)

    def _last_window(self) -> Window | None:
        """The second, or minute, of the last row. Where no row shows it, the list is still where it was."""
        instants = [instant for row in self.rows if (instant := instant_of(row, KEY))]
        if instants:
            return Window.around(instants[-1], self.resolution or 1)
        return self.came_from.window if isinstance(self.came_from, Keyset) else None

    def _within_crowded(self, keyset: Keyset) -> Position | None:
        """After a page that has only rows that were shown before, all of one window."""
        if not self.received or not (self.received >= self.asked or self.promises_more):
            return None
        return Offset(len(keyset.numbers), self.received, keyset.window)

    def _within(self, window: Window, offset: Offset) -> Position | None:
        """After a page of a window that has more rows than one answer: its next page, and then what lies beyond it."""
        if self.rows and self.has_more:
            return self._after_offset(offset)
        beyond = window.before if self.sort.startswith("-") else window.after
        return Keyset(beyond)

    def _by_cursor(self) -> Cursor | None:
        cursor = self.document.cursor
        if cursor is None or isinstance(self.came_from, Offset):
            return None
        first = number_of(self.unique[0])
        before = self.came_from
        if isinstance(before, Cursor) and (cursor == before.cursor or (first is not None and first == before.first)):
            raise UnexpectedResponse(
                "Rootly sent the same page again, so this list cannot go on: sort by created_at, or narrow it."
            )
        return Cursor(cursor, self.passed + len(self.unique), first)

    def _by_offset(self) -> Position | None:
        if isinstance(self.came_from, Cursor):
            return None
        place = self._place()
        return self._after_offset(place if isinstance(place, Offset) else Offset(self.passed, self.asked))

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
        instants = [at for row in self.document.incidents if (at := instant_of(row, self.sort.lstrip("-")))]
        seconds = [at.replace(microsecond=0) for at in instants]
        if _is_sorted(seconds, descending=self.sort.startswith("-")):
            return 60 if instants and all(at.second == at.microsecond == 0 for at in instants) else 1
        minutes = [at.replace(second=0) for at in seconds]
        return 60 if _is_sorted(minutes, descending=self.sort.startswith("-")) else None

    def notes(self) -> Iterator[str]:
        if self.resolution is None:
            yield f"Rootly did not sort by {self.sort}: following next may repeat or miss some."
        if duplicates := self.received - len(self.unique):
            alike = all(row in self.unique for row in self.document.incidents)
            how = "shown once" if alike else "and not alike: only the first is shown"
            yield f"Rootly sent {duplicates} of these incidents twice{':' if alike else ','} {how}."
        if unnumbered := sum(number_of(row) is None for row in self.rows if self.is_keyset and self.has_more):
            yield f"The numbers of {unnumbered} incidents here are not readable: they may come again on the next page."
        if self.is_keyset and self.rows and self.has_more and self._last_window() is None:
            yield "More incidents follow, but Rootly does not show where these stand: narrow the question by created_at."
        if self.document.total is not None and self._total is None:
            yield "Rootly's count of matches is smaller than the number of incidents that it sent: it is left out."
        elif self.promises_more and self.received < self.asked:
            yield f"Rootly sent {self.received} incidents of a page of {self.asked}, and says that there are more."


def each_once(incidents: Iterable[Incident]) -> Sequence[Incident]:
    """*incidents* without those that came before in them."""
    unique: list[Incident] = []
    by_id: dict[str, list[Incident]] = {}
    for incident in incidents:
        id_ = identifier(incident.id)
        same = by_id.setdefault(id_, []) if id_ is not None else []
        if not any(_is_same(incident, other) for other in same):
            same.append(incident)
            unique.append(incident)
    return unique


def _is_same(incident: Incident, other: Incident) -> bool:
    """Whether two rows of one id are one incident. An id can be unreadable in a way of its own: the number has to agree."""
    number = number_of(incident)
    return incident.attributes == other.attributes if number is None else number == number_of(other)


def number_of(incident: Incident) -> int | None:
    number = incident.attributes.get("sequential_id")
    return number if type(number) is int else None


def instant_of(incident: Incident, key: str) -> datetime | None:
    at = times.parse(incident.attributes.get(key))
    return at if at is not None and times.EARLIEST <= at <= times.LATEST else None


def _is_sorted(instants: list[datetime], *, descending: bool) -> bool:
    return instants == sorted(instants, reverse=descending)
