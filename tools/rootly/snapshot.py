"""Takes a snapshot: all incidents that match a question at one moment.

To read many incidents takes many requests, and incidents change during that time. If one answer
holds everything, it is the snapshot. Otherwise these steps give an exact result, and prove it:

1. Read everything, in intervals that one answer holds whole. At the same time, read the changes:
   which incidents were updated since the start, and which of those match.
2. Ask Rootly for its count of matches. This is the moment of the snapshot.
3. Read the changes again. If they are not the same as before the count, go back to step 2.
4. Take the changed incidents out of those that were read. Put in those that match now.
5. Compare the number of incidents with Rootly's count. If they differ, go back to step 1.

Why this proves it: After step 4, no incident is missing. If it changed since the start, step 4 put
it in; otherwise step 1 read it as it still is. There can only be too many incidents: some that were
deleted meanwhile. So if there are as many as Rootly counts, they are the same.

For example, 500 incidents match. While they are read, incident 7 is resolved and no longer matches,
incident 501 is declared, and incident 120 is deleted. Step 4 takes out 7 and puts in 501. Rootly
counts 499. If 120 was read before it was deleted, there are 500 now, and everything is read again.
Otherwise there are 499, and they are exactly those that match.

The changes include incidents that do not match, with the time of their last update: such an
incident may have matched just when Rootly counted.

Assumptions: `created_at` never changes. Every change that decides whether an incident matches also
changes its `updated_at`. No incident is declared and deleted again between the steps 1 and 3.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import anyio

from tools.connection import Connection
from tools.errors import TooLarge, UnexpectedResponse
from tools.request import Reply
from tools.rootly.document import Document, Incident
from tools.rootly.filter_verification import FilterVerifier
from tools.rootly.identity import instant_of
from tools.rootly.interval_answer import IntervalAnswer
from tools.rootly.intervals import Ask, IntervalReader, Keep
from tools.rootly.position import KEY
from tools.rootly.question import Needs, Question
from tools.rootly.vocabulary import MAX_OFFSET

T = TypeVar("T")

_IDENTITY = Needs(frozenset({"sequential_id", KEY}))
"""The parts of an incident that distinguish it from all others."""
_MARGIN = timedelta(minutes=1)
"""How much the clocks of Rootly's servers may differ, and how late an update may become visible."""


@dataclass(frozen=True)
class Snapshot(Generic[T]):
    """All incidents that match at one moment.

    `incidents`: The record of each incident, by its key.
    `at`: The moment, by our clock.
    `is_one_answer`: Whether one answer held everything. Otherwise the proof relies on `updated_at`.
    """

    incidents: Mapping[str, T]
    at: datetime
    is_one_answer: bool


@dataclass(frozen=True)
class _Changes(Generic[T]):
    """The incidents that were updated since *start*.

    `updated_at`: The last update of each of them, whether it matches or not.
    `matching`: The records of those that match.
    """

    start: datetime
    updated_at: Mapping[str, object]
    matching: Mapping[str, T]


