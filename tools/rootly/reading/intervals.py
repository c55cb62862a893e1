"""Reads all incidents that match, in intervals of `created_at` that one answer holds whole.

Page numbers cannot read a list that changes: if an incident is deleted between two pages, another
one moves to an earlier page and is never seen. `created_at` never changes, and one request reads
one interval at one moment.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

import anyio
from anyio.abc import TaskGroup

from tools.reply import Reply
from tools.rootly.document import Document, Incident
from tools.rootly.identity import key_of
from tools.rootly.position import KEY, MAX_ROWS
from tools.rootly.question import Question
from tools.rootly.reading.interval import MINUTE, SECOND, Interval, rounded_down, rounded_up
from tools.rootly.reading.interval_answer import (
    IntervalAnswer,
    agree,
    contradiction,
    divide_around_rows,
)
from tools.rootly.reading.unread_time import UnreadTime
from tools.rootly.vocabulary import MAX_OFFSET

Ask = Callable[[Question, dict[str, str]], Awaitable[Reply[Document]]]
"""Requests one page of a question."""
Keep = Callable[[str, Document, Incident], None]
"""Receives an incident, with its unique key and the answer that contains it."""
Report = Callable[[], Awaitable[None]]
"""Called after each answer whose incidents were kept."""


async def no_report() -> None:
    pass


FILL = 0.8
"""How full an answer should be. Incidents are not evenly distributed, so one may overflow."""
_NEWEST_FIRST = f"-{KEY}"
_PAUSE_S = 0.2
"""The wait before a full second is read again, because two readings of it differed."""


@dataclass
class IntervalReader:
    """Passes the incidents that match *question* to *keep*, with up to *in_flight* requests.

    The newest incidents are read first. The first answer has the newest of all. The time before
    them is read in intervals, of which each has about as many incidents as one answer. If the
    answer for an interval is not whole, what is missing is read in the same way.

    *limit* is how many incidents to read; None means all. *horizon* is about the present time. It
    only decides into which intervals time is divided. *fill* is how full an answer should be: with
    less, there are more requests, but fewer that overflow and leave a gap. *uncounted* is why
    Rootly's counts are not certain; None if all of them are. Without a count, one request is sent
    at a time.
    """

    question: Question
    ask: Ask
    keep: Keep
    horizon: datetime
    in_flight: int
    limit: int | None = None
    report: Report = no_report
    fill: float = FILL
    uncounted: str | None = None
    _is_begun: bool = False
    _total: int | None = None
    """Rootly's count of the incidents that match; None if it is not certain."""
    _unread: UnreadTime = field(default_factory=UnreadTime)
    _reading: list[Interval] = field(default_factory=list)
    """The intervals that are requested now."""
    _unknown: "count[int]" = field(default_factory=count)
    """Numbers for incidents without a readable key."""

    async def begin(self) -> tuple[IntervalAnswer, datetime]:
        """Get and keep the first answer, which has the newest incidents, and tell its time."""
        answer, at = await self._answer(Interval())
        self._is_begun = True
        self._total = answer.total
        self._unread.begin(answer)
        self._process(Interval(), answer)
        return answer, at

    async def read(self) -> None:
        """Read everything that is not read yet, or the newest of it.

        Raises:
            ToolError: see `tools.request.get`; and an answer contradicts itself.
        """
        if not self._is_begun:
            await self.begin()
        if self._total is None:
            self.in_flight = 1
        is_limited = self.limit is not None and (self._total is None or self._total > self.limit)
        async with anyio.create_task_group() as tasks:
            if self._unread.intervals and (is_limited or self.in_flight > 1):
                tasks.start_soon(self._find_begin)
            self._start_requests(tasks)

    @property
    def since(self) -> datetime | None:
        """Everything that was created from this minute on has been read; None if really all was."""
        return self._unread.end(self._reading)

    async def minute_after(self, number: int) -> datetime | None:
        """The minute from which on at most *number* incidents were created.

        None if there are no more than that.

        Raises:
            UnexpectedResponse: Rootly does not show when the next incident was created.
        """
        answer = await self._answer_at(number + 1)
        if not answer.rows:
            return None
        return rounded_down(answer.oldest(), MINUTE) + MINUTE

    async def _answer_at(self, place: int) -> IntervalAnswer:
        """The answer with only the incident at this place of the list."""
        place = min(place, MAX_OFFSET)
        answer, _ = await self._answer(Interval(), page_size=1, page_number=place)
        return answer

    async def _find_begin(self) -> None:
        """Find out where the time to read begins."""
        total = self._total
        if total is not None and (self.limit is None or total <= self.limit):
            answer = await self._answer_at(total)
            if answer.instants:
                self._unread.expect_begin(rounded_down(answer.oldest(), MINUTE))
            return
        if self.limit is None:
            return
        minute = await self.minute_after(self.limit)
        if minute is not None:
            self._unread.set_floor(minute, left_out=max((total or 0) - self.limit, 0))

    def _start_requests(self, tasks: TaskGroup) -> None:
        """Request the newest intervals that are not read yet."""
        while self._unread.intervals and len(self._reading) < self.in_flight:
            # A single request at a time can as well have all the time that is not read yet.
            fill = self.fill if self.in_flight > 1 else None
            interval = self._unread.take(self._reading, fill)
            self._reading.append(interval)
            tasks.start_soon(self._read, interval, tasks)

    async def _read(self, interval: Interval, tasks: TaskGroup) -> None:
        answer, _ = await self._answer(interval)
        if interval.is_one_second and not answer.is_whole:
            await self._read_full_second(interval, answer.page_limit)
        else:
            self._process(interval, answer)
        self._reading.remove(interval)
        self._start_requests(tasks)
        await self.report()

    async def _answer(
        self, interval: Interval, page_size: int = MAX_ROWS, page_number: int = 1
    ) -> tuple[IntervalAnswer, datetime]:
        paging = {
            "sort": _NEWEST_FIRST,
            "page[size]": str(page_size),
            "page[number]": str(page_number),
        }
        reply = await self.ask(interval.of(self.question), paging)
        offset = (page_number - 1) * page_size
        answer = IntervalAnswer.of(reply.body, page_size, offset)
        self.uncounted = self.uncounted or answer.uncounted
        return answer, reply.at

    def _process(self, interval: Interval, answer: IntervalAnswer) -> None:
        """Keep the rows of the complete prefix. The rest of the interval is still to be read."""
        if answer.is_whole:
            self._keep(answer, answer.rows)
            return
        prefix = answer.complete_prefix()
        self._keep(answer, prefix)
        # Everything after the minute of the oldest row is in the prefix.
        end = rounded_down(answer.oldest(), MINUTE) + MINUTE
        if prefix and interval.contains(end):
            self._unread.add_rest(Interval(interval.start, end))
        else:
            # There is no prefix, or it is too short: the interval itself has to become smaller.
            self._unread.add_parts(self._parts(interval, answer))

    def _parts(self, interval: Interval, answer: IntervalAnswer) -> Sequence[Interval]:
        """The interval in smaller parts, the oldest one first."""
        start = interval.start or rounded_down(answer.oldest(), MINUTE)
        end = interval.end or self._end_of_open_interval(start, answer)
        parts = [*divide_around_rows(answer, start, end)]
        if interval.start is None:
            parts = [Interval(None, start), *parts]
        if interval.end is None:
            parts[-1] = Interval(parts[-1].start, None)
        return parts

    def _end_of_open_interval(self, start: datetime, answer: IntervalAnswer) -> datetime:
        """A minute after all known incidents, and at least two seconds after *start*."""
        latest = max(self.horizon, answer.newest())
        return max(rounded_up(latest + SECOND, MINUTE), start + 2 * SECOND)

    async def _read_full_second(self, interval: Interval, page_size: int) -> None:
        """Read a second that has more incidents than fit in one answer.

        It is read by page numbers, until two readings agree, or both contradict Rootly's count.
        """
        previous = await self._all_pages(interval, page_size)
        while True:
            pages = await self._all_pages(interval, page_size)
            if agree(previous, pages):
                break
            reason = contradiction(previous, pages)
            if reason:
                self.uncounted = self.uncounted or reason
                break
            await anyio.sleep(_PAUSE_S)
            previous = pages
        for page in pages:
            self._keep(page, page.rows)

    async def _all_pages(self, interval: Interval, page_size: int) -> list[IntervalAnswer]:
        pages: list[IntervalAnswer] = []
        received = 0
        while True:
            page, _ = await self._answer(interval, page_size, len(pages) + 1)
            pages.append(page)
            received += page.received
            # Without a count, the last page is the one without incidents.
            is_last = not page.rows if page.total is None else received >= page.total
            if is_last:
                return pages

    def _keep(self, answer: IntervalAnswer, rows: Iterable[Incident]) -> None:
        for row in rows:
            key = key_of(row) or f"unknown {next(self._unknown)}"
            self.keep(key, answer.document, row)
        self._unread.expect_fewer(len([*rows]))
