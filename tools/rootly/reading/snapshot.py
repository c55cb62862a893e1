"""Takes a snapshot: all incidents that match some questions at one moment, or none."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from tools import times
from tools.connection import Connection
from tools.errors import TooLarge, ToolError, UnexpectedResponse
from tools.rootly.document import Document, Incident
from tools.rootly.question import Needs, Question
from tools.rootly.reading.growing_progress import GrowingProgress
from tools.rootly.reading.incident_source import IncidentSource, filter_notes, verify_while
from tools.rootly.reading.question_reading import QuestionReading
from tools.rootly.reading.reading_attempt import ReadingAttempt
from tools.rootly.vocabulary import MAX_OFFSET

T = TypeVar("T")


@dataclass(frozen=True)
class Snapshot(Generic[T]):
    """All incidents that match at one moment.

    `incidents`: The record of each incident, by its key.
    `at`: The moment, by our clock.
    `is_one_answer`: Whether one answer to each question held everything. Otherwise the proof relies
        on `updated_at`.
    """

    incidents: Mapping[str, T]
    at: datetime
    is_one_answer: bool


class SnapshotReader(Generic[T]):
    """Reads a snapshot of the incidents that match any of the *questions*.

    *record* and *needs* are those of an `IncidentSource`.
    """

    def __init__(
        self,
        questions: Sequence[Question],
        connection: Connection,
        record: Callable[[Document, Incident], T],
        needs: Needs,
    ) -> None:
        self._connection = connection
        self._sources = [
            IncidentSource(question, connection, record, needs) for question in questions
        ]
        self._attempt = ReadingAttempt(self._sources, self._report)
        self._progress = GrowingProgress(connection)

    @property
    def number(self) -> int:
        """How many incidents were read so far, each once for every question that it matches."""
        return sum(self._attempt.reading.numbers)

    @property
    def total(self) -> int:
        """The sum of Rootly's counts of all questions."""
        return sum(self._attempt.reading.totals)

    async def filter_notes(self) -> list[str]:
        """Notes on filters for which it is not proven that Rootly applied them."""
        return await filter_notes(self._sources)

    async def read(self) -> Snapshot[T]:
        """Read until the proof succeeds. The caller sets the deadline.

        Raises:
            TooLarge: more incidents match than a summary covers.
            ToolError: see `tools.request.get`; and an answer contradicts itself.
        """
        previous_result = None
        while True:
            attempt = self._attempt = ReadingAttempt(self._sources, self._report)
            await attempt.begin()
            _require_counts(attempt)
            for question in attempt.reading.questions:
                await self._check_size(question)
            await self._report()
            await verify_while(self._sources, attempt.read)
            is_proven = await attempt.prove()
            reading = attempt.reading
            if is_proven:
                await self._progress.report(self.total, self.total)
                return Snapshot(reading.incidents, attempt.at, reading.is_one_answer)
            _require_counts(attempt)
            result = reading.totals, reading.incidents.keys()
            if result == previous_result:
                raise UnexpectedResponse(
                    f"Rootly counts {self.total:,} incidents but sends {self.number:,}, "
                    "every time: there is no exact count."
                )
            previous_result = result

    async def _check_size(self, question: QuestionReading[T]) -> None:
        limit = min(self._connection.limits.summary_max, MAX_OFFSET)
        if question.total is None or question.total <= limit:
            return
        message = (
            f"{question.total:,} incidents match the filters, and a summary covers at most "
            f"{limit:,}: narrow the question, for example by created_at, and add up the parts."
        )
        minute = None
        # It is too large in any case. The minute only helps to narrow the question.
        with suppress(ToolError):
            minute = await question.fitting_minute(limit)
        if minute is not None:
            message += f" Those with created_at from {times.stamp(minute)} on would fit."
        raise TooLarge(message)

    async def _report(self) -> None:
        await self._progress.report(self.number, self.total)


def _require_counts(attempt: ReadingAttempt[T]) -> None:
    if attempt.uncounted:
        raise UnexpectedResponse(f"{attempt.uncounted} So there is no exact count.")
