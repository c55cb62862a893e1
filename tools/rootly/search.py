"""A search: a question for Rootly, and the conditions that are checked after it was answered."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from tools.connection import Connection
from tools.rootly.assumptions import assumption_notes
from tools.rootly.candidates import Candidate, Conditions, MakeRecord
from tools.rootly.conditions.active_during import stages
from tools.rootly.position import KEY
from tools.rootly.question import Needs, Question
from tools.rootly.reading import Reading, read_newest
from tools.times import Bounds

T = TypeVar("T")


@dataclass(frozen=True)
class Search:
    """The incidents to look for.

    * `period`: the bounds of `active_during`, if the call has it. Some incidents need not be read
      then. `conditions` has its condition.
    * `now`: the moment for everything that is relative to it.
    """

    question: Question
    now: datetime
    conditions: Conditions = field(default_factory=Conditions)
    period: Bounds | None = None

    def created(self, bounds: Bounds) -> "Search":
        """The search for those that were created within *bounds*."""
        return replace(self, question=self.question.narrow(KEY, bounds))

    async def read(
        self, make: MakeRecord[T], needs: Needs, connection: Connection
    ) -> Reading[Candidate[T]]:
        """Read the newest incidents, and check the conditions.

        *make* makes the record of an incident that meets them, and *needs* are for that.

        Raises:
            ToolError: see `read_newest`.
        """
        recorder = self.conditions.recorder(make)
        needs |= self.conditions.needs
        return await read_newest(self._stages(), connection, recorder, needs)

    def _stages(self) -> Sequence[Sequence[Question]]:
        """The questions to read, in the order in which they are read."""
        if self.period is None:
            return [[self.question]]
        return stages(self.question, self.period, self.now)

    def notes(self, reading: Reading[Candidate[Any]]) -> list[str]:
        """Notes on what was read, and on the conditions."""
        candidates = reading.incidents.values()
        notes = [*reading.notes(), *self.conditions.notes(candidates)]
        if not reading.is_one_answer:
            relations = self.conditions.needs.relations
            notes += assumption_notes(self.question, sorted(relations))
        return notes
