"""A search: a question for Rootly, and the conditions that are checked after it was answered."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self, TypeVar

from tools.connection import Connection
from tools.errors import UnexpectedResponse
from tools.rootly import hint
from tools.rootly.conditions.active_during import active_during, questions_for
from tools.rootly.conditions.candidates import (
    Candidate,
    Conditions,
    MakeRecord,
    all_are_known,
    records,
)
from tools.rootly.conditions.parent import narrow_to_sub_incidents
from tools.rootly.incident import View
from tools.rootly.incident_number import IncidentNumber
from tools.rootly.list_arguments import ListIncidents
from tools.rootly.named_incident import find_incident
from tools.rootly.position import KEY
from tools.rootly.question import Needs, Question
from tools.rootly.reading.assumptions import assumption_notes
from tools.rootly.reading.reading import Reading, read_newest
from tools.text import identifier
from tools.times import Bounds

T = TypeVar("T")


@dataclass(frozen=True)
class Search:
    """The incidents to look for.

    * `question`: the incidents to read; those of the call, perhaps without some that cannot meet
      the conditions.
    * `asked`: the question of the call.
    * `period`: the bounds of `active_during`; empty if the call does not have it.
    """

    question: Question
    asked: Question
    conditions: Conditions = field(default_factory=Conditions)
    period: Bounds = field(default_factory=dict)

    @classmethod
    async def of(cls, arguments: ListIncidents, now: datetime, connection: Connection) -> Self:
        """The search that the arguments ask for. *now* is the moment for what is relative to it.

        Raises:
            InvalidArguments: where.parent and another argument exclude each other.
            NotFound: where.parent names an incident that does not exist.
            ToolError: see `tools.request.get`.
        """
        asked = question = arguments.question()
        period = arguments.bounds("active_during")
        members = [active_during(period, now)] if period else []
        where = arguments.where
        if where:
            parent_id = None
            if where.parent:
                question = narrow_to_sub_incidents(asked).made_for("where.parent", asked)
                parent_id = await _parent_id(where.parent, connection)
            members += where.conditions(now, parent_id)
        return cls(question, asked, Conditions(members), period)

    @property
    def ranges(self) -> list[str]:
        """The names of all ranges of time."""
        names = [*self.question.ranges]
        return [*names, "active_during"] if self.period else names

    def columns(self, view: View) -> list[str]:
        """The columns of *view*, and those that the conditions add."""
        return [*dict.fromkeys((*view.columns, *self.conditions.columns))]

    def after(self, bounds: Bounds) -> Self:
        """The search for the incidents of later pages, which were created within *bounds*."""
        later = self.question.narrow(KEY, bounds).made_for("after", self.question)
        return replace(self, question=later)

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
        return await read_newest(self.questions(), connection, recorder, needs)

    def questions(self) -> Sequence[Question]:
        """The questions to read. Incidents that match none of them do not meet the conditions."""
        if not self.period:
            return [self.question]
        return [
            question.made_for("active_during", self.question)
            for question in questions_for(self.question, self.period)
        ]

    def notes(self, reading: Reading[Candidate[Any]]) -> list[str]:
        """Notes on the conditions, for all incidents that were read."""
        candidates = reading.incidents.values()
        notes = self.conditions.notes(candidates)
        if candidates and next(records(candidates), None) is None:
            notes.append(_none_meets(candidates))
        if not reading.is_one_answer:
            relations = sorted(self.conditions.needs.relations)
            notes += assumption_notes(self.question, relations)
        return notes

    async def hint(self, connection: Connection) -> dict[str, Any]:
        """The member `hint` of an answer for which nothing was read; empty if nothing is known."""
        reads_all = self.question == self.asked and not self.period
        reason = await hint.explain(self.asked, connection, is_known_empty=reads_all)
        if self.conditions and "without" in reason:
            reason["text"] += " without counts them before where and active_during."
        return {"hint": reason} if reason else {}


def _none_meets(candidates: Collection[Candidate[Any]]) -> str:
    """A note if no incident that was read is in the answer."""
    is_known = all_are_known(candidates)
    verb = "meets" if is_known else "is known to meet"
    return f"{len(candidates):,} incidents were read, and none of them {verb} the conditions."


async def _parent_id(number: IncidentNumber, connection: Connection) -> str:
    parent = await find_incident("where.parent", number, Needs(), connection)
    id_ = identifier(parent.id)
    if id_ is None:
        raise UnexpectedResponse(f"Rootly's answer does not show the id of the incident {number}.")
    return id_
