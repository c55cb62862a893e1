"""Reads all incidents that match, in intervals of `created_at` that one answer of Rootly holds whole.

Page numbers cannot read a list that changes: when an incident is deleted between two pages, another one moves up and is
never seen. `created_at` never changes, and one request reads an interval of it at one moment.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count, pairwise
from typing import Self

import anyio
from anyio.abc import TaskGroup

from tools.errors import UnexpectedResponse
from tools.request import Reply
from tools.rootly.continuation import KEY, MAX_ROWS
from tools.rootly.document import Document, Incident
from tools.rootly.identity import each_once, instant_of, key_of
from tools.rootly.question import Question

Ask = Callable[[Question, dict[str, str]], Awaitable[Reply[Document]]]
"""Asks for one page of a question."""
Keep = Callable[[str, Document, Incident], None]
"""Takes an incident and the answer that it is from, under a key that no other incident has."""

_SECOND = timedelta(seconds=1)
_MINUTE = timedelta(minutes=1)
_PAUSE_S = 0.2
"""Before a crowded second is read once more, because incidents came or went between two readings."""


@dataclass(frozen=True)
class Interval:
    """From *start* to before *end*, both whole seconds; None where it is open."""

    start: datetime | None = None
    end: datetime | None = None

    def of(self, question: Question) -> Question:
        if self.start is not None:
            question = question.narrow(KEY, {"gte": self.start})
        if self.end is not None:
            question = question.narrow(KEY, {"lt": self.end})
        return question

    @property
    def is_one_second(self) -> bool:
        return self.start is not None and self.end is not None and self.end - self.start <= _SECOND


@dataclass(frozen=True)
class IntervalAnswer:
    """What came for one interval: the oldest first, if Rootly sorts as it is asked."""

    document: Document
    rows: Sequence[Incident]
    """Each incident once."""
    total: int
    asked: int

    @classmethod
    def of(cls, document: Document, asked: int, before: int = 0) -> Self:
        """The answer to a request for *asked* rows after the first *before*.

        Raises:
            UnexpectedResponse: it contradicts itself, or does not say how many incidents match.
        """
        total, rows = document.total, each_once(document.incidents)
        if total is None:
            raise UnexpectedResponse(
                "Rootly does not say how many incidents match, so that a count could not be complete."
            )
        if total < len(rows):
            raise UnexpectedResponse(
                f"Rootly says that {total:,} incidents match, and sent {len(rows):,}."
            )
        if total > before and not rows:
            raise UnexpectedResponse(
                f"Rootly says that {total:,} incidents match, and sent none of them."
            )
        if not rows and document.names_next_page:
            raise UnexpectedResponse(
                "Rootly says that another page follows, and sent no incidents of this one."
            )
        return cls(document, rows, total, asked)

    @property
    def is_whole(self) -> bool:
        """Whether no other incident matches. A full page does not prove it: its total may be that of the page."""
        return (
            len(self.rows) == self.total
            and self.received < self.asked
            and not self.document.names_next_page
        )

    @property
    def received(self) -> int:
        return len(self.document.incidents)

    @property
    def page_limit(self) -> int:
        """How many rows an answer has at most. Rootly may send fewer than it was asked for."""
        return self.received if self.received < self.total else self.asked

    def certain(self) -> Sequence[Incident]:
        """The rows before the minute of the last one: no incident that is not here can stand among them.

        Within a minute nothing rests on the order, because Rootly may sort, or show, times to the minute. There are none
        where the rows are not in order.
        """
        minutes = [(place, at.replace(second=0, microsecond=0)) for place, at in self._instants]
        order = [minute for _, minute in minutes]
        if order != sorted(order):
            return []
        certain = [place for place, minute in minutes if minute < order[-1]]
        return self.rows[: certain[-1] + 1] if certain else []

    def oldest(self) -> datetime:
        """The second of the oldest row."""
        return min(self._readable_instants()).replace(microsecond=0)

    def newest(self) -> datetime:
        """The second of the newest row."""
        return max(self._readable_instants()).replace(microsecond=0)

    def _readable_instants(self) -> Sequence[datetime]:
        if not self._instants:
            raise UnexpectedResponse(
                "Rootly does not show when incidents were created, so that they cannot be counted."
            )
        return [at for _, at in self._instants]

    @property
    def _instants(self) -> Sequence[tuple[int, datetime]]:
        """When the rows were created, with their places, as far as that is readable."""
        return [
            (place, at)
            for place, row in enumerate(self.rows)
            if (at := instant_of(row, KEY)) is not None
        ]


@dataclass
class IntervalReader:
    """Gives each incident that matches *question* to *keep*, with up to *in_flight* requests at a time.

    Each request goes on where the last full answer ended. What is left is divided only where fewer requests are in flight.
    *horizon* is about the present: it only serves to divide the time until then.
    """

    question: Question
    ask: Ask
    keep: Keep
    horizon: datetime
    in_flight: int
    _reading: int = 0
    """How many intervals are being read."""
    _unknown: "count[int]" = field(default_factory=count)

    async def first(self) -> tuple[IntervalAnswer, datetime]:
        """The answer to the question as a whole, which has the oldest incidents, and when it came."""
        return await self._answer(Interval())

    async def read(self, first: IntervalAnswer | None = None) -> None:
        """Read everything, in parallel; *first* is what `first` gave.

        Raises:
            ToolError: see `tools.request.get`; and where an answer contradicts itself.
        """
        answer = first or (await self.first())[0]
        async with anyio.create_task_group() as tasks:
            self._take(Interval(), answer, tasks)

    async def _read(self, interval: Interval, tasks: TaskGroup) -> None:
        answer, _ = await self._answer(interval)
        if interval.is_one_second and not answer.is_whole:
            await self._read_crowded(interval, answer.page_limit)
            self._reading -= 1
        else:
            self._reading -= 1
            self._take(interval, answer, tasks)

    async def _answer(
        self, interval: Interval, size: int = MAX_ROWS, number: int = 1
    ) -> tuple[IntervalAnswer, datetime]:
        paging = {"sort": KEY, "page[size]": str(size), "page[number]": str(number)}
        reply = await self.ask(interval.of(self.question), paging)
        return IntervalAnswer.of(reply.body, size, (number - 1) * size), reply.at

    def _take(self, interval: Interval, answer: IntervalAnswer, tasks: TaskGroup) -> None:
        """Keep what is certain, and read the rest in intervals of its own."""
        if answer.is_whole:
            self._keep(answer, answer.rows)
            return
        certain = answer.certain()
        self._keep(answer, certain)
        for rest in [*self._rest(interval, answer, len(certain))]:
            self._reading += 1
            tasks.start_soon(self._read, rest, tasks)

    def _rest(self, interval: Interval, answer: IntervalAnswer, certain: int) -> Iterator[Interval]:
        """Intervals for what is not among the *certain* first rows of an answer."""
        start = interval.start or answer.oldest().replace(second=0)
        end = interval.end or max(
            _rounded_up(max(self.horizon, answer.newest()) + _SECOND, _MINUTE), start + 2 * _SECOND
        )
        if certain:
            start = answer.newest().replace(second=0)
        elif interval.start is None:
            yield Interval(None, start)
        if start == interval.start:
            parts = _around(answer, start, end)
        else:
            answers = -(-(answer.total - certain) // answer.page_limit)
            parts = _parts(start, end, max(1, min(answers, self.in_flight - self._reading)))
        *others, last = parts
        yield from others
        yield last if interval.end else Interval(last.start)

    async def _read_crowded(self, interval: Interval, size: int) -> None:
        """Read a second with more incidents than one answer has: by page numbers, until two readings agree."""
        before = await self._pages(interval, size)
        while True:
            answers = await self._pages(interval, size)
            if _is_whole(before) and _is_whole(answers) and _keys(before) == _keys(answers):
                break
            await anyio.sleep(_PAUSE_S)
            before = answers
        for answer in answers:
            self._keep(answer, answer.rows)

    async def _pages(self, interval: Interval, size: int) -> list[IntervalAnswer]:
        answers: list[IntervalAnswer] = []
        received = 0
        while not answers or received < answers[-1].total:
            answer, _ = await self._answer(interval, size, len(answers) + 1)
            answers.append(answer)
            received += answer.received
        return answers

    def _keep(self, answer: IntervalAnswer, rows: Sequence[Incident]) -> None:
        for row in rows:
            self.keep(key_of(row) or f"unknown {next(self._unknown)}", answer.document, row)


def _keys(pages: Iterable[IntervalAnswer]) -> set[str | None]:
    return {key_of(row) for page in pages for row in page.rows}


def _is_whole(pages: Sequence[IntervalAnswer]) -> bool:
    """Whether *pages* together have as many incidents as each of them counts."""
    number = len(_keys(pages))
    return all(page.total == number for page in pages)


def _around(answer: IntervalAnswer, start: datetime, end: datetime) -> Iterator[Interval]:
    """From *start* to *end*, in at least two parts. If possible, one of them has all rows of the answer, and no more."""
    unit = _MINUTE if end - start > _MINUTE else _SECOND
    oldest, newest = (
        _rounded_down(answer.oldest(), unit),
        _rounded_down(answer.newest(), unit) + unit,
    )
    # Rootly may show times to the minute.
    shows_units = unit is _MINUTE or answer.oldest().second or answer.newest().second
    if shows_units and start <= oldest and newest <= end and (oldest, newest) != (start, end):
        for begin, stop in pairwise(sorted({start, oldest, newest, end})):
            yield Interval(begin, stop)
    else:
        yield from _parts(start, end, 2)


def _parts(start: datetime, end: datetime, number: int) -> Iterator[Interval]:
    """From *start* to *end* in up to *number* parts of about equal length.

    They are cut between minutes, because it is not known whether Rootly compares anything finer: between seconds only where
    all lies within a minute.
    """
    unit = _MINUTE if end - start > _MINUTE else _SECOND
    length = max((end - start) / number, unit)
    begin = start
    while (cut := _rounded_up(begin + length, unit)) < end:
        yield Interval(begin, cut)
        begin = cut
    yield Interval(begin, end)


def _rounded_down(at: datetime, unit: timedelta) -> datetime:
    return at - (at - datetime.min.replace(tzinfo=at.tzinfo)) % unit


def _rounded_up(at: datetime, unit: timedelta) -> datetime:
    return _rounded_down(at + unit - timedelta.resolution, unit)
