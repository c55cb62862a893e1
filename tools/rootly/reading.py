"""A reading: the newest incidents that match, as they were at one moment, for a look in memory.

It covers at most `limits.summary_max` incidents, and what can be read within the time of the call.
It says what was not read.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import anyio

from tools import times
from tools.connection import Connection
from tools.errors import ungrouped
from tools.rootly.document import Document, Incident
from tools.rootly.question import Needs, Question
from tools.rootly.snapshot import Snapshot, SnapshotReader

T = TypeVar("T")


@dataclass(frozen=True)
class Reading(Generic[T]):
    """The newest incidents that match.

    * `incidents`: the record of each incident, by its key.
    * `at`: the moment, by our clock.
    * `is_one_answer`: whether one answer held everything. Otherwise the proof relies on
      `updated_at`.
    * `is_proven`: whether it is proven that the incidents are those of one moment.
    * `of`: Rootly's count of all that match; None if it is not known.
    * `since`: all incidents with a `created_at` from here on were read; None if all were read.
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
        """How many incidents were read, and of how many."""
        covered: dict[str, Any] = {"incidents": len(self.incidents)}
        if self.of is not None:
            covered["of"] = self.of
        if self.since is not None:
            covered["since"] = times.stamp(self.since)
        return covered

    def notes(self) -> list[str]:
        """Notes on what was not read or is not proven, and on the filters."""
        return [*self.filter_notes]


async def read_newest(
    stages: Sequence[Sequence[Question]],
    connection: Connection,
    record: Callable[[Document, Incident], T],
    needs: Needs,
) -> Reading[T]:
    """Read the newest incidents that match any of the questions.

    The questions of one stage are read in parallel. A later stage begins after the earlier one has
    ended. If two of them have the same incident, the record of the later stage counts.

    Raises:
        ToolError: see `tools.request.get`; and an answer contradicts itself.
    """
    incidents: dict[str, T] = {}
    snapshots: list[Snapshot[T]] = []
    filter_notes: list[str] = []
    for stage in stages:

        async def read(question: Question) -> None:
            reader = SnapshotReader(question, connection, record, needs)
            snapshots.append(await reader.read())
            filter_notes.extend(await reader.verifier.notes(connection))

        with ungrouped():
            async with anyio.create_task_group() as tasks:
                for question in stage:
                    tasks.start_soon(read, question)
        for snapshot in snapshots[-len(stage) :]:
            incidents |= snapshot.incidents
    return Reading(
        incidents,
        at=snapshots[-1].at,
        is_one_answer=all(snapshot.is_one_answer for snapshot in snapshots),
        is_proven=True,
        of=len(incidents),
        since=None,
        filter_notes=list(dict.fromkeys(filter_notes)),
    )
