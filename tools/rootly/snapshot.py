"""All incidents that match at one moment, although they are read one after the other while the world goes on.

How this is proven, where one answer does not hold everything:

1. Everything is read, in intervals that one answer holds whole. Meanwhile comes a first look: which incidents have changed
   since the start, and which of these match.
2. Then Rootly counts. That is the moment of the snapshot.
3. Then comes a second look. Where it is like the first one, nothing has changed in between: in place of what was read of a
   changed incident stands what the looks show. Otherwise Rootly counts again, and another look follows. An incident that matches
   at neither look has to be like before, too: if it matched for a moment, Rootly's count has it.
4. Nothing is missing now: an incident either has changed since the start, or was read as it is. Only incidents that were deleted
   can be too many. So where there are as many as Rootly counted, they are the same. Otherwise everything is read again.

It is assumed that `created_at` never changes, that `updated_at` moves with whatever decides on a match, and that no incident is
both declared and deleted between two looks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Generic, TypeVar

import anyio

from tools.connection import Connection
from tools.errors import TooLarge, UnexpectedResponse
from tools.request import Reply
from tools.rootly.continuation import KEY
from tools.rootly.document import Document, Incident
from tools.rootly.filter_check import FilterCheck
from tools.rootly.identity import instant_of
from tools.rootly.intervals import Ask, IntervalAnswer, IntervalReader, Keep
from tools.rootly.question import Needs, Question
from tools.rootly.vocabulary import MAX_OFFSET

T = TypeVar("T")

_IDENTITY = Needs(frozenset({"sequential_id", KEY}))
"""What tells which incidents there are."""
_MARGIN = timedelta(minutes=1)
"""By how much the clocks of Rootly's servers may differ, and how long a change may take to be seen after its `updated_at`."""


@dataclass(frozen=True)
class Snapshot(Generic[T]):
    """What there is of each incident, by a key of its own, at one moment, by our clock.

    `is_one_answer` is true where one answer of Rootly held everything. Otherwise it rests on `updated_at`.
    """

    incidents: Mapping[str, T]
    at: datetime
    is_one_answer: bool


@dataclass(frozen=True)
class _Look(Generic[T]):
    """Which incidents have changed since *start*, when each changed last, and which of these match."""

    start: datetime
    changed: Mapping[str, object]
    matching: Mapping[str, T]


