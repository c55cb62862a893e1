"""The time whose incidents are not read yet, and how much of it to request at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tools import times
from tools.rootly.reading.interval import MINUTE, SECOND, Interval, rounded_down, rounded_up
from tools.rootly.reading.interval_answer import IntervalAnswer


@dataclass
class UnreadTime:
    """The intervals of `created_at` that are not read yet.

    `intervals`: the oldest one first. None of them is requested now.
    """

    intervals: list[Interval] = field(default_factory=lambda: [Interval()])
    _page_limit: int = 1
    """How many incidents one answer can have."""
    _expected: int = 0
    """About how many incidents are not read yet."""
    _begin: datetime = times.LATEST
    """About when the oldest incident was created."""
    _latest: datetime = times.LATEST
    """A minute after all incidents of the first answer."""
    _floor: datetime | None = None
    """Incidents that were created before are not read at all."""

    def begin(self, first: IntervalAnswer) -> None:
        """Begin with the first answer to the whole question.

        Before its rows, incidents are expected to be as frequent as among them.
        """
        self.intervals = []
        self._page_limit = first.page_limit
        self._expected = first.total or 0
        if first.instants:
            span = max(first.newest() - first.oldest(), MINUTE)
            ratio = (first.total or 0) / len(first.rows)
            self._begin = _before(first.newest(), span, ratio)
        if first.instants and first.is_in_order:
            self._latest = rounded_up(first.newest() + SECOND, MINUTE)

    def expect_begin(self, begin: datetime) -> None:
        """Set about when the oldest incident was created."""
        self._begin = begin

    def expect_fewer(self, number: int) -> None:
        """Count incidents that were read."""
        self._expected -= number

    def set_floor(self, floor: datetime, left_out: int) -> None:
        """Leave out the time before *floor*, with about so many incidents."""
        self._begin = self._floor = floor
        self._expected -= left_out
        self.intervals = [*self._above_floor(self.intervals)]

    def add_parts(self, parts: Iterable[Interval]) -> None:
        """Add intervals that have to be read one by one."""
        everything = [*self.intervals, *self._above_floor(parts)]
        self.intervals = sorted(everything, key=_end)

    def add_rest(self, rest: Interval) -> None:
        """Add what is left of an interval, the newest part of which was read."""
        for older in self.intervals:
            if older.end == rest.start and older.end is not None:
                # One request may read both.
                self.intervals.remove(older)
                rest = Interval(older.start, rest.end)
                break
        self.add_parts([rest])

    def take(self, requested: Iterable[Interval], fill: float | None) -> Interval:
        """Remove the newest interval, or the newest part of it.

        The part is expected to *fill* an answer so far: 1 is a full answer, and None means no
        limit. *requested* are the intervals in flight.
        """
        newest = self.intervals.pop()
        if newest.end is None or fill is None:
            return newest
        length = self._length_of_an_answer([*self.intervals, newest, *requested]) * fill
        cut = rounded_down(newest.end - max(length, MINUTE), MINUTE)
        if not self._from_begin(newest).contains(cut):
            return newest
        self.intervals.append(Interval(newest.start, cut))
        return Interval(cut, newest.end)

    def end(self, requested: Sequence[Interval]) -> datetime | None:
        """From this minute on, nothing is unread; None if nothing at all is unread."""
        unread = [*self.intervals, *requested]
        if not unread:
            return self._floor
        end = min(rounded_up(max(map(_end, unread)), MINUTE), self._latest)
        # A request that began before the floor was known may read an interval before it.
        return max(end, self._floor) if self._floor else end

    def _length_of_an_answer(self, unread: Iterable[Interval]) -> timedelta:
        """How much time has about as many incidents as a full answer, if evenly distributed."""
        length = timedelta()
        for interval in map(self._from_begin, unread):
            if interval.start and interval.end:
                length += max(interval.end - interval.start, timedelta())
        return length * min(self._page_limit / max(self._expected, 1), 1)

    def _from_begin(self, interval: Interval) -> Interval:
        """The interval from its start, or from where its oldest incident is expected."""
        return Interval(interval.start or self._begin, interval.end)

    def _above_floor(self, intervals: Iterable[Interval]) -> Iterable[Interval]:
        if self._floor is None:
            return intervals
        clipped = []
        for interval in intervals:
            if _end(interval) > self._floor:
                start = max(interval.start or self._floor, self._floor)
                clipped.append(Interval(start, interval.end))
        return clipped


def _end(interval: Interval) -> datetime:
    """The end of the interval; the latest time there is if it has no end."""
    return interval.end or times.LATEST


def _before(at: datetime, span: timedelta, ratio: float) -> datetime:
    """The time that is *ratio* times *span* before *at*, or the earliest time there is."""
    return at - min(span * ratio, at - times.EARLIEST)
