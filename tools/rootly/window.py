"""A second or a minute in which incidents were created."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Self

from tools.rootly.epoch import from_epoch, to_epoch


@dataclass(frozen=True)
class Window:
    """The second, or the minute, that begins at *start*; *seconds* is 1 or 60."""

    start: datetime
    seconds: int = 1

    @classmethod
    def second_of(cls, at: datetime) -> Self:
        """The second that contains *at*."""
        return cls(at.replace(microsecond=0), 1)

    @classmethod
    def minute_of(cls, at: datetime) -> Self:
        """The minute that contains *at*."""
        return cls(at.replace(second=0, microsecond=0), 60)

    def __contains__(self, at: datetime) -> bool:
        return self.start <= at < self.end

    def may_contain(self, at: datetime | None) -> bool:
        """Whether *at* is in the window. A time that is not readable (None) may be."""
        return at is None or at in self

    def is_after(self, at: datetime | None, *, descending: bool) -> bool:
        """Whether the window comes after *at* in the order of a list. False if *at* is None."""
        if at is None:
            return False
        if descending:
            return at >= self.end
        return at < self.start

    def overlaps(self, other: "Window") -> bool:
        return self.start < other.end and other.start < self.end

    @property
    def is_second(self) -> bool:
        return self.seconds == 1

    @cached_property
    def end(self) -> datetime:
        return self.start + timedelta(seconds=self.seconds)

    @cached_property
    def minute(self) -> "Window":
        """The minute in which the window begins."""
        return Window.minute_of(self.start)

    @property
    def after(self) -> "Window":
        """The next window of the same length."""
        return Window(self.end, self.seconds)

    @property
    def before(self) -> "Window":
        """The previous window of the same length."""
        return Window(self.start - timedelta(seconds=self.seconds), self.seconds)

    def encode(self) -> list[int]:
        """The window as JSON."""
        return [to_epoch(self.start), self.seconds]

    @classmethod
    def decode(cls, start: Any, seconds: Any) -> Self:
        """The window that `encode` wrote.

        Raises:
            ValueError: it is not a window.
        """
        if type(seconds) is not int or seconds not in (1, 60):
            raise ValueError(seconds)
        return cls(from_epoch(start), seconds)


def second_of(at: datetime | None) -> datetime | None:
    """The second that *at* is in; None if the time is not readable."""
    if at is None:
        return None
    return at.replace(microsecond=0)