@dataclass
class SnapshotReader(Generic[T]):
    """Reads a snapshot of the incidents that match *question*.

    `record`: Makes the record of an incident; records must be comparable.
    `needs`: The parts that Rootly must send for `record`.
    `incidents`, `total`: The incidents that were read so far, and Rootly's count.
    """

    question: Question
    connection: Connection
    record: Callable[[Document, Incident], T]
    needs: Needs
    total: int = 0
    incidents: dict[str, T] = field(default_factory=dict)
    verifier: FilterVerifier = field(init=False)
    _reported: int = 0

    def __post_init__(self) -> None:
        self.verifier = FilterVerifier(self.question)

    async def read(self) -> Snapshot[T]:
        """Read until the proof succeeds. The caller sets the deadline.

        Raises:
            TooLarge: more incidents match than a summary covers.
            ToolError: see `tools.request.get`; and an answer contradicts itself.
        """
        previous_result = None
        while True:
            began = anyio.current_time()
            reader = self._reader_of_everything()
            first, at = await reader.first_answer()
            self._start_over(first)
            # If Rootly ignores a filter, fail now, and not after everything was read.
            await self.verifier.notes(self.connection)
            if first.is_whole:
                await reader.read(first)
                return await self._snapshot(at, is_one_answer=True)
            at = await self._read_with_changes(reader, first, began)
            if len(self.incidents) == self.total:
                return await self._snapshot(at, is_one_answer=False)
            result = self.total, self.incidents.keys()
            if result == previous_result:
                raise UnexpectedResponse(
                    f"Rootly counts {self.total:,} incidents but sends {len(self.incidents):,}, "
                    "every time: there is no exact count."
                )
            previous_result = result

    def _start_over(self, first: IntervalAnswer) -> None:
        limit = min(self.connection.limits.summary_max, MAX_OFFSET)
        if first.total > limit:
            raise TooLarge(
                f"{first.total:,} incidents match, and a summary covers at most {limit:,}: "
                "narrow the question, for example by created_at, and add up the parts."
            )
        self.incidents = {}
        self.total = first.total

    async def _read_with_changes(
        self, reader: IntervalReader, first: IntervalAnswer, began: float
    ) -> datetime:
        """The steps 1 to 4. The result is the moment of Rootly's count.

        Afterwards `total` is that count. Surplus `incidents` were deleted during the reading.
        """
        changes: list[_Changes[T]] = []

        async def read_changes() -> None:
            start = await self._start_of_changes(began)
            changes.append(await self._changes_since(start))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(read_changes)
            tasks.start_soon(reader.read, first)
        [before] = changes
        while True:
            at = await self._count()
            after = await self._changes_since(before.start)
            if after == before:
                self._apply(after)
                return at
            before = after
            await anyio.sleep(self.connection.limits.backoff_s)

    async def _start_of_changes(self, began: float) -> datetime:
        """A time before *began*, by the clock that sets `updated_at`, less a margin.

        That clock may differ from ours, and from the one in the `Date` of Rootly's answers. So it
        is read from the latest `updated_at` of all incidents.
        """
        paging = {"sort": "-updated_at", "page[size]": "1"}
        needs = Needs(frozenset({"updated_at"}))
        reply = await Question().ask(self.connection, paging, needs)
        times = [instant_of(incident, "updated_at") for incident in reply.body.incidents]
        readable = [at for at in times if at is not None]
        if not readable:
            raise UnexpectedResponse(
                "Rootly does not show when incidents were updated, so they cannot be counted."
            )
        # With a time in the future, changes would be missed. Either of the two clocks may be ahead.
        latest = min(readable[0], reply.at, reply.at + reply.ahead)
        elapsed = timedelta(seconds=anyio.current_time() - began)
        start = latest - elapsed - _MARGIN
        # Rootly may compare times only to the minute.
        return start.replace(second=0, microsecond=0)

    async def _changes_since(self, start: datetime) -> _Changes[T]:
        updated_at: dict[str, object] = {}
        matching: dict[str, T] = {}

        def keep_update(key: str, document: Document, incident: Incident) -> None:
            updated_at[key] = incident.attributes.get("updated_at")

        def keep_matching(key: str, document: Document, incident: Incident) -> None:
            matching[key] = self.record(document, incident)

        all_updated = Question(ranges={"updated_at": {"gte": start}})
        matching_updated = self.question.narrow("updated_at", {"gte": start})
        readers = (
            self._reader(all_updated, self._ask_of_all, keep_update),
            self._reader(matching_updated, self._ask_of_matching, keep_matching),
        )
        async with anyio.create_task_group() as tasks:
            for reader in readers:
                tasks.start_soon(reader.read)
        return _Changes(start, updated_at, matching)

    async def _count(self) -> datetime:
        """Ask Rootly how many incidents match; the result is the moment of its answer."""
        reply = await self._request(self.verifier, self.question, {"page[size]": "1"}, _IDENTITY)
        self.total = IntervalAnswer.of(reply.body, 1).total
        return reply.at

    def _apply(self, changes: _Changes[T]) -> None:
        for key in changes.updated_at:
            self.incidents.pop(key, None)
        self.incidents |= changes.matching

    def _reader_of_everything(self) -> IntervalReader:
        def keep(key: str, document: Document, incident: Incident) -> None:
            self.incidents[key] = self.record(document, incident)

        async def ask(question: Question, paging: Mapping[str, str]) -> Reply[Document]:
            await self._report(len(self.incidents))
            return await self._ask_of_matching(question, paging)

        return self._reader(self.question, ask, keep)

    def _reader(self, question: Question, ask: Ask, keep: Keep) -> IntervalReader:
        now = self.connection.clock()
        return IntervalReader(question, ask, keep, now, self.connection.budget.in_flight)

    async def _ask_of_all(self, question: Question, paging: Mapping[str, str]) -> Reply[Document]:
        """Get a page of incidents, whether they match the question of the snapshot or not."""
        return await self._request(FilterVerifier(Question()), question, paging, _IDENTITY)

    async def _ask_of_matching(
        self, question: Question, paging: Mapping[str, str]
    ) -> Reply[Document]:
        """Get a page of matching incidents, with the parts that `record` needs."""
        return await self._request(self.verifier, question, paging, self.needs | _IDENTITY)

    async def _request(
        self, verifier: FilterVerifier, question: Question, paging: Mapping[str, str], needs: Needs
    ) -> Reply[Document]:
        return await verifier.ask(question, self.connection, paging, needs)

    async def _snapshot(self, at: datetime, *, is_one_answer: bool) -> Snapshot[T]:
        await self._report(self.total)
        return Snapshot(self.incidents, at, is_one_answer)

    async def _report(self, read: int) -> None:
        """Report progress, which must only grow, even if everything is read again."""
        if self._reported < read <= self.total:
            self._reported = read
            await self.connection.progress(read, self.total)
