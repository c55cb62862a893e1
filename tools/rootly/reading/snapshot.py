"""Takes a snapshot: all incidents that match a question at one moment, or none."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

import anyio

from tools import times
from tools.connection import Connection
from tools.errors import TooLarge, ToolError, UnexpectedResponse
from tools.rootly.document import Document, Incident
from tools.rootly.filter_verification import FilterVerifier
from tools.rootly.question import Needs, Question
from tools.rootly.reading.incident_source import IncidentSource
from tools.rootly.reading.reading_attempt import ReadingAttempt
from tools.rootly.vocabulary import MAX_OFFSET

T = TypeVar("T")


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


class SnapshotReader(Generic[T]):
    """Reads a snapshot of the incidents that match *question*.

    *record* and *needs* are those of an `IncidentSource`.
    """

    def __init__(
        self,
        question: Question,
        connection: Connection,
        record: Callable[[Document, Incident], T],
        needs: Needs,
    ) -> None:
        self._source = IncidentSource(question, connection, record, needs)
        self._attempt = ReadingAttempt(self._source, self._report)
        self._reported = 0

    @property
    def verifier(self) -> FilterVerifier:
        return self._source.verifier

    @property
    def incidents(self) -> Mapping[str, T]:
        """The incidents that were read so far."""
        return self._attempt.incidents

    @property
    def total(self) -> int:
        """Rootly's count of the incidents that match."""
        return self._attempt.total

    async def read(self) -> Snapshot[T]:
        """Read until the proof succeeds. The caller sets the deadline.

        Raises:
            TooLarge: more incidents match than a summary covers.
            ToolError: see `tools.request.get`; and an answer contradicts itself.
        """
        previous_result = None
        while True:
            attempt = self._attempt = ReadingAttempt(self._source, self._report)
            await attempt.begin()
            await self._check_size(attempt)
            async with anyio.create_task_group() as tasks:
                # If Rootly ignores a filter, fail now, and not after everything was read.
                tasks.start_soon(self.verifier.notes, self._source.connection)
                await attempt.read()
            if await attempt.prove():
                await self._report_number(self.total)
                return Snapshot(attempt.incidents, attempt.at, attempt.is_one_answer)
            result = attempt.total, attempt.incidents.keys()
            if result == previous_result:
                raise UnexpectedResponse(
                    f"Rootly counts {self.total:,} incidents but sends {len(self.incidents):,}, "
                    "every time: there is no exact count."
                )
            previous_result = result

    async def _check_size(self, attempt: ReadingAttempt[T]) -> None:
        limit = min(self._source.connection.limits.summary_max, MAX_OFFSET)
        if attempt.total <= limit:
            return
        message = (
            f"{attempt.total:,} incidents match, and a summary covers at most {limit:,}: "
            "narrow the question, for example by created_at, and add up the parts."
        )
        minute = None
        # It is too large in any case. The minute only helps to narrow the question.
        with suppress(ToolError):
            minute = await attempt.fitting_minute(limit)
        if minute is not None:
            message += f" Those with created_at from {times.stamp(minute)} on would fit."
        raise TooLarge(message)

    async def _report(self) -> None:
        await self._report_number(len(self.incidents))

    async def _report_number(self, read: int) -> None:
        """Report progress, which must only grow, even if everything is read again."""
        if self._reported < read <= self.total:
            self._reported = read
            await self._source.connection.progress(read, self.total)
