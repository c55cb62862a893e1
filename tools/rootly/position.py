"""Positions: where the next page of a list of incidents begins.

Incidents are declared, changed and deleted while someone reads a list. There are three kinds of
position:

* Keyset: for a list by `created_at`, which never changes. The next request begins at the minute of
  the last row, or at its second if that minute has more rows than one answer. Rows that earlier
  pages had are left out. So every incident is shown exactly once, even if Rootly changes the order
  of incidents with the same `created_at`.
* Cursor: Rootly's own, for other sorts.
* Offset: a page number, if neither is possible. A list by `created_at` also uses it inside a window
  that has more rows than one answer. Rows may be missed or repeated.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Protocol, Self

from tools.rootly.epoch import from_epoch, to_epoch
from tools.rootly.window import Window
from tools.times import Operator

CreatedSeconds = Mapping[int, datetime | None]
"""The second in which each incident was created, by number; None if its time is not readable."""

KEY = "created_at"
"""The attribute that a keyset list is sorted by."""
MAX_ROWS = 100
"""The most rows that Rootly sends in one answer."""

_MAX_PASSED = 10**6
"""More rows than a continuation of ours can have passed."""


class Position(Protocol):
    """Where a list continues: a Keyset, a Cursor or an Offset."""

    kind: ClassVar[str]
    """The letter for this kind of position in a continuation."""

    @property
    def passed(self) -> int:
        """How many of the rows that match the next request come before this position."""

    def bounds(self, *, descending: bool) -> dict[Operator, datetime]:
        """Bounds on `created_at` that the next request has besides those of the question."""

    def paging(self, size: int) -> dict[str, str]:
        """The paging parameters of the next request, for *size* new rows."""

    def encode(self) -> list[Any]:
        """The position as JSON. `decode` reads it."""

    @classmethod
    def decode(cls, members: list[Any]) -> Self:
        """The position that `encode` wrote.

        Raises:
            ValueError: *members* is not a position of this kind.
        """


@dataclass(frozen=True)
class Keyset:
    """Resume at the start of *window*, and skip the incidents in *numbers*.

    Earlier pages had these. They were created in the window, or after it in the same minute: Rootly
    may not sort within a minute.

    `is_noted`: whether everything that follows was read for an earlier page, and its notes on the
    conditions count all of it.
    """

    window: Window
    numbers: CreatedSeconds = field(default_factory=dict)
    is_noted: bool = False

    kind: ClassVar[str] = "k"

    @property
    def passed(self) -> int:
        """Always 0: the bounds leave out the rows before the position."""
        return 0

    def has_passed(self, number: int | None, at: datetime | None, *, descending: bool) -> bool:
        """Whether an earlier page had the incident with this number and this `created_at`."""
        # Rootly may compare less exactly than it was asked to.
        return number in self.numbers or self.window.is_after(at, descending=descending)

    def bounds(self, *, descending: bool) -> dict[Operator, datetime]:
        if descending:
            return {"lt": self.window.end}
        return {"gte": self.window.start}

    def paging(self, size: int) -> dict[str, str]:
        # One more row shows whether the list continues.
        return {"page[size]": str(min(MAX_ROWS, size + len(self.numbers) + 1))}

    def encode(self) -> list[Any]:
        noted = [True] if self.is_noted else []
        return [*self.window.encode(), *noted, *self._encoded_numbers()]

    def _encoded_numbers(self) -> list[list[int | None]]:
        """A list for each second: seconds since the window's start, then the incident numbers."""
        by_second: dict[int | None, list[int | None]] = {}
        for number in sorted(self.numbers):
            second = self._seconds_from_start(self.numbers[number])
            group = by_second.setdefault(second, [second])
            group.append(number)
        return [*by_second.values()]

    def _seconds_from_start(self, at: datetime | None) -> int | None:
        """Seconds from the window's start to *at*."""
        if at is None:
            return None
        return to_epoch(at) - to_epoch(self.window.start)

    @classmethod
    def decode(cls, members: list[Any]) -> Self:
        start, seconds, *groups = members
        window = Window.decode(start, seconds)
        is_noted = bool(groups) and groups[0] is True
        if is_noted:
            del groups[0]
        numbers: dict[int, datetime | None] = {}
        for group in groups:
            numbers |= _decoded_group(group, window.start)
        return cls(window, numbers, is_noted)


def _decoded_group(group: Any, start: datetime) -> CreatedSeconds:
    """The incidents of one second.

    *group* has the seconds from *start* first, then the incident numbers. Null stands for a second
    that is not known.
    """
    match group:
        case [None, *numbers]:
            at = None
        case [int(seconds), *numbers]:
            at = from_epoch(to_epoch(start) + seconds)
        case _:
            raise ValueError(group)
    if not all(type(number) is int for number in numbers):
        raise ValueError(group)
    return dict.fromkeys(numbers, at)


@dataclass(frozen=True)
class Cursor:
    """Resume at Rootly's *cursor*, after *passed* rows.

    * `first_row`: a hash of the first row of the previous page; see `Page.first_row`.
    * `last`: the last row's time under the sort key, on the previous page; None if it is not
      readable.
    """

    cursor: str
    passed: int
    first_row: int | None = None
    last: datetime | None = None

    kind: ClassVar[str] = "c"

    def bounds(self, *, descending: bool) -> dict[Operator, datetime]:
        return {}

    def paging(self, size: int) -> dict[str, str]:
        return {"page[size]": str(size), "page[after]": self.cursor}

    def encode(self) -> list[Any]:
        last = to_epoch(self.last) if self.last else None
        return [self.cursor, self.passed, self.first_row, last]

    @classmethod
    def decode(cls, members: list[Any]) -> Self:
        match members:
            case [str(cursor), int(passed), None | int() as first_row, last]:
                # It becomes a part of a URL.
                if not cursor.isascii() or not cursor.isprintable():
                    raise ValueError(cursor)
                at = None if last is None else from_epoch(last)
                return cls(cursor, passed, first_row, at)
        raise ValueError(members)


@dataclass(frozen=True)
class Offset:
    """Resume after the first *passed* rows of the list.

    With *window*, resume after the first *passed* rows of that window, which has more rows than one
    answer. *limit* is the largest page size that Rootly really sends: its page numbers count pages
    of that size.
    """

    passed: int
    limit: int = MAX_ROWS
    window: Window | None = None

    kind: ClassVar[str] = "o"

    def bounds(self, *, descending: bool) -> dict[Operator, datetime]:
        if self.window is None:
            return {}
        return {"gte": self.window.start, "lt": self.window.end}

    def paging(self, size: int) -> dict[str, str]:
        page_size = self.size(size)
        page_number = self.passed // page_size + 1
        return {"page[size]": str(page_size), "page[number]": str(page_number)}

    def size(self, most: int) -> int:
        """The largest page size, at most *most*, with which some page begins exactly here."""
        size = min(most, self.limit)
        while self.passed % size:
            size -= 1
        return size

    def encode(self) -> list[Any]:
        window = self.window.encode() if self.window else []
        return [self.passed, self.limit, *window]

    @classmethod
    def decode(cls, members: list[Any]) -> Self:
        match members:
            case [int(passed), int(limit), *window]:
                if not 0 <= passed < _MAX_PASSED or not 1 <= limit <= MAX_ROWS:
                    raise ValueError(members)
                if len(window) == 2:
                    return cls(passed, limit, Window.decode(*window))
                return cls(passed, limit)
        raise ValueError(members)