@dataclass
class SnapshotReader(Generic[T]):
    """Reads what `record` makes of each incident that matches *question*; it must be comparable.

    `needs` are what it makes it from. `incidents` is what was read so far, of `total`.
    """

    question: Question
    connection: Connection
    record: Callable[[Document, Incident], T]
    needs: Needs
    total: int = 0
    incidents: dict[str, T] = field(default_factory=dict)
    check: FilterCheck = field(init=False)
    _reported: int = 0

    def __post_init__(self) -> None:
        self.check = FilterCheck(self.question)

    async def read(self) -> Snapshot[T]:
        """Read until the proof succeeds: the deadline is the caller's.

        Raises:
            TooLarge: more incidents match than `summary_max`.
            ToolError: see `tools.request.get`; and where an answer contradicts itself.
        """
        before = None
        while True:
            began = anyio.current_time()
            reader = self._everything()
            first, at = await reader.first()
            self._begin(first)
            # A filter that is ignored is known now, and not only when everything has been read.
            await self.check.notes(self.connection)
            if first.is_whole:
                await reader.read(first)
                return await self._snapshot(at, is_one_answer=True)
            at = await self._read(reader, first, began)
            if len(self.incidents) == self.total:
                return await self._snapshot(at, is_one_answer=False)
            if before == (self.total, self.incidents.keys()):
                raise UnexpectedResponse(
                    f"Rootly counts {self.total:,} incidents and sends {len(self.incidents):,}, time and again: "
                    "there is no exact count."
                )
            before = self.total, self.incidents.keys()

    def _begin(self, first: IntervalAnswer) -> None:
        limit = min(self.connection.limits.summary_max, MAX_OFFSET)
        if first.total > limit:
            raise TooLarge(
                f"{first.total:,} incidents match, and a summary covers at most {limit:,}: narrow the question, for example by "
                "created_at, and add the parts up."
            )
        self.incidents = {}
        self.total = first.total

    async def _read(self, reader: IntervalReader, first: IntervalAnswer, began: float) -> datetime:
        """Read everything, put in what has changed since *began*, and give the moment for which that is right.

        `total` is Rootly's count of that moment. What `incidents` has beyond it was deleted while it was read.
        """
        looks: list[_Look[T]] = []

        async def look() -> None:
            looks.append(await self._look(await self._start(began)))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(look)
            tasks.start_soon(reader.read, first)
        before = looks[0]
        while True:
            at = await self._count()
            after = await self._look(before.start)
            if after == before:
                self._put_in(after)
                return at
            before = after
            await anyio.sleep(self.connection.limits.backoff_s)

    async def _start(self, began: float) -> datetime:
        """The latest `updated_at` that there is, less the time since *began*, and a margin.

        That is the clock by which Rootly sets `updated_at`. Ours, and the one of its answers' heads, may differ from it.
        """
        newest = {"sort": "-updated_at", "page[size]": "1"}
        reply = await Question().ask(self.connection, newest, Needs(frozenset({"updated_at"})))
        updated = [
            at for row in reply.body.incidents if (at := instant_of(row, "updated_at")) is not None
        ]
        if not updated:
            raise UnexpectedResponse(
                "Rootly does not show when incidents were updated, so that they cannot be counted."
            )
        # An instant in the future would hide whatever changes now. Either clock may be ahead itself.
        latest = min(updated[0], reply.at, reply.at + reply.ahead)
        since = latest - timedelta(seconds=anyio.current_time() - began) - _MARGIN
        # It is not known whether Rootly compares anything finer than minutes.
        return since.replace(second=0, microsecond=0)

    async def _count(self) -> datetime:
        reply = await self._ask(self.check, self.question, {"page[size]": "1"})
        self.total = IntervalAnswer.of(reply.body, 1).total
        return reply.at

    def _put_in(self, look: _Look[T]) -> None:
        for key in look.changed:
            self.incidents.pop(key, None)
        self.incidents |= look.matching

    async def _look(self, start: datetime) -> _Look[T]:
        changed: dict[str, object] = {}
        matching: dict[str, T] = {}

        def note(key: str, document: Document, incident: Incident) -> None:
            changed[key] = incident.attributes.get("updated_at")

        def record(key: str, document: Document, incident: Incident) -> None:
            matching[key] = self.record(document, incident)

        since = Question(ranges={"updated_at": {"gte": start}})
        of_all = self._reader(since, partial(self._ask, FilterCheck(Question())), note)
        of_matching = self._reader(
            self.question.narrow("updated_at", since.ranges["updated_at"]),
            self._ask_whole,
            record,
        )
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(of_all.read)
            tasks.start_soon(of_matching.read)
        return _Look(start, changed, matching)

    def _everything(self) -> IntervalReader:
        def record(key: str, document: Document, incident: Incident) -> None:
            self.incidents[key] = self.record(document, incident)

        async def ask(question: Question, paging: dict[str, str]) -> Reply[Document]:
            await self._report(len(self.incidents))
            return await self._ask_whole(question, paging)

        return self._reader(self.question, ask, record)

    def _reader(self, question: Question, ask: Ask, keep: Keep) -> IntervalReader:
        return IntervalReader(
            question, ask, keep, self.connection.clock(), self.connection.budget.in_flight
        )

    async def _ask_whole(self, question: Question, paging: Mapping[str, str]) -> Reply[Document]:
        """A page with all that `record` needs."""
        return await self._ask(self.check, question, paging, self.needs)

    async def _ask(
        self,
        check: FilterCheck,
        question: Question,
        paging: Mapping[str, str],
        needs: Needs = _IDENTITY,
    ) -> Reply[Document]:
        """A page that shows at least which incidents there are."""
        return await check.ask(question, self.connection, paging, needs | _IDENTITY)

    async def _snapshot(self, at: datetime, *, is_one_answer: bool) -> Snapshot[T]:
        await self._report(self.total)
        return Snapshot(self.incidents, at, is_one_answer)

    async def _report(self, read: int) -> None:
        """Progress has to grow, also where everything is read again."""
        if self._reported < read <= self.total:
            self._reported = read
            await self.connection.progress(read, self.total)
