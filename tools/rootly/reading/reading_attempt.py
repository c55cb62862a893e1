"""One attempt to read the incidents that match, and to prove that they are complete.

To read many incidents takes many requests, and incidents change during that time. If there is one
question, and one answer holds everything, nothing has to be proven. Otherwise these steps give an
exact result:

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

Several questions are read at the same time, with the same changes. Each has its own count. If
nothing changed between the changes of step 3 and those before it, all counts are of one moment, and
so all incidents that match any of the questions are.

If one answer to each of several questions holds everything, counts are not needed: the answers are
requested again, until two of them agree for each question. They are of the moment in between.

Assumptions: `created_at` never changes. Every change that decides whether an incident matches also
changes its `updated_at`. No incident is declared and deleted again between the steps 1 and 3. None
changes twice between two answers that agree.
"""

import math
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

import anyio

from tools.errors import ToolError
from tools.rootly.reading.changes import Changes, changes_since, start_of_changes
from tools.rootly.reading.combined_reading import CombinedReading
from tools.rootly.reading.incident_source import IncidentSource
from tools.rootly.reading.intervals import FILL, Report
from tools.rootly.reading.question_reading import QuestionReading

T = TypeVar("T")

_PATIENCE_S = 1.0
"""If the first answer takes longer, the start of the changes is requested at the same time."""


@dataclass
class ReadingAttempt(Generic[T]):
    """One attempt to read the incidents of all *sources*, the newest first.

    * `report`: called when more incidents were read.
    * `limit`: how many of the newest incidents of each source to read; None means all.
    * `reading`: what was read so far.
    * `at`: the moment of the result, or of the first answers as long as nothing is proven.
    * `answer_s`: how long the first answers took.
    """

    sources: Sequence[IncidentSource[T]]
    report: Report
    limit: int | None = None
    reading: CombinedReading[T] = field(init=False)
    at: datetime = field(init=False)
    answer_s: float = 0
    _began: float = field(init=False)
    _is_slow: bool = False
    _start_of_changes: datetime | None = None
    _changes: Changes[T] | None = None

    def __post_init__(self) -> None:
        self.reading = self._new_reading()

    @property
    def uncounted(self) -> str | None:
        """Why Rootly's counts are not certain; None if they are."""
        reason = self.reading.uncounted
        if self._changes:
            reason = reason or self._changes.uncounted
        return reason

    async def begin(self) -> None:
        """Get the first answer to each question, which has the newest incidents."""
        self._began = anyio.current_time()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._find_start_of_changes_if_slow)
            self.at = await self.reading.begin()
            self.answer_s = anyio.current_time() - self._began
            if self.reading.is_one_answer or not self._is_slow:
                tasks.cancel_scope.cancel()

    async def _find_start_of_changes_if_slow(self) -> None:
        await anyio.sleep(_PATIENCE_S)
        self._is_slow = True
        # If this fails, it is asked again later, when it is certain that it is needed.
        with suppress(ToolError):
            self._start_of_changes = await start_of_changes(self.sources[0], self._began)

    async def read(self, stop_at: float = math.inf, fill: float = FILL) -> None:
        """Step 1. At *stop_at*, reading ends; only the changes are read to their end.

        Afterwards `reading` has all incidents that were created since its `since`. *fill* is how
        full each answer should be.
        """
        if self.reading.is_one_answer:
            return

        async def read() -> None:
            await self.reading.read(fill)

        async with anyio.create_task_group() as tasks:
            if not self.uncounted:
                tasks.start_soon(self._read_changes)
            tasks.start_soon(run_until, stop_at, read)
        self.reading.keep_complete_part()

    async def _read_changes(self) -> None:
        start = self._start_of_changes
        if start is None:
            start = await start_of_changes(self.sources[0], self._began)
        self._changes = await changes_since(self.sources, start)

    async def prove(self) -> bool:
        """The steps 2 to 5. Whether the incidents are those that matched at the moment `at`.

        If not, some of them were deleted while they were read, or Rootly's counts are not certain.
        """
        if self.uncounted:
            return False
        if len(self.sources) == 1:
            await self._read_part_at_once()
            if self.reading.is_one_answer:
                return True
        elif self.reading.is_one_answer:
            return await self._is_confirmed()
        return await self._is_counted()

    async def _read_part_at_once(self) -> None:
        """Read a small part of a single question again with one request, if an answer holds it."""
        [question] = self.reading.questions
        at = await question.read_part_at_once()
        if at is not None:
            self.at = at

    async def _is_confirmed(self) -> bool:
        """Ask all questions again, until the answers agree with those before."""
        while True:
            again = self._new_reading()
            at = await again.begin()
            if not again.is_one_answer:
                return False
            if again.agrees_with(self.reading):
                return True
            self.reading, self.at = again, at
            await self._pause()

    async def _is_counted(self) -> bool:
        """The steps 2 to 5. Whether there are as many incidents as Rootly counts."""
        before = self._changes
        while before is not None:
            numbers, self.at = await self.reading.count()
            changes = self._changes = await changes_since(self.sources, before.start)
            if changes.uncounted:
                break
            if changes == before:
                self.reading.apply(changes)
                return numbers == self.reading.numbers
            before = changes
            await self._pause()
        return False

    async def _pause(self) -> None:
        await anyio.sleep(self.sources[0].connection.limits.backoff_s)

    def _new_reading(self) -> CombinedReading[T]:
        questions = [QuestionReading(source, self.report, self.limit) for source in self.sources]
        return CombinedReading(questions)


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
