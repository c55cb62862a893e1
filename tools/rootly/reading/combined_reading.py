"""The incidents of several questions, which one attempt reads at the same time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

import anyio

from tools.rootly.reading.changes import Changes
from tools.rootly.reading.question_reading import QuestionReading

T = TypeVar("T")


@dataclass(frozen=True)
class CombinedReading(Generic[T]):
    """Reads the incidents that match any of the questions."""

    questions: Sequence[QuestionReading[T]]

    @property
    def incidents(self) -> Mapping[str, T]:
        """The record of each incident that was read so far, by its key."""
        incidents: dict[str, T] = {}
        for question in self.questions:
            incidents |= question.records.by_key
        return incidents

    @property
    def numbers(self) -> Sequence[int]:
        """How many incidents were read so far, for each question."""
        return [question.number for question in self.questions]

    @property
    def totals(self) -> Sequence[int]:
        """Rootly's count for each question; 0 if it is not known."""
        return [question.total or 0 for question in self.questions]

    @property
    def since(self) -> datetime | None:
        """All incidents created from here on were read; None if really all were."""
        sinces = [question.since for question in self.questions if question.since]
        return max(sinces, default=None)

    @property
    def is_one_answer(self) -> bool:
        """Whether one answer to each question held everything."""
        return all(question.is_one_answer for question in self.questions)

    @property
    def uncounted(self) -> str | None:
        """Why Rootly's counts are not certain; None if they are."""
        reasons = [question.uncounted for question in self.questions]
        return next(filter(None, reasons), None)

    async def begin(self) -> datetime:
        """Get the first answer to each question, and tell the time of the last one."""
        moments: list[datetime] = []

        async def begin(question: QuestionReading[T]) -> None:
            moments.append(await question.begin())

        async with anyio.create_task_group() as tasks:
            for question in self.questions:
                tasks.start_soon(begin, question)
        return max(moments)

    async def read(self, fill: float) -> None:
        """Read what the first answers did not have. *fill* is how full each answer should be."""
        async with anyio.create_task_group() as tasks:
            for question in self.questions:
                tasks.start_soon(question.read, fill)

    def keep_complete_part(self) -> None:
        """Keep only the incidents that were created since the minute from which all were read."""
        for question in self.questions:
            question.keep_complete_part()

    async def count(self) -> tuple[Sequence[int], datetime]:
        """Rootly's count of what was read, for each question, and the time of the first answer."""
        counts: dict[int, tuple[int, datetime]] = {}

        async def count(place: int, question: QuestionReading[T]) -> None:
            counts[place] = await question.count()

        async with anyio.create_task_group() as tasks:
            for place, question in enumerate(self.questions):
                tasks.start_soon(count, place, question)
        ordered = [counts[place] for place in sorted(counts)]
        return [number for number, _ in ordered], min(at for _, at in ordered)

    def apply(self, changes: Changes[T]) -> None:
        """Take out all incidents that were updated, and put in those that match now."""
        for question, matching in zip(self.questions, changes.matching, strict=True):
            question.apply(changes.updated_at, matching)

    def agrees_with(self, other: "CombinedReading[T]") -> bool:
        """Whether both have the same incidents for each question."""
        pairs = zip(self.questions, other.questions, strict=True)
        return all(one.records.by_key == another.records.by_key for one, another in pairs)

    def forget(self) -> None:
        """Drop all records.

        Tasks that were cancelled keep this object until a full garbage collection. If that had to
        free thousands of records, it would hold the event loop for more than 20 ms.
        """
        for question in self.questions:
            question.records.by_key.clear()
