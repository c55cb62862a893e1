"""One attempt to read the incidents that match, and to prove that they are complete.

To read many incidents takes many requests, and incidents change during that time. If one answer
holds everything, nothing has to be proven. Otherwise these steps give an exact result:

1. Read everything, in intervals that one answer holds whole. At the same time, read the changes:
   which incidents were updated since the start, and which of those match.
2. Ask Rootly for its count of matches. This is the moment of the result.
3. Read the changes again. If they are not the same as before the count, go back to step 2.
4. Take the changed incidents out of those that were read. Put in those that match now.
5. Compare the number of incidents with Rootly's count. If they differ, another attempt is needed.

Why this proves it: After step 4, no incident is missing. If it changed since the start, step 4 put
it in; otherwise step 1 read it as it still is. There can only be too many incidents: some that were
deleted meanwhile. So if there are as many as Rootly counts, they are the same.

For example, 500 incidents match. While they are read, incident 7 is resolved and no longer matches,
incident 501 is declared, and incident 120 is deleted. Step 4 takes out 7 and puts in 501. Rootly
counts 499. If 120 was read before it was deleted, there are 500 now, and everything is read again.
Otherwise there are 499, and they are exactly those that match.

The changes include incidents that do not match, with the time of their last update: such an
incident may have matched just when Rootly counted.

If step 1 ends early, the steps 2 to 5 prove the part that was read: all incidents that match and
that were created since a certain minute.

Assumptions: `created_at` never changes. Every change that decides whether an incident matches also
changes its `updated_at`. No incident is declared and deleted again between the steps 1 and 3.
"""

import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

import anyio

from tools.errors import ToolError
from tools.rootly.document import Document, Incident
from tools.rootly.identity import instant_of
from tools.rootly.position import KEY, MAX_ROWS
from tools.rootly.question import Question
from tools.rootly.reading.changes import Changes, changes_since, start_of_changes
from tools.rootly.reading.incident_source import IncidentSource
from tools.rootly.reading.intervals import FILL, IntervalReader

T = TypeVar("T")

_PATIENCE_S = 1.0
"""If the first answer takes longer, the start of the changes is requested at the same time."""


