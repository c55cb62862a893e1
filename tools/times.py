"""Instants and time ranges, in the forms of arguments, of vendors and of results."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from tools.arguments import UNLISTED

Operator = Literal["gt", "gte", "lt", "lte"]
OPERATORS: tuple[Operator, ...] = ("gt", "gte", "lt", "lte")
BOUND_SYNONYMS: Mapping[str, Operator] = {
    ">": "gt",
    ">=": "gte",
    "<": "lt",
    "<=": "lte",
    "from": "gte",
    "since": "gte",
    "until": "lte",
    "to": "lte",
}
"""The operator that is meant, by what people and models write instead."""
Bounds = dict[Operator, datetime]

FORMATS = (
    "RFC 3339 (2026-11-21T14:00:00Z), a date (2026-11-21), now, or relative: -90m, -24h, -7d, -2w"
)

_AT_END_OF_DAY: Mapping[Operator, Operator] = {"gt": "gte", "lte": "lt"}
"""The bounds at the end of a day, as bounds at the beginning of the next day."""

_ABSOLUTE = re.compile(
    r"\d{4}-\d\d-\d\d(?P<time>[Tt ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?([Zz]|[+-]\d\d:[0-5]\d)?)?",
    re.ASCII,
)
_RELATIVE = re.compile(r"-(\d{1,6})([mhdw])", re.ASCII)
_CLOCK = re.compile(r"[T ]\d\d:\d\d(?P<seconds>:\d\d([.,](?P<fraction>\d+))?)?")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
LATEST = datetime(9999, 12, 30, tzinfo=UTC)
"""A day can be taken from the earliest time and added to the latest one without an overflow."""


@dataclass(frozen=True)
class Instant:
    """A moment in UTC, and the text of the argument that named it."""

    at: datetime
    text: str
    is_day: bool = False
    is_relative: bool = False

    @classmethod
    def parse(cls, text: str, now: datetime) -> Self:
        """Read *text*.

        Raises:
            ValueError, OverflowError: it is in none of `FORMATS`, or there is no such time.
        """
        if text == "now":
            return cls(now, text, is_relative=True)
        relative = _RELATIVE.fullmatch(text)
        if relative:
            age = timedelta(**{_UNITS[relative[2]]: int(relative[1])})
            return cls(_in_range(now - age), text, is_relative=True)
        absolute = _ABSOLUTE.fullmatch(text)
        if absolute is None:
            raise ValueError(text)
        at = _in_utc(datetime.fromisoformat(text.upper()))
        return cls(_in_range(at), text, is_day=absolute["time"] is None)

    def bound(self, operator: Operator) -> tuple[Operator, datetime]:
        """This as a bound. A date is the whole day in UTC: `gt` and `lte` mean its end."""
        if self.is_day and operator in _AT_END_OF_DAY:
            return _AT_END_OF_DAY[operator], self.at + timedelta(days=1)
        return operator, self.at


def _in_range(at: datetime) -> datetime:
    if not EARLIEST <= at <= LATEST:
        raise ValueError(at)
    return at


def _instant(value: object, info: ValidationInfo) -> Instant:
    if not isinstance(value, str):
        raise PydanticCustomError(
            "time", "must be a time as a string: {formats}", {"formats": FORMATS}
        )
    try:
        return Instant.parse(value, (info.context or {})["now"])
    except (ValueError, OverflowError):
        raise PydanticCustomError(
            "time", "is not a valid time: use {formats}", {"formats": FORMATS}
        ) from None


Time = Annotated[Instant, BeforeValidator(_instant), WithJsonSchema({"type": "string"})]


def check_bounds(value: Any) -> Any:
    """A check of the argument for a range: it has at most one bound at each end, but not none."""
    if not isinstance(value, dict):
        return value
    if not value:
        raise PydanticCustomError("blank", "is blank: give gt, gte, lt or lte, or leave it out")
    for one, other in (("gt", "gte"), ("lt", "lte")):
        if one in value and other in value:
            raise PydanticCustomError(
                "range",
                "has both {one} and {other}: give one of them",
                {"one": one, "other": other},
            )
    return value


def is_empty(bounds: Mapping[Operator, Any]) -> bool:
    """Whether nothing can be within *bounds*."""
    lower, upper = _ends(bounds)
    if lower is None or upper is None:
        return False
    # A single value is within a range only with gte and lte.
    includes_both = {"gte", "lte"} <= bounds.keys()
    return bool(lower > upper or (lower == upper and not includes_both))


def _ends(bounds: Mapping[Operator, Any]) -> tuple[Any, Any]:
    """The lower and the upper bound; None if there is none."""
    return bounds.get("gte", bounds.get("gt")), bounds.get("lte", bounds.get("lt"))


class TimeRange(BaseModel):
    """A range of time, with at most one bound at each end. The schema lists every bound."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    example: ClassVar[str] = '{"gte":"-24h"}'
    """An example for error messages."""
    synonyms: ClassVar[Mapping[str, str]] = BOUND_SYNONYMS

    gt: Time | None = None
    gte: Time | None = None
    lt: Time | None = None
    lte: Time | None = None

    @model_validator(mode="before")
    @classmethod
    def _check_bounds(cls, value: Any) -> Any:
        return check_bounds(value)

    @model_validator(mode="after")
    def _check_not_empty(self) -> Self:
        bounds = self.bounds()
        if is_empty(bounds):
            lower, upper = _ends(bounds)
            raise PydanticCustomError(
                "range",
                "is empty: it begins at {lower} and ends at {upper}",
                {"lower": stamp(lower), "upper": stamp(upper)},
            )
        return self

    def bounds(self, fixed: Mapping[Operator, datetime] | None = None) -> Bounds:
        """The range as instants.

        *fixed* has the instants that relative times meant in an earlier call, and still mean.
        """
        return dict(instant.bound(operator) for operator, instant in self.instants(fixed))

    def instants(
        self, fixed: Mapping[Operator, datetime] | None = None
    ) -> Iterator[tuple[Operator, Instant]]:
        """The bounds as the argument has them; see `bounds` for *fixed*."""
        fixed = fixed or {}
        for operator in OPERATORS:
            instant: Instant | None = getattr(self, operator)
            if instant is None:
                continue
            if instant.is_relative and operator in fixed:
                instant = replace(instant, at=fixed[operator])
            yield operator, instant

    def relative(self, fixed: Mapping[Operator, datetime] | None = None) -> Bounds:
        """The bounds that are relative times, as instants; see `bounds` for *fixed*."""
        bounds: Bounds = {}
        for operator, instant in self.instants(fixed):
            if instant.is_relative:
                bounds[operator] = instant.at
        return bounds

    def normalized(self) -> dict[str, str]:
        """The bounds in one spelling: relative times as the argument has them, others as stamps."""
        spelling: dict[str, str] = {operator: stamp(at) for operator, at in self.bounds().items()}
        for operator, instant in self.instants():
            if instant.is_relative:
                spelling[operator] = instant.text
        return spelling


