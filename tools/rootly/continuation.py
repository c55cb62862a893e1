"""How a list of incidents goes on: positions in it, and the opaque string in a result's `next`.

Incidents are declared, changed and deleted while someone reads a list. So there are three kinds of position, in this order:

* Keyset: by `created_at`, which never changes. The next page begins with the minute of the last row shown, or with its second
  where that minute has more rows than one answer; the rows of it that were shown already are left out. Every incident is
  shown exactly once, whatever the order of those that are equal in `created_at`.
* Cursor: Rootly's own, for the other sorts.
* Offset: a page number, where there is nothing else. Rows may be missed or repeated.
"""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, Self

from tools import times
from tools.times import Operator

Ranges = Mapping[str, Mapping[Operator, datetime]]
Numbers = Mapping[int, datetime | None]
"""Incidents by number, each with the second in which it was created; None where that is not readable."""

KEY = "created_at"
MAX_ROWS = 100
"""Rootly sends no more rows in one answer."""
MAX_LENGTH = 4_000
"""Characters of a continuation. Most have 60."""


@dataclass(frozen=True)
class Window:
    """The second, or minute, that begins at *start* and has *seconds*."""

    start: datetime
    seconds: int = 1

    @classmethod
    def around(cls, at: datetime, seconds: int) -> Self:
        start = at.replace(microsecond=0)
        return cls(start if seconds == 1 else start.replace(second=0), seconds)

    def __contains__(self, at: datetime) -> bool:
        return self.start <= at < self.end

    def overlaps(self, other: "Window") -> bool:
        return self.start < other.end and other.start < self.end

    @property
    def end(self) -> datetime:
        return self.start + timedelta(seconds=self.seconds)

    @property
    def after(self) -> "Window":
        return Window(self.end, self.seconds)

    @property
    def before(self) -> "Window":
        return Window(self.start - timedelta(seconds=self.seconds), self.seconds)


class Position(Protocol):
    """Where a list goes on: a Keyset, a Cursor or an Offset."""

    @property
    def passed(self) -> int:
        """How many rows went before it in what Rootly is asked for."""

    def bounds(self, *, descending: bool) -> dict[Operator, datetime]:
        """The bounds on `created_at` that the next request adds to the question's own."""

    def paging(self, size: int) -> dict[str, str]:
        """The parameters with which that request asks for *size* new rows."""

    def wire(self) -> list[Any]:
        """The position as JSON; `_position` reads it."""


@dataclass(frozen=True)
class Keyset:
    """Go on with *window*, without the incidents of these *numbers*, which are of that window or lie beyond it."""

    window: Window
    numbers: Numbers = field(default_factory=dict)

    @property
    def passed(self) -> int:
        """None: the bounds leave out what went before."""
        return 0

    def bounds(self, *, descending: bool) -> dict[Operator, datetime]:
        return {"lt": self.window.end} if descending else {"gte": self.window.start}

    def paging(self, size: int) -> dict[str, str]:
        # One more than is shown tells whether the list goes on.
        return {"page[size]": str(min(MAX_ROWS, size + len(self.numbers) + 1))}

    def wire(self) -> list[Any]:
        return ["k", *_window_wire(self.window), *_numbers_wire(self.numbers, self.window.start)]


@dataclass(frozen=True)
class Cursor:
    """Go on where Rootly's *cursor* says, after *passed* rows.

    Of the page before, *first_row* is a hash of the first row, and *last* is the instant in the last row that is sorted by.
    """

    cursor: str
    passed: int
    first_row: int | None = None
    last: datetime | None = None

    def bounds(self, *, descending: bool) -> dict[Operator, datetime]:
        return {}

    def paging(self, size: int) -> dict[str, str]:
        return {"page[size]": str(size), "page[after]": self.cursor}

    def wire(self) -> list[Any]:
        return [
            "c",
            self.cursor,
            self.passed,
            self.first_row,
            _epoch(self.last) if self.last else None,
        ]


