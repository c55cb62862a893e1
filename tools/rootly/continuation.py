"""How a list of incidents goes on: positions in it, and the opaque text in a result's `next`.

Incidents are declared, changed and deleted while someone reads a list. There are three kinds of
position:

* Keyset: for a list by `created_at`, which never changes. The next page begins with the minute of
  the last row, or with its second if that minute has more rows than one answer. Rows that were
  already shown are left out. So every incident is shown exactly once, in whatever order Rootly
  sends incidents with the same `created_at`.
* Cursor: Rootly's own, for other sorts.
* Offset: a page number, if there is nothing else. Rows may be missed or repeated.
"""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Protocol, Self

from tools import times
from tools.times import Operator

Ranges = Mapping[str, Mapping[Operator, datetime]]
Numbers = Mapping[int, datetime | None]
"""Incidents by number, with the second in which each was created; None if it is not readable."""

KEY = "created_at"
"""The attribute that a keyset compares."""
MAX_ROWS = 100
"""Rows in one answer of Rootly."""
MAX_LENGTH = 4_000
"""Characters of a continuation. Most have 60."""

_MAX_PASSED = 10**6
_OPERATORS: tuple[Operator, ...] = ("gt", "gte", "lt", "lte")


@dataclass(frozen=True)
class Window:
    """The second, or the minute, that begins at *start*; *seconds* is 1 or 60."""

    start: datetime
    seconds: int = 1

    @classmethod
    def around(cls, at: datetime, seconds: int) -> Self:
        """The second or the minute of *at*."""
        start = at.replace(microsecond=0)
        if seconds == 60:
            start = start.replace(second=0)
        return cls(start, seconds)

    def __contains__(self, at: datetime) -> bool:
        return self.start <= at < self.end

    def overlaps(self, other: "Window") -> bool:
        return self.start < other.end and other.start < self.end

    @cached_property
    def end(self) -> datetime:
        return self.start + timedelta(seconds=self.seconds)

    @cached_property
    def minute(self) -> "Window":
        """The minute that the window begins in."""
        return Window.around(self.start, 60)

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
        """How many rows come before it, of those that match the next request."""

    def bounds(self, *, descending: bool) -> dict[Operator, datetime]:
        """The bounds on `created_at` that the next request adds to the question's own."""

    def paging(self, size: int) -> dict[str, str]:
        """The parameters with which the next request asks for *size* new rows."""

    def encode(self) -> list[Any]:
        """The position as JSON. `_position` decodes it."""


@dataclass(frozen=True)
class Keyset:
    """Resume at *window*, skipping the incidents that were already shown (*numbers*).

    These are in the window, or after it in the order of the list.
    """

    window: Window
    numbers: Numbers = field(default_factory=dict)

    @property
    def passed(self) -> int:
        """None: the bounds leave out what came before."""
        return 0

    def bounds(self, *, descending: bool) -> dict[Operator, datetime]:
        return {"lt": self.window.end} if descending else {"gte": self.window.start}

    def paging(self, size: int) -> dict[str, str]:
        # One more row tells whether the list goes on.
        return {"page[size]": str(min(MAX_ROWS, size + len(self.numbers) + 1))}

    def encode(self) -> list[Any]:
        return ["k", *_encoded_window(self.window), *self._encoded_numbers()]

    def _encoded_numbers(self) -> list[list[int | None]]:
        """A list for each second: its distance from the window's start, then its incidents."""
        by_second: dict[int | None, list[int | None]] = {}
        for number in sorted(self.numbers):
            at = self.numbers[number]
            second = None if at is None else _epoch(at) - _epoch(self.window.start)
            by_second.setdefault(second, [second]).append(number)
        return [*by_second.values()]


@dataclass(frozen=True)
class Cursor:
    """Resume at Rootly's *cursor*, after *passed* rows.

    Of the page before, *first_row* is a hash of the first row, and *last* is when the last row was,
    by the sort key.
    """

    cursor: str
    passed: int
    first_row: int | None = None
    last: datetime | None = None

    def bounds(self, *, descending: bool) -> dict[Operator, datetime]:
        return {}

    def paging(self, size: int) -> dict[str, str]:
        return {"page[size]": str(size), "page[after]": self.cursor}

    def encode(self) -> list[Any]:
        last = _epoch(self.last) if self.last else None
        return ["c", self.cursor, self.passed, self.first_row, last]


