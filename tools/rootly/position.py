"""Where a list of incidents goes on.

Incidents are declared, changed and deleted while someone reads a list. There are three kinds of
position:

* Keyset: for a list by `created_at`, which never changes. The next page begins with the minute of
  the last row, or with its second if that minute has more rows than one answer. It leaves out the
  rows that earlier pages had. So every incident comes exactly once, even if Rootly does not keep
  the order of incidents with the same `created_at`.
* Cursor: Rootly's own, for other sorts.
* Offset: a page number, if neither is possible. Rows may be missed or repeated.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Protocol, Self

from tools.rootly.epoch import from_epoch, to_epoch
from tools.rootly.window import Window
from tools.times import Operator

Numbers = Mapping[int, datetime | None]
"""Incidents by number, with the second in which each was created; None if it is not readable."""

KEY = "created_at"
"""The attribute that a keyset compares."""
MAX_ROWS = 100
"""Rows in one answer of Rootly."""

_MAX_PASSED = 10**6


class Position(Protocol):
    """Where a list goes on: a Keyset, a Cursor or an Offset."""

    kind: ClassVar[str]
    """The letter that a continuation has for it."""

    @property
    def passed(self) -> int:
        """How many rows come before it, of those that match the next request."""

    def bounds(self, *, descending: bool) -> dict[Operator, datetime]:
        """The bounds on `created_at` that the next request adds to the question's own."""

    def paging(self, size: int) -> dict[str, str]:
        """The parameters with which the next request asks for *size* new rows."""

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
    """Resume at *window*, skipping the incidents that earlier pages had (*numbers*).

    These are in the window, or after it in the order of the list.
    """

    window: Window
    numbers: Numbers = field(default_factory=dict)

    kind: ClassVar[str] = "k"

    @property
    def passed(self) -> int:
        """Always 0: the bounds leave out what came before."""
        return 0

    def bounds(self, *, descending: bool) -> dict[Operator, datetime]:
        if descending:
            return {"lt": self.window.end}
        return {"gte": self.window.start}

    def paging(self, size: int) -> dict[str, str]:
        # One more row tells whether the list goes on.
        return {"page[size]": str(min(MAX_ROWS, size + len(self.numbers) + 1))}

    def encode(self) -> list[Any]:
        return [*self.window.encode(), *self._encoded_numbers()]

    def _encoded_numbers(self) -> list[list[int | None]]:
        """A list for each second: its distance from the window's start, then its incidents."""
        by_second: dict[int | None, list[int | None]] = {}
        for number in sorted(self.numbers):
            second = self._distance(self.numbers[number])
            by_second.setdefault(second, [second]).append(number)
        return [*by_second.values()]

    def _distance(self, at: datetime | None) -> int | None:
        """Seconds from the window's start to *at*."""
        if at is None:
            return None
        return to_epoch(at) - to_epoch(self.window.start)

    @classmethod
    def decode(cls, members: list[Any]) -> Self:
        start, seconds, *groups = members
        window = Window.decode(start, seconds)
        numbers: dict[int, datetime | None] = {}
        for group in groups:
            numbers |= _decoded_group(group, window.start)
        return cls(window, numbers)


def _decoded_group(group: Any, start: datetime) -> Numbers:
    """The incidents of one second, which *group* gives as a distance from *start*."""
    match group:
        case [None, *numbers]:
            at = None
        case [int(distance), *numbers]:
            at = from_epoch(to_epoch(start) + distance)
        case _:
            raise ValueError(group)
    if not all(type(number) is int for number in numbers):
        raise ValueError(group)
    return dict.fromkeys(numbers, at)


@dataclass(frozen=True)
class Cursor:
    """Resume at Rootly's *cursor*, after *passed* rows.

    * `first_row`: a hash of the first row of the previous page; see `Page.first_row`.
    * `last`: the time of the last row of the previous page, by the sort key.
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
                if not cursor.isascii() or not cursor.isprintable():
                    raise ValueError(cursor)
                at = None if last is None else from_epoch(last)
                return cls(cursor, passed, first_row, at)
        raise ValueError(members)


@dataclass(frozen=True)
class Offset:
    """Resume after the first *passed* rows of the list, or of one *window*.

    The window has more rows than one answer. A page has at most *limit* rows: Rootly may send fewer
    than requested, and numbers its pages by what it sends.
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
        size = self.size(size)
        return {"page[size]": str(size), "page[number]": str(self.passed // size + 1)}

    def size(self, most: int) -> int:
        """The largest page size up to *most* with which a page begins exactly here."""
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
                return cls(passed, limit, Window.decode(*window) if len(window) == 2 else None)
        raise ValueError(members)
