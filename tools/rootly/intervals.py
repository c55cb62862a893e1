"""Reads all incidents that match, in intervals of `created_at` that one answer holds whole.

Page numbers cannot read a list that changes: if an incident is deleted between two pages, another
one moves to an earlier page and is never seen. `created_at` never changes, and one request reads
one interval at one moment.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from itertools import count, pairwise
from typing import Self

import anyio
from anyio.abc import TaskGroup

from tools.errors import UnexpectedResponse
from tools.request import Reply
from tools.rootly.document import Document, Incident
from tools.rootly.identity import each_once, instant_of, key_of
from tools.rootly.position import KEY, MAX_ROWS
from tools.rootly.question import Question

Ask = Callable[[Question, dict[str, str]], Awaitable[Reply[Document]]]
"""Requests one page of a question."""
Keep = Callable[[str, Document, Incident], None]
"""Receives an incident, with its unique key and the answer that contains it."""

_SECOND = timedelta(seconds=1)
_MINUTE = timedelta(minutes=1)
_PAUSE_S = 0.2
"""The wait before a full second is read again, because two readings of it differed."""


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
        return self.end - self.start <= _SECOND


@dataclass(frozen=True)
class IntervalAnswer:
    """An answer for one interval, oldest incident first, if Rootly sorts as requested.

    `rows`: The incidents, without repetitions.
    `total`: Rootly's count of all incidents in the interval.
    `page_size`: How many rows were requested.
    """

    document: Document
    rows: Sequence[Incident]
    total: int
    page_size: int

    @classmethod
    def of(cls, document: Document, page_size: int, offset: int = 0) -> Self:
        """The answer to a request for *page_size* rows after the first *offset* rows.

        Raises:
            UnexpectedResponse: the answer contradicts itself, or has no count.
        """
        total = document.total
        rows = each_once(document.incidents)
        if total is None:
            raise UnexpectedResponse(
                "Rootly does not say how many incidents match, so an exact count is not possible."
            )
        if total < len(rows):
            raise UnexpectedResponse(
                f"Rootly says that {total:,} incidents match, but sent {len(rows):,}."
            )
        if total > offset and not rows:
            raise UnexpectedResponse(
                f"Rootly says that {total:,} incidents match, but sent none of them."
            )
        if not rows and document.names_next_page:
            raise UnexpectedResponse(
                "Rootly says that another page follows, but sent no incidents on this one."
            )
        return cls(document, rows, total, page_size)

    @property
    def is_whole(self) -> bool:
        """Whether it proves that it has all incidents of its interval.

        A full page proves nothing, because its count may be the count of this page.
        """
        return (
            len(self.rows) == self.total
            and self.received < self.page_size
            and not self.document.names_next_page
        )

    @property
    def received(self) -> int:
        return len(self.document.incidents)

    @property
    def page_limit(self) -> int:
        """How many rows an answer can have. Rootly may send fewer than requested."""
        return self.received if self.received < self.total else self.page_size

    def complete_prefix(self) -> Sequence[Incident]:
        """The rows before the minute of the last row: between them, no incident is missing.

        The order within a minute proves nothing, because Rootly may sort or show times only to the
        minute. If the rows are not in order, there is no such prefix.
        """
        minutes = [at.replace(second=0, microsecond=0) for _, at in self._instants]
        if minutes != sorted(minutes):
            return []
        length = 0
        for (place, _), minute in zip(self._instants, minutes, strict=True):
            if minute < minutes[-1]:
                length = place + 1
        return self.rows[:length]

    def oldest(self) -> datetime:
        """The second in which the oldest row was created."""
        return min(self._readable_times()).replace(microsecond=0)

    def newest(self) -> datetime:
        """The second in which the newest row was created."""
        return max(self._readable_times()).replace(microsecond=0)

    def _readable_times(self) -> Sequence[datetime]:
        if not self._instants:
            raise UnexpectedResponse(
                "Rootly does not show when incidents were created, so they cannot be counted."
            )
        return [at for _, at in self._instants]

    @cached_property
    def _instants(self) -> Sequence[tuple[int, datetime]]:
        """The place of each row with a readable `created_at`, and that time."""
        instants = []
        for place, row in enumerate(self.rows):
            at = instant_of(row, KEY)
            if at is not None:
                instants.append((place, at))
        return instants


@dataclass
class IntervalReader:
    """Passes each incident that matches *question* to *keep*, with up to *in_flight* requests.

    The first answer has the oldest incidents. The time after them is divided into intervals, one
    for each request that is free. If the answer for an interval is not whole, the missing part is
    divided again.

    *horizon* is about the present time. It only decides into which intervals time is divided.
    """

    question: Question
    ask: Ask
    keep: Keep
    horizon: datetime
    in_flight: int
    _open_intervals: int = 0
    """How many intervals are being read."""
    _unknown: "count[int]" = field(default_factory=count)
    """Numbers for incidents without a readable key."""

    async def first_answer(self) -> tuple[IntervalAnswer, datetime]:
        """The answer to the whole question, which has the oldest incidents, and its time."""
        return await self._answer(Interval())

    async def read(self, first: IntervalAnswer | None = None) -> None:
        """Read everything. *first* is the result of `first_answer`, if there is one already.

        Raises:
            ToolError: see `tools.request.get`; and an answer contradicts itself.
        """
        if first is None:
            first, _ = await self.first_answer()
        async with anyio.create_task_group() as tasks:
            self._process(Interval(), first, tasks)

    async def _read(self, interval: Interval, tasks: TaskGroup) -> None:
        answer, _ = await self._answer(interval)
        is_full_second = interval.is_one_second and not answer.is_whole
        if is_full_second:
            await self._read_full_second(interval, answer.page_limit)
        self._open_intervals -= 1
        if not is_full_second:
            self._process(interval, answer, tasks)

    async def _answer(
        self, interval: Interval, page_size: int = MAX_ROWS, page_number: int = 1
    ) -> tuple[IntervalAnswer, datetime]:
        paging = {"sort": KEY, "page[size]": str(page_size), "page[number]": str(page_number)}
        reply = await self.ask(interval.of(self.question), paging)
        offset = (page_number - 1) * page_size
        return IntervalAnswer.of(reply.body, page_size, offset), reply.at

    def _process(self, interval: Interval, answer: IntervalAnswer, tasks: TaskGroup) -> None:
        """Keep the rows of the complete prefix, and start to read the rest in smaller intervals."""
        if answer.is_whole:
            self._keep(answer, answer.rows)
            return
        prefix = answer.complete_prefix()
        self._keep(answer, prefix)
        for part in self._remaining_intervals(interval, answer, len(prefix)):
            self._open_intervals += 1
            tasks.start_soon(self._read, part, tasks)

    def _remaining_intervals(
        self, interval: Interval, answer: IntervalAnswer, prefix_length: int
    ) -> Sequence[Interval]:
        """Intervals for all incidents of *interval* that are not in the prefix of its answer."""
        start = interval.start or answer.oldest().replace(second=0)
        end = interval.end or self._end_of_open_interval(start, answer)
        intervals = []
        if prefix_length:
            start = answer.newest().replace(second=0)
        elif interval.start is None:
            intervals.append(Interval(None, start))
        if start == interval.start:
            # There is no prefix, or it is too short: the interval itself has to become smaller.
            intervals += _divide_around_rows(answer, start, end)
        else:
            requests = _divided_up(answer.total - prefix_length, answer.page_limit)
            intervals += _partition(start, end, min(requests, self._free_requests))
        if interval.end is None:
            intervals[-1] = Interval(intervals[-1].start, None)
        return intervals

    def _end_of_open_interval(self, start: datetime, answer: IntervalAnswer) -> datetime:
        """A minute after all known incidents, and at least two seconds after *start*."""
        latest = max(self.horizon, answer.newest())
        return max(_rounded_up(latest + _SECOND, _MINUTE), start + 2 * _SECOND)

    @property
    def _free_requests(self) -> int:
        return self.in_flight - self._open_intervals

    async def _read_full_second(self, interval: Interval, page_size: int) -> None:
        """Read a second that has more incidents than fit in one answer.

        It is read by page numbers, until two readings agree.
        """
        previous = await self._all_pages(interval, page_size)
        while True:
            pages = await self._all_pages(interval, page_size)
            if _agree(previous, pages):
                break
            await anyio.sleep(_PAUSE_S)
            previous = pages
        for page in pages:
            self._keep(page, page.rows)

    async def _all_pages(self, interval: Interval, page_size: int) -> list[IntervalAnswer]:
        pages: list[IntervalAnswer] = []
        received = 0
        while not pages or received < pages[-1].total:
            page, _ = await self._answer(interval, page_size, len(pages) + 1)
            pages.append(page)
            received += page.received
        return pages

    def _keep(self, answer: IntervalAnswer, rows: Iterable[Incident]) -> None:
        for row in rows:
            key = key_of(row) or f"unknown {next(self._unknown)}"
            self.keep(key, answer.document, row)


def _agree(previous: Sequence[IntervalAnswer], pages: Sequence[IntervalAnswer]) -> bool:
    """Whether two readings of all pages are whole, and have the same incidents."""
    return _are_whole(previous) and _are_whole(pages) and _keys(previous) == _keys(pages)


def _are_whole(pages: Sequence[IntervalAnswer]) -> bool:
    """Whether the pages together have as many incidents as each of them counts."""
    number = len(_keys(pages))
    return all(page.total == number for page in pages)


def _keys(pages: Iterable[IntervalAnswer]) -> set[str | None]:
    return {key_of(row) for page in pages for row in page.rows}


def _divide_around_rows(
    answer: IntervalAnswer, start: datetime, end: datetime
) -> Sequence[Interval]:
    """Divide *start* to *end* into at least two intervals.

    If possible, one of them spans exactly the rows of the answer.
    """
    unit = _unit(start, end)
    oldest = _rounded_down(answer.oldest(), unit)
    newest = _rounded_down(answer.newest(), unit) + unit
    # Rootly may show times only to the minute. Then seconds say nothing.
    shows_unit = unit is _MINUTE or answer.oldest().second or answer.newest().second
    is_inside = start <= oldest and newest <= end
    is_smaller = (oldest, newest) != (start, end)
    if not (shows_unit and is_inside and is_smaller):
        return _partition(start, end, 2)
    cuts = sorted({start, oldest, newest, end})
    return [Interval(*bounds) for bounds in pairwise(cuts)]


def _partition(start: datetime, end: datetime, number: int) -> Sequence[Interval]:
    """Divide *start* to *end* into up to *number* intervals of about the same length.

    The cuts are between minutes, because Rootly may compare times only to the minute. Within one
    minute they are between seconds.
    """
    unit = _unit(start, end)
    length = max((end - start) / max(number, 1), unit)
    intervals = []
    begin = start
    cut = _rounded_up(begin + length, unit)
    while cut < end:
        intervals.append(Interval(begin, cut))
        begin = cut
        cut = _rounded_up(begin + length, unit)
    return [*intervals, Interval(begin, end)]


def _unit(start: datetime, end: datetime) -> timedelta:
    return _MINUTE if end - start > _MINUTE else _SECOND


def _divided_up(number: int, divisor: int) -> int:
    """*number* / *divisor*, rounded up."""
    return -(-number // divisor)


def _rounded_down(at: datetime, unit: timedelta) -> datetime:
    return at - (at - datetime.min.replace(tzinfo=at.tzinfo)) % unit


def _rounded_up(at: datetime, unit: timedelta) -> datetime:
    return _rounded_down(at + unit - timedelta.resolution, unit)
