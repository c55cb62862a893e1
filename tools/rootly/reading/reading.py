"""A reading: the newest incidents that match, as they were at one moment, for a look in memory.

It covers at most `limits.summary_max` incidents, and what can be read within the time of the call.
It says what was not read.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from tools import times
from tools.connection import Connection
from tools.errors import ungrouped
from tools.rootly.document import Document, Incident
from tools.rootly.question import Needs, Question
from tools.rootly.reading.combined_reading import CombinedReading
from tools.rootly.reading.incident_source import IncidentSource, filter_notes
from tools.rootly.reading.newest_reader import NewestReader

T = TypeVar("T")


@dataclass(frozen=True)
class Reading(Generic[T]):
    """The newest incidents that match.

    * `incidents`: the record of each incident, by its key.
    * `at`: the moment, by our clock.
    * `is_one_answer`: whether one answer to each question held everything. Otherwise the proof
      relies on `updated_at`.
    * `of`: the count of all incidents that match; None if it is not known.
    * `since`: all incidents with a `created_at` from here on were read; None if really all were.
    * `doubt`: why it is not proven that these are exactly the incidents of that moment.
    * `filter_notes`: notes on filters for which it is not proven that Rootly applied them.
    """

    incidents: Mapping[str, T]
    at: datetime
    is_one_answer: bool
    of: int | None
    since: datetime | None
    doubt: str | None = None
    filter_notes: Sequence[str] = ()

    @property
    def is_proven(self) -> bool:
        """Whether these are exactly the incidents of that moment."""
        return self.doubt is None

    def covered(self) -> dict[str, Any]:
        """How many incidents were read, of how many, and from which `created_at` on."""
        covered: dict[str, Any] = {"incidents": len(self.incidents)}
        if self.of is not None:
            covered["of"] = self.of
        if self.since is not None:
            covered["since"] = times.stamp(self.since)
        return covered

    def notes(self, *, next_has_older: bool = False) -> list[str]:
        """Notes on what was not read or is not proven, and on the filters.

        *next_has_older*: whether `next` of the answer goes on with what was not read.
        """
        notes = []
        if self.since is not None:
            since = times.stamp(self.since)
            how = f'for older ones, ask again with created_at {{"lt":"{since}"}}'
            if next_has_older:
                how = "next goes on with older ones"
            notes.append(f"Not all incidents created before {since} were read: {how}.")
        if self.doubt:
            notes.append(
                f"{self.doubt} So it is not proven that no incident is missing and that all are "
                "up to date: ask again, or narrow the question."
            )
        return [*notes, *self.filter_notes]


async def read_newest(
    questions: Sequence[Question],
    connection: Connection,
    record: Callable[[Document, Incident], T],
    needs: Needs,
) -> Reading[T]:
    """Read the newest incidents that match any of the *questions*.

    Each question is read up to `limits.summary_max` incidents. See `NewestReader` for what it does
    in the time of the call. Without the first answers, the call times out.

    Raises:
        ToolError: see `NewestReader.read`.
    """
    sources = [IncidentSource(question, connection, record, needs) for question in questions]
    reader = NewestReader(sources)
    with ungrouped():
        await reader.read()
        notes = await filter_notes(sources)
    combined = reader.attempt.reading
    reading = Reading(
        incidents=combined.incidents,
        at=reader.attempt.at,
        is_one_answer=combined.is_one_answer,
        of=None if reader.attempt.uncounted else _count_of_all(combined),
        since=combined.since,
        doubt=reader.doubt,
        filter_notes=notes,
    )
    combined.forget()
    return reading


def _count_of_all(combined: CombinedReading[Any]) -> int | None:
    """How many incidents match any of the questions; None if that is not known."""
    number = len(combined.incidents)
    if combined.since is None:
        return number
    # Some incidents may match several questions.
    return max(*combined.totals, number) if len(combined.totals) == 1 else None
