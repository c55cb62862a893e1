"""where.lasted: the incidents whose run took a certain time."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema
from pydantic_core import PydanticCustomError

from tools.arguments import UNLISTED
from tools.rootly.conditions.comparison import overlaps
from tools.rootly.conditions.condition import Check, Condition
from tools.rootly.conditions.run import NEEDS, run_of
from tools.rootly.document import Document, Incident
from tools.rootly.question import Needs
from tools.times import OPERATORS, Operator

_FORMATS = "90m, 2h, 3d or 1w"
_LONGEST = timedelta(weeks=520)
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"(\d{1,7})([mhdw])", re.ASCII)

_UNCERTAIN = "uncertain"
_UNKNOWN = "unknown"


def _parse(value: object) -> timedelta:
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise PydanticCustomError(
            "duration", "is not a valid duration: use {formats}", {"formats": _FORMATS}
        )
    duration = timedelta(**{_UNITS[match[2]]: int(match[1])})
    if duration > _LONGEST:
        raise PydanticCustomError("duration", "is longer than ten years (520w)")
    return duration


Duration = Annotated[timedelta, BeforeValidator(_parse), WithJsonSchema({"type": "string"})]


class Lasted(BaseModel):
    """A range of durations, with at most one bound at each end.

    The schema lists only `gte` and `lt`.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    example: ClassVar[str] = '{"gte":"2h"}'

    gt: Duration | None = UNLISTED
    gte: Duration | None = None
    lt: Duration | None = None
    lte: Duration | None = UNLISTED

    def condition(self, now: datetime) -> Condition:
        """The condition that an incident lasted so long, or has lasted so long until *now*."""
        return _Length(self._bounds(), now)

    def _bounds(self) -> dict[Operator, timedelta]:
        bounds = {}
        for operator in OPERATORS:
            duration = getattr(self, operator)
            if duration is not None:
                bounds[operator] = duration
        return bounds


@dataclass(frozen=True)
class _Length:
    """The condition that the run of an incident took a certain time."""

    bounds: Mapping[Operator, timedelta]
    now: datetime

    @property
    def needs(self) -> Needs:
        return NEEDS

    def check(self, document: Document, incident: Incident) -> Check:
        run = run_of(incident, self.now)
        if not run.is_known:
            return Check(holds=False, remarks=(_UNKNOWN,))
        is_possible = overlaps(self.bounds, run.shortest, run.longest)
        is_certain = overlaps(self.bounds, run.longest, run.shortest)
        remarks = (_UNCERTAIN,) if is_possible and not is_certain else ()
        return Check(is_possible, remarks=remarks)

    def notes(self, remarks: Counter[str]) -> Iterator[str]:
        if remarks[_UNKNOWN]:
            yield (
                f"Left out by where.lasted: {remarks[_UNKNOWN]} incidents, because Rootly's "
                "answer does not say when they started or when they ended."
            )
        if remarks[_UNCERTAIN]:
            yield (
                f"It is not certain that {remarks[_UNCERTAIN]} of these incidents lasted so long: "
                "Rootly's answer does not say exactly when they started or ended."
            )
