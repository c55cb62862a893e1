"""active_during: the incidents whose run overlaps with a range of time.

A run includes its first and its last moment. So an incident that was resolved at 14:00:00 overlaps
with a range from `gte` 14:00:00, but not with one from `gt` 14:00:00.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from tools.arguments import UNLISTED
from tools.rootly.conditions.comparison import overlaps
from tools.rootly.conditions.condition import Check, Condition
from tools.rootly.conditions.run import NEEDS, UPDATE_MARGIN, changed_after_update, run_of
from tools.rootly.document import Document, Incident
from tools.rootly.question import Needs, Question
from tools.rootly.vocabulary import MAINTENANCE_KINDS, OVER, STATUSES
from tools.times import Bounds, Time, TimeRange

_NOT_OVER = tuple(status for status in STATUSES if status not in OVER)
_UNCERTAIN = "uncertain"
_LATE_CHANGE = "late change"


class ActiveDuring(TimeRange):
    """A range of time, of which the schema lists only `gte` and `lte`."""

    gt: Time | None = UNLISTED
    lt: Time | None = UNLISTED


def active_during(bounds: Bounds, now: datetime) -> Condition:
    """The condition that an incident ran at some time within *bounds*."""
    return _Overlap(bounds, now)


def questions_for(question: Question, bounds: Bounds) -> Sequence[Question]:
    """The questions to ask for the incidents of *question* that ran within *bounds*.

    What ended within the bounds, or later, was updated after the lower bound. So three kinds of
    incidents are enough: those that are not over, maintenance, which ends without an update, and
    those that were updated since the lower bound. Without a lower bound, the whole question is
    read.

    This assumes that Rootly sets `updated_at` when an incident ends. If rows show that it does not,
    a note says so.
    """
    lower = bounds.get("gte", bounds.get("gt"))
    if lower is None:
        return [question]
    # Rootly may compare times only to the minute.
    updated_since = (lower - UPDATE_MARGIN).replace(second=0, microsecond=0)
    updated = question.narrow("updated_at", {"gte": updated_since})
    return [
        *_with(question, "status", _NOT_OVER),
        *_with(question, "kind", MAINTENANCE_KINDS),
        updated,
    ]


def _with(question: Question, name: str, values: Collection[str]) -> Iterator[Question]:
    """*question* with only *values* in the filter *name*; nothing if it allows none of them."""
    allowed = question.filters.get(name, values)
    excluded = question.excluded.get(name, ())
    remaining = [value for value in values if value in allowed and value not in excluded]
    if remaining:
        yield replace(question, filters={**question.filters, name: remaining})


@dataclass(frozen=True)
class _Overlap:
    """The condition that the run of an incident overlaps with a range of time."""

    bounds: Bounds
    now: datetime
    columns: ClassVar[Sequence[str]] = ()
    needs: ClassVar[Needs] = NEEDS

    def check(self, document: Document, incident: Incident) -> Check:
        run = run_of(incident, self.now)
        remarks = []
        if self._begins and changed_after_update(incident):
            remarks.append(_LATE_CHANGE)
        is_possible = overlaps(self.bounds, run.start.earliest, run.end.latest)
        # It is certain only if the shortest possible run overlaps, too.
        is_certain = overlaps(self.bounds, run.start.latest, run.end.earliest)
        if is_possible and not is_certain:
            remarks.append(_UNCERTAIN)
        return Check(is_possible, remarks=tuple(remarks))

    def notes(self, remarks: Counter[str]) -> Iterator[str]:
        if remarks[_UNCERTAIN]:
            yield (
                f"Of these incidents, {remarks[_UNCERTAIN]} may not have been active then: "
                "Rootly's answer does not say exactly when they started or ended."
            )
        if remarks[_LATE_CHANGE]:
            yield (
                "Incidents that ended after the start of active_during may be missing: updated_at "
                f"of {remarks[_LATE_CHANGE]} incidents is missing, or before their other times."
            )

    @property
    def _begins(self) -> bool:
        """Whether the range has a lower bound, so that not all incidents are read."""
        return "gt" in self.bounds or "gte" in self.bounds