class BriefTimeRange(TimeRange):
    """A range of time of which the schema lists only `gte` and `lt`."""

    gt: Time | None = UNLISTED
    lte: Time | None = UNLISTED


def stamp(at: datetime) -> str:
    """RFC 3339 in UTC with a `Z`, and with fractions of a second only if there are any."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def parse(value: object) -> datetime | None:
    """A vendor's time; None if it is not a valid time. Without an offset it is UTC."""
    if not isinstance(value, str) or len(value) < len("2026-11-21"):
        return None
    try:
        return _in_utc(datetime.fromisoformat(value))
    except (ValueError, OverflowError):
        return None


def resolution(value: object) -> timedelta | None:
    """The precision of a vendor's time: a minute, a second or less; None for a date alone."""
    clock = _CLOCK.search(value) if isinstance(value, str) else None
    if clock is None:
        return None
    if not clock["seconds"]:
        return timedelta(minutes=1)
    digits = len(clock["fraction"] or "")
    return timedelta(seconds=10**-digits)


def to_second(value: object) -> str | None:
    """A vendor's time as results have it: UTC, to the second."""
    at = parse(value)
    if at is None:
        return None
    return f"{at.date()}T{at.time().isoformat('seconds')}Z"


def _in_utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        return at.replace(tzinfo=UTC)
    return at.astimezone(UTC)
