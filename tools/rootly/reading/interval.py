"""Intervals of `created_at`, and how they are divided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tools.rootly.position import KEY
from tools.rootly.question import Question

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Interval:
    """A half-open interval: *start* is inside, *end* is not. None means no bound."""

    start: datetime | None = None
    end: datetime | None = None

    def of(self, question: Question) -> Question:
        """The question with only the incidents that were created in this interval."""
        if self.start is not None:
            question = question.narrow(KEY, {"gte": self.start})
        if self.end is not None:
            question = question.narrow(KEY, {"lt": self.end})
        return question

    @property
    def is_one_second(self) -> bool:
        if self.start is None or self.end is None:
            return False
        return self.end - self.start <= SECOND

    def contains(self, at: datetime) -> bool:
        """Whether *at* is inside, and not at the start."""
        is_after_start = self.start is None or self.start < at
        is_before_end = self.end is None or at < self.end
        return is_after_start and is_before_end


def unit_of(start: datetime, end: datetime) -> timedelta:
    """The unit to divide this time by.

    It is a minute, because Rootly may compare times only to the minute. Within one minute it is a
    second.
    """
    return MINUTE if end - start > MINUTE else SECOND


def rounded_down(at: datetime, unit: timedelta) -> datetime:
    return at - (at - datetime.min.replace(tzinfo=at.tzinfo)) % unit


def rounded_up(at: datetime, unit: timedelta) -> datetime:
    return rounded_down(at + unit - timedelta.resolution, unit)


def halves(start: datetime, end: datetime) -> Sequence[Interval]:
    """Two intervals of about the same length."""
    middle = start + (end - start) / 2
    cut = rounded_up(middle, unit_of(start, end))
    if not start < cut < end:
        cut = rounded_up(middle, SECOND)
    return Interval(start, cut), Interval(cut, end)