@dataclass(frozen=True)
class Offset:
    """Resume after the first *passed* rows of the list, or of one *window*.

    A window has more rows than one answer. A page has at most *limit* rows: Rootly may send fewer
    than requested, and numbers its pages by what it sends.
    """

    passed: int
    limit: int = MAX_ROWS
    window: Window | None = None

    def bounds(self, *, descending: bool) -> dict[Operator, datetime]:
        return {"gte": self.window.start, "lt": self.window.end} if self.window else {}

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
        window = _encoded_window(self.window) if self.window else []
        return ["o", self.passed, self.limit, *window]


@dataclass(frozen=True)
class Continuation:
    """A position in the answer to one question.

    `question` is the fingerprint of the filters and the sort. `instants` are what relative times
    meant on the first page: they hold for the whole list.
    """

    question: str
    position: Position
    instants: Ranges = field(default_factory=dict)

    def __str__(self) -> str:
        parts: list[Any] = [self.question, self.position.encode()]
        if self.instants:
            parts.append(_encoded_instants(self.instants))
        compact = json.dumps(parts, separators=(",", ":")).encode()
        return urlsafe_b64encode(compact).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises:
        ValueError: *text* is not from a result's `next`.
        """
        if len(text) > MAX_LENGTH or not text.isascii():
            raise ValueError(text)
        padding = "=" * (-len(text) % 4)
        try:
            parts = json.loads(urlsafe_b64decode(text + padding))
        except (binascii.Error, UnicodeDecodeError, RecursionError) as error:
            raise ValueError(text) from error
        match parts:
            case [str(question), [*position]]:
                return cls(question, _position(position))
            case [str(question), [*position], dict() as instants]:
                return cls(question, _position(position), _instants(instants))
        raise ValueError(text)


def _position(parts: list[Any]) -> Position:
    match parts:
        case [str(kind), *members] if kind in _DECODERS:
            return _DECODERS[kind](members)
    raise ValueError(parts)


def _keyset(members: list[Any]) -> Keyset:
    match members:
        case [start, seconds, *groups]:
            window = _window(start, seconds)
            return Keyset(window, _numbers(groups, window.start))
    raise ValueError(members)


def _cursor(members: list[Any]) -> Cursor:
    match members:
        case [str(cursor), int(passed), None | int() as first_row, last]:
            if not cursor.isascii() or not cursor.isprintable():
                raise ValueError(members)
            return Cursor(cursor, passed, first_row, None if last is None else _instant(last))
    raise ValueError(members)


def _offset(members: list[Any]) -> Offset:
    match members:
        case [int(passed), int(limit), *window]:
            if not 0 <= passed < _MAX_PASSED or not 1 <= limit <= MAX_ROWS:
                raise ValueError(members)
            return Offset(passed, limit, _window(*window) if len(window) == 2 else None)
    raise ValueError(members)


_DECODERS: Mapping[str, Callable[[list[Any]], Position]] = {
    "k": _keyset,
    "c": _cursor,
    "o": _offset,
}


def _encoded_window(window: Window) -> list[int]:
    return [_epoch(window.start), window.seconds]


def _window(start: Any, seconds: Any) -> Window:
    if type(seconds) is not int or seconds not in (1, 60):
        raise ValueError(seconds)
    return Window(_instant(start), seconds)


def _numbers(groups: list[Any], start: datetime) -> Numbers:
    numbers: dict[int, datetime | None] = {}
    for group in groups:
        match group:
            case [None | int() as second, *members]:
                if not all(type(number) is int for number in members):
                    raise ValueError(group)
                at = None if second is None else _instant(_epoch(start) + second)
                numbers |= dict.fromkeys(members, at)
            case _:
                raise ValueError(group)
    return numbers


def _encoded_instants(instants: Ranges) -> dict[str, dict[str, int]]:
    encoded: dict[str, dict[str, int]] = {}
    for name, bounds in instants.items():
        encoded[name] = {operator: _epoch(at) for operator, at in bounds.items()}
    return encoded


def _instants(encoded: Mapping[str, Any]) -> Ranges:
    instants: dict[str, dict[Operator, datetime]] = {}
    for name, bounds in encoded.items():
        if not isinstance(bounds, dict):
            raise ValueError(encoded)
        present = [operator for operator in _OPERATORS if operator in bounds]
        instants[name] = {operator: _instant(bounds[operator]) for operator in present}
    return instants


def _epoch(at: datetime) -> int:
    return int(at.timestamp())


def _instant(epoch: Any) -> datetime:
    if type(epoch) is not int:
        raise ValueError(epoch)
    if not times.EARLIEST.timestamp() <= epoch <= times.LATEST.timestamp():
        raise ValueError(epoch)
    return datetime.fromtimestamp(epoch, UTC)
