"""A reading: the newest incidents that match, as they were at one moment, for a look in memory.

It covers at most `limits.summary_max` incidents, and what can be read within the time of the call.
It says what was not read.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

import anyio

from tools import times
from tools.connection import Connection
from tools.errors import ungrouped
from tools.rootly.document import Document, Incident
from tools.rootly.question import Needs, Question
from tools.rootly.reading.incident_source import IncidentSource
from tools.rootly.reading.newest_reader import NewestReader, Part

T = TypeVar("T")

_READING_SHARE = 0.95
"""The part of a call's time for reading. The rest is for what is done with the incidents."""


@dataclass(frozen=True)
class Reading(Generic[T]):
    """The newest incidents that match.

    * `incidents`: the record of each incident, by its key.
    * `at`: the moment, by our clock.
    * `is_one_answer`: whether one answer held everything. Otherwise the proof relies on
      `updated_at`.
    * `is_proven`: whether these are exactly the incidents of that moment. Otherwise the time ended
      before that was known.
    * `of`: Rootly's count of all that match; None if it is not known.
    * `since`: all incidents with a `created_at` from here on were read; None if really all were.
    * `filter_notes`: notes on filters for which it is not proven that Rootly applied them.
    """

    incidents: Mapping[str, T]
    at: datetime
    is_one_answer: bool
    is_proven: bool
    of: int | None
    since: datetime | None
    filter_notes: Sequence[str] = ()

    def covered(self) -> dict[str, Any]:
        """How many incidents were read, of how many, and from which `created_at` on."""
        covered: dict[str, Any] = {"incidents": len(self.incidents)}
        if self.of is not None:
            covered["of"] = self.of
        if self.since is not None:
            covered["since"] = times.stamp(self.since)
        return covered

    def notes(self) -> list[str]:
        """Notes on what was not read or is not proven, and on the filters."""
        notes = []
        if self.since is not None:
            since = times.stamp(self.since)
            notes.append(
                f"Not all incidents created before {since} were read: for older ones, ask again "
                f'with created_at {{"lt":"{since}"}}.'
            )
        if not self.is_proven:
            notes.append(
                "Incidents changed while they were read, or Rootly answered slowly. It is not "
                "proven that none is missing and that all are up to date: ask again, or narrow the "
                "question."
            )
        return [*notes, *self.filter_notes]


async def read_newest(
    stages: Sequence[Sequence[Question]],
    connection: Connection,
    record: Callable[[Document, Incident], T],
    needs: Needs,
) -> Reading[T]:
    """Read the newest incidents that match any of the questions.

    The questions of one stage are read in parallel. A later stage begins after the earlier one has
    ended. If two of them have the same incident, the record of the later stage counts.

    Each question is read up to `limits.summary_max` incidents. Each stage gets the same share of
    the time that remains to the stages; see `NewestReader` for what it does in that time. Only the
    first answer to each question may take longer: without it, the call times out.

    Raises:
        ToolError: see `tools.request.get`; and an answer contradicts itself.
    """
    sources = [
        [IncidentSource(question, connection, record, needs) for question in stage]
        for stage in stages
    ]
    with ungrouped():
        return await _StageReader(sources, connection).read()


@dataclass
class _StageReader(Generic[T]):
    """Reads all questions of all stages, and makes one reading of them."""

    stages: Sequence[Sequence[IncidentSource[T]]]
    connection: Connection
    _readers: list[NewestReader[T]] = field(default_factory=list)
    _reported: int = 0

    async def read(self) -> Reading[T]:
        """Read one stage after the other."""
        self.connection.record.timeout_message = self._timeout_message
        end_at = _end_of_reading()
        parts: list[Part[T]] = []
        for place, stage in enumerate(self.stages):
            now = anyio.current_time()
            share_s = (end_at - now) / (len(self.stages) - place)
            stage_parts = await self._read_stage(stage, now + share_s)
            parts += stage_parts
        # Everything is at least as recent as the earliest part of the last stage.
        at = stage_parts[0].at
        return Reading(
            incidents=_union(parts),
            at=at,
            is_one_answer=all(part.is_one_answer for part in parts),
            is_proven=all(part.is_proven for part in parts),
            of=_count_of_all(parts),
            since=_latest_since(parts),
            filter_notes=await self._filter_notes(),
        )

    async def _read_stage(
        self, stage: Sequence[IncidentSource[T]], end_at: float
    ) -> Sequence[Part[T]]:
        """The parts of the questions of a stage, the earliest one first."""
        parts: list[Part[T]] = []

        async def read(reader: NewestReader[T]) -> None:
            parts.append(await reader.read(end_at))

        readers = [NewestReader(source, self._report) for source in stage]
        self._readers += readers
        async with anyio.create_task_group() as tasks:
            for reader in readers:
                tasks.start_soon(read, reader)
        return sorted(parts, key=lambda part: part.at)

    async def _filter_notes(self) -> list[str]:
        """The notes of all verifiers, each once."""
        notes: list[str] = []
        for stage in self.stages:
            for source in stage:
                notes += await source.verifier.notes(self.connection)
        return list(dict.fromkeys(notes))

    async def _report(self) -> None:
        """Report progress, which must only grow, even if something is read again."""
        number = sum(reader.number for reader in self._readers)
        total = sum(reader.expected for reader in self._readers)
        if self._reported < number <= total:
            self._reported = number
            await self.connection.progress(number, total)

    def _timeout_message(self, timeout_s: float) -> str:
        number = sum(reader.number for reader in self._readers)
        if not number:
            return f"Rootly did not answer within {timeout_s:g} s: no incident could be read."
        return (
            f"Only {number:,} incidents could be read within {timeout_s:g} s, which is too few for "
            "an answer: narrow the question, for example by created_at or status."
        )


def _end_of_reading() -> float:
    """When reading must end, so that the call has time left for what is done with it."""
    now = anyio.current_time()
    return now + (anyio.current_effective_deadline() - now) * _READING_SHARE


def _union(parts: Sequence[Part[T]]) -> dict[str, T]:
    incidents: dict[str, T] = {}
    for part in parts:
        incidents |= part.incidents
    return incidents


def _latest_since(parts: Sequence[Part[T]]) -> datetime | None:
    """The time from which on all parts were read; None if all of them were read whole."""
    times_since = [part.since for part in parts if part.since is not None]
    return max(times_since, default=None)


def _count_of_all(parts: Sequence[Part[T]]) -> int | None:
    """How many incidents match; None if it is not known how many match several questions."""
    if len(parts) == 1:
        return parts[0].of
    if _latest_since(parts) is None:
        return len(_union(parts))
    return None