@dataclass
class ReadingAttempt(Generic[T]):
    """One attempt to read the incidents of *source*, the newest first.

    * `report`: called when more incidents were read.
    * `limit`: how many of the newest incidents to read; None means all.
    * `incidents`: the record of each incident that was read so far, by its key.
    * `total`: Rootly's count of all incidents that match.
    * `since`: only incidents with a `created_at` from here on were read; None if all were.
    * `at`: the moment of the result, or of the first answer as long as nothing is proven.
    * `is_one_answer`: whether one answer held all `incidents`.
    * `answer_s`: how long the first answer took.
    """

    source: IncidentSource[T]
    report: Callable[[], Awaitable[None]]
    limit: int | None = None
    incidents: dict[str, T] = field(default_factory=dict)
    total: int = 0
    since: datetime | None = None
    at: datetime = field(init=False)
    is_one_answer: bool = False
    answer_s: float = 0
    _reader: IntervalReader = field(init=False)
    _created_at: dict[str, datetime] = field(default_factory=dict)
    """For the incidents that were read, if only a part of them may be kept."""
    _began: float = field(init=False)
    _is_slow: bool = False
    _start_of_changes: datetime | None = None
    _changes: Changes[T] = field(init=False)

    def __post_init__(self) -> None:
        self._reader = self._reader_of(self.source.question, self.incidents)

    async def begin(self) -> None:
        """Get the first answer, which has the newest incidents."""
        self._began = anyio.current_time()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._find_start_of_changes_if_slow)
            first, self.at = await self._reader.begin()
            self.answer_s = anyio.current_time() - self._began
            if first.is_whole or not self._is_slow:
                tasks.cancel_scope.cancel()
        self.total = first.total
        self.is_one_answer = first.is_whole

    async def _find_start_of_changes_if_slow(self) -> None:
        await anyio.sleep(_PATIENCE_S)
        self._is_slow = True
        # If this fails, it is asked again later, when it is certain that it is needed.
        with suppress(ToolError):
            self._start_of_changes = await start_of_changes(self.source, self._began)

    async def fitting_minute(self, limit: int) -> datetime | None:
        """The minute since which at most *limit* of the matching incidents were created.

        None if Rootly's count does not confirm it, or if nothing was created since.
        """
        minute = await self._reader.minute_after(limit)
        if minute is None:
            return None
        number, _ = await self.source.count(self.source.question.narrow(KEY, {"gte": minute}))
        return minute if 0 < number <= limit else None

    async def read(self, stop_at: float = math.inf, fill: float = FILL) -> None:
        """Step 1. At *stop_at*, reading ends; only the changes are read to their end.

        Afterwards `incidents` are all that were created since `since`. *fill* is how full each
        answer should be.
        """
        if self.is_one_answer:
            return
        self._reader.fill = fill
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._read_changes)
            tasks.start_soon(run_until, stop_at, self._reader.read)
        self.keep_complete_part()

    async def _read_changes(self) -> None:
        start = self._start_of_changes
        if start is None:
            start = await start_of_changes(self.source, self._began)
        self._changes = await changes_since(self.source, start)

    def keep_complete_part(self) -> None:
        """Keep only the incidents that were created since the minute from which all were read."""
        since = self._reader.since
        if since == self.since:
            # This was done before. Changed incidents may be there now, too.
            return
        self.since = since
        for key in [*self.incidents]:
            if not self._is_covered(self._created_at.get(key)):
                del self.incidents[key]

    def _is_covered(self, created_at: datetime | None) -> bool:
        """Whether an incident of this time is in the part that was read."""
        if self.since is None:
            return True
        return created_at is not None and created_at >= self.since

    async def prove(self) -> bool:
        """The steps 2 to 5. Whether the incidents are those that matched at the moment `at`.

        If not, some of them were deleted while they were read.
        """
        if self.is_one_answer:
            return True
        if self.since is not None and len(self.incidents) < MAX_ROWS:
            await self._read_part_at_once()
            if self.is_one_answer:
                return True
        before = self._changes
        while True:
            number, at = await self._count()
            after = await changes_since(self.source, before.start)
            if after == before:
                break
            before = after
            await anyio.sleep(self.source.connection.limits.backoff_s)
        self._apply(after)
        self.at = at
        return len(self.incidents) == number

    async def _read_part_at_once(self) -> None:
        """Read a small part again with one request, if one answer holds it."""
        incidents: dict[str, T] = {}
        answer, at = await self._reader_of(self._part, incidents).begin()
        if answer.is_whole:
            self.incidents = incidents
            self.at = at
            self.is_one_answer = True

    @property
    def _part(self) -> Question:
        """The question for only the incidents that were created since `since`."""
        if self.since is None:
            return self.source.question
        return self.source.question.narrow(KEY, {"gte": self.since})

    async def _count(self) -> tuple[int, datetime]:
        """Rootly's count of the part that was read, and the moment of its answer."""
        if self.since is None:
            self.total, at = await self.source.count(self.source.question)
            return self.total, at

        async def count_all() -> None:
            self.total, _ = await self.source.count(self.source.question)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(count_all)
            number, at = await self.source.count(self._part)
        return number, at

    def _apply(self, changes: Changes[T]) -> None:
        for key in changes.updated_at:
            self.incidents.pop(key, None)
        for key, record in changes.matching.items():
            if self._is_covered(changes.created_at.get(key)):
                self.incidents[key] = record

    def _reader_of(self, question: Question, incidents: dict[str, T]) -> IntervalReader:
        """A reader that keeps the records in *incidents*."""

        def keep(key: str, document: Document, incident: Incident) -> None:
            incidents[key] = self.source.record(document, incident)
            at = instant_of(incident, KEY)
            if self.limit is not None and at is not None:
                self._created_at[key] = at

        reader = self.source.reader(question, self.source.ask, keep)
        reader.limit = self.limit
        reader.report = self.report
        return reader


async def run_until(at: float, run: Callable[[], Awaitable[None]]) -> None:
    """Run *run*, and cancel it at this time of the event loop's clock.

    Requests do not take this time for their deadline: whether a retry makes sense depends only on
    the deadline of the call.
    """

    async def cancel() -> None:
        await anyio.sleep_until(at)
        tasks.cancel_scope.cancel()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(cancel)
        await run()
        tasks.cancel_scope.cancel()