@dataclass(frozen=True)
class Offset:
    """Go on after the first *passed* rows: of the whole list, or of the one *window* that has more rows than an answer.

    A page has at most *limit* rows: Rootly may send fewer than it was asked for, and numbers its pages accordingly.
    """

    passed: int
    limit: int = MAX_ROWS
    window: Window | None = None

    def bounds(self, *, descending: bool) -> dict[Operator, datetime]:
        return {"gte": self.window.start, "lt": self.window.end} if self.window else {}

    def paging(self, size: int) -> dict[str, str]:
        size = self.size(size)
        return {"page[size]": str(size), "page[number]": str(self.passed // size + 1)}

    def size(self, wanted: int) -> int:
        """The largest page size up to *wanted* with which a page begins exactly after the rows that were passed."""
        return next(
            size for size in range(min(wanted, self.limit), 0, -1) if self.passed % size == 0
        )

    def wire(self) -> list[Any]:
        return ["o", self.passed, self.limit, *(_window_wire(self.window) if self.window else [])]


@dataclass(frozen=True)
class Continuation:
    """A position in the answer to one question.

    `question` is the fingerprint of the filters and the sort. `instants` are what the relative times in them meant on the
    first page: they hold for the whole list.
    """

    question: str
    position: Position
    instants: Ranges = field(default_factory=dict)

    def __str__(self) -> str:
        instants = {
            name: {op: _epoch(at) for op, at in bounds.items()}
            for name, bounds in self.instants.items()
        }
        wire = [self.question, self.position.wire(), *([instants] if instants else [])]
        return (
            urlsafe_b64encode(json.dumps(wire, separators=(",", ":")).encode()).decode().rstrip("=")
        )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises:
        ValueError: *text* is not from a result's `next`.
        """
        if len(text) > MAX_LENGTH or not text.isascii():
            raise ValueError(text)
        try:
            wire = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        except (binascii.Error, UnicodeDecodeError, RecursionError) as error:
            raise ValueError(text) from error
        match wire:
            case [str(question), [*position]]:
                return cls(question, _position(position))
            case [str(question), [*position], dict() as instants]:
                return cls(question, _position(position), _instants(instants))
        raise ValueError(text)


def _position(wire: list[Any]) -> Position:
    match wire:
        case ["k", start, seconds, *groups]:
            window = _window(start, seconds)
            return Keyset(window, _numbers(groups, window.start))
        case ["c", str(cursor), int(passed), None | int() as first_row, last] if (
            cursor.isascii() and cursor.isprintable()
        ):
            return Cursor(cursor, passed, first_row, None if last is None else _instant(last))
        case ["o", int(passed), int(limit), *window] if (
            0 <= passed < 10**6 and 1 <= limit <= MAX_ROWS
        ):
            return Offset(passed, limit, _window(*window) if len(window) == 2 else None)
    raise ValueError(wire)


def _window_wire(window: Window) -> list[int]:
    return [_epoch(window.start), window.seconds]


def _window(start: Any, seconds: Any) -> Window:
    if type(seconds) is not int or seconds not in (1, 60):
        raise ValueError(seconds)
    return Window(_instant(start), seconds)


def _numbers_wire(numbers: Numbers, start: datetime) -> list[list[int | None]]:
    """A list for each second: how many seconds it lies after *start*, and the numbers of its incidents."""
    by_second: dict[int | None, list[int | None]] = {}
    for number in sorted(numbers):
        at = numbers[number]
        second = None if at is None else _epoch(at) - _epoch(start)
        by_second.setdefault(second, [second]).append(number)
    return [*by_second.values()]


def _numbers(groups: list[Any], start: datetime) -> Numbers:
    numbers: dict[int, datetime | None] = {}
    for group in groups:
        match group:
            case [None | int() as second, *members] if all(
                type(number) is int for number in members
            ):
                at = None if second is None else _instant(_epoch(start) + second)
                numbers |= dict.fromkeys(members, at)
            case _:
                raise ValueError(group)
    return numbers


def _instants(wire: Mapping[str, Any]) -> Ranges:
    instants: dict[str, dict[Operator, datetime]] = {}
    operators: tuple[Operator, ...] = ("gt", "gte", "lt", "lte")
    for name, bounds in wire.items():
        if not isinstance(bounds, dict):
            raise ValueError(wire)
        instants[name] = {
            operator: _instant(bounds[operator]) for operator in operators if operator in bounds
        }
    return instants


def _epoch(at: datetime) -> int:
    return int(at.timestamp())


def _instant(epoch: Any) -> datetime:
    if (
        type(epoch) is not int
        or not times.EARLIEST.timestamp() <= epoch <= times.LATEST.timestamp()
    ):
        raise ValueError(epoch)
    return datetime.fromtimestamp(epoch, UTC)
