"""where.lasted: the incidents whose run took a certain time."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from tools.arguments import UNLISTED
from tools.rootly.conditions.comparison import overlaps
from tools.rootly.conditions.condition import Check, Condition
from tools.rootly.conditions.duration import Duration
from tools.rootly.conditions.run import NEEDS, run_of
from tools.rootly.document import Document, Incident
from tools.rootly.question import Needs
from tools.times import BOUND_SYNONYMS, OPERATORS, Operator, check_bounds, is_empty

_UNCERTAIN = "uncertain"
_UNKNOWN = "unknown"


class Lasted(BaseModel):
    """A range of durations, with at most one bound at each end.

    The schema lists only `gte` and `lt`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    gt: Duration | None = UNLISTED
    gte: Duration | None = None
    lt: Duration | None = None
    lte: Duration | None = UNLISTED

    example: ClassVar[str] = '{"gte":"2h"}'
    """What an error shows."""
    synonyms: ClassVar[Mapping[str, str]] = BOUND_SYNONYMS

    @model_validator(mode="before")
    @classmethod
    def _check_bounds(cls, value: Any) -> Any:
        return check_bounds(value)

    @model_validator(mode="after")
    def _check_not_empty(self) -> Self:
        if is_empty(self.bounds()) or self.lt == timedelta():
            raise PydanticCustomError("range", "is empty: no duration is in this range")
        return self

    def bounds(self) -> Mapping[Operator, timedelta]:
        """The bounds that the argument has."""
        bounds = {}
        for operator in OPERATORS:
            duration = getattr(self, operator)
            if duration is not None:
                bounds[operator] = duration
        return bounds

    def condition(self, now: datetime) -> Condition:
        """The condition that an incident lasted so long, or has lasted so long until *now*."""
        return _Length(self.bounds(), now)


@dataclass(frozen=True)
class _Length:
    """The condition that the run of an incident took a certain time.

    Without a known start, or a known end, it does not hold.
    """

    bounds: Mapping[Operator, timedelta]
    now: datetime
    columns: ClassVar[Sequence[str]] = ()
    needs: ClassVar[Needs] = NEEDS

    def check(self, document: Document, incident: Incident) -> Check:
        run = run_of(incident, self.now)
        if not run.is_known:
            return Check(holds=False, remarks=(_UNKNOWN,))
        is_possible = overlaps(self.bounds, run.shortest, run.longest)
        # It is certain only if every possible duration is within the bounds.
        is_certain = overlaps(self.bounds, run.longest, run.shortest)
        remarks = (_UNCERTAIN,) if is_possible and not is_certain else ()
        return Check(is_possible, remarks=remarks)

    def notes(self, remarks: Counter[str]) -> Iterator[str]:
        if remarks[_UNKNOWN]:
            yield (
                f"Left out by where.lasted: {remarks[_UNKNOWN]} of the incidents, because Rootly's "
                "answer does not say when they started or ended."
            )
        if remarks[_UNCERTAIN]:
            yield (
                f"Of these incidents, {remarks[_UNCERTAIN]} may not have lasted so long: Rootly's "
                "answer does not say exactly when they started or ended."
            )
