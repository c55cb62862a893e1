"""The incidents of one question, as one attempt reads them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

import anyio

from tools.rootly.position import KEY, MAX_ROWS
from tools.rootly.question import Question
from tools.rootly.reading.incident_source import IncidentSource
from tools.rootly.reading.intervals import IntervalReader, Report
from tools.rootly.reading.records import Records

T = TypeVar("T")


@dataclass
class QuestionReading(Generic[T]):
    """Reads the incidents that match the question of *source*, the newest first.

    * `report`: called when more incidents were read.
    * `limit`: how many of the newest incidents to read; None means all.
    * `records`: the incidents that were read so far.
    * `total`: Rootly's count of all incidents that match; None if it is not certain.
    * `since`: only incidents with a `created_at` from here on were read; None if all were.
    * `is_one_answer`: whether one answer held all incidents.
    """

    source: IncidentSource[T]
    report: Report
    limit: int | None = None
    total: int | None = None
    since: datetime | None = None
    is_one_answer: bool = False
    records: Records[T] = field(init=False)
    _reader: IntervalReader = field(init=False)

    def __post_init__(self) -> None:
        self.records = Records(self.source)
        self._reader = self._reader_of(self.source.question, self.records)

    @property
    def uncounted(self) -> str | None:
        """Why Rootly's counts are not certain; None if they are."""
        return self._reader.uncounted

    @property
    def number(self) -> int:
        """How many incidents were read so far."""
        return len(self.records.by_key)

    async def begin(self) -> datetime:
        """Get the first answer, which has the newest incidents, and tell its time."""
        first, at = await self._reader.begin()
        self.total = first.total
        self.is_one_answer = first.is_whole
        return at

    async def fitting_minute(self, limit: int) -> datetime | None:
        """The minute since which at most *limit* of the matching incidents were created.

        None if Rootly's count does not confirm it, or if nothing was created since.
        """
        minute = await self._reader.minute_after(limit)
        if minute is None:
            return None
        number, _ = await self.source.count(self.source.question.narrow(KEY, {"gte": minute}))
        return minute if 0 < number <= limit else None

    async def read(self, fill: float) -> None:
        """Read what the first answer did not have. *fill* is how full each answer should be."""
        if self.is_one_answer:
            return
        self._reader.fill = fill
        await self._reader.read()

    def keep_complete_part(self) -> None:
        """Keep only the incidents that were created since the minute from which all were read."""
        since = self._reader.since
        if since != self.since:
            self.since = since
            self.records.keep_since(since)

    async def read_part_at_once(self) -> datetime | None:
        """Read a small part again with one request. The time of the answer if it holds all."""
        if self.since is None or self.number >= MAX_ROWS:
            return None
        records = Records(self.source)
        answer, at = await self._reader_of(self._part, records).begin()
        if not answer.is_whole:
            return None
        self.records = records
        self.is_one_answer = True
        return at

    async def count(self) -> tuple[int, datetime]:
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

    def apply(self, updated_at: Mapping[str, object], matching: Records[T]) -> None:
        """Take out all incidents that were updated, and put in those that match now."""
        for key in updated_at:
            self.records.drop(key)
        self.records.by_key |= matching.by_key
        self.records.created_at |= matching.created_at
        self.records.keep_since(self.since)

    @property
    def _part(self) -> Question:
        """The question for only the incidents that were created since `since`."""
        if self.since is None:
            return self.source.question
        return self.source.question.narrow(KEY, {"gte": self.since})

    def _reader_of(self, question: Question, records: Records[T]) -> IntervalReader:
        reader = self.source.reader(question, self.source.ask, records.keep)
        reader.limit = self.limit
        reader.report = self.report
        return reader
