"""Instants and ranges of time: as arguments say them, as a vendor takes them, as results show them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

Operator = Literal["gt", "gte", "lt", "lte"]

FORMATS = (
    "RFC 3339 (2026-11-21T14:00:00Z), a date (2026-11-21), now, or relative: -90m, -24h, -7d, -2w"
)

_ABSOLUTE = re.compile(
    r"\d{4}-\d\d-\d\d(?P<time>[Tt ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?([Zz]|[+-]\d\d:[0-5]\d)?)?",
    re.ASCII,
)
_RELATIVE = re.compile(r"-(\d{1,6})([mhdw])", re.ASCII)
EARLIEST, LATEST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
"""A day before and behind these there still is a time."""
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True)
class Instant:
    """A moment in UTC, and how the argument said it."""

    at: datetime
    text: str
    is_day: bool = False
    is_relative: bool = False

    @classmethod
    def parse(cls, text: str, now: datetime) -> Self:
        """Read *text*.

        Raises:
            ValueError, OverflowError: it is none of `FORMATS`, or not a time that exists.
        """
        if text == "now":
            return cls(now, text, is_relative=True)
        if relative := _RELATIVE.fullmatch(text):
            at = now - timedelta(**{_UNITS[relative[2]]: int(relative[1])})
            if at < EARLIEST:
                raise ValueError(text)
            return cls(at, text, is_relative=True)
        absolute = _ABSOLUTE.fullmatch(text)
        if absolute is None:
            raise ValueError(text)
        at = datetime.fromisoformat(text.upper())
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        if not EARLIEST <= at <= LATEST:
            raise ValueError(text)
        return cls(at, text, is_day=absolute["time"] is None)


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


class TimeRange(BaseModel):
    """From and to; at most one bound at each end."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    gt: Time | None = None
    gte: Time | None = None
    lt: Time | None = None
    lte: Time | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_bound_at_each_end(cls, value: Any) -> Any:
        if isinstance(value, dict):
            if not value:
                raise PydanticCustomError(
                    "blank", "is blank: give gt, gte, lt or lte, or leave it out"
                )
            for pair in (("gt", "gte"), ("lt", "lte")):
                if all(name in value for name in pair):
                    raise PydanticCustomError(
                        "range",
                        "has both {0} and {1}: give one of them",
                        {"0": pair[0], "1": pair[1]},
                    )
        return value

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        bounds = self.bounds()
        lower, upper = bounds.get("gte", bounds.get("gt")), bounds.get("lte", bounds.get("lt"))
        if (
            lower
            and upper
            and (lower > upper or (lower == upper and not {"gte", "lte"} <= bounds.keys()))
        ):
            raise PydanticCustomError(
                "range",
                "is empty: it begins at {lower} and ends at {upper}",
                {"lower": stamp(lower), "upper": stamp(upper)},
            )
        return self

    def bounds(self, fixed: Mapping[Operator, datetime] | None = None) -> dict[Operator, datetime]:
        """The range in instants. A date is the whole UTC day: after it, and up to and with it, mean its end.

        *fixed* are the instants that relative times meant before; they hold again.
        """
        bounds: dict[Operator, datetime] = {}
        for operator, instant in self.given(fixed):
            if instant.is_day and operator in ("gt", "lte"):
                bounds["gte" if operator == "gt" else "lt"] = instant.at + timedelta(days=1)
            else:
                bounds[operator] = instant.at
        return bounds

    def given(
        self, fixed: Mapping[Operator, datetime] | None = None
    ) -> Iterator[tuple[Operator, Instant]]:
        operators: tuple[Operator, ...] = ("gt", "gte", "lt", "lte")
        for operator in operators:
            instant: Instant | None = getattr(self, operator)
            if instant is None:
                continue
            if instant.is_relative and fixed and operator in fixed:
                instant = replace(instant, at=fixed[operator])
            yield operator, instant

    def relative(
        self, fixed: Mapping[Operator, datetime] | None = None
    ) -> dict[Operator, datetime]:
        """What the relative times among the bounds mean."""
        return {
            operator: instant.at for operator, instant in self.given(fixed) if instant.is_relative
        }

    def spelled(self) -> dict[str, str]:
        """The bounds in one spelling: relative times as they were given, others as instants."""
        relative = {
            operator: instant.text for operator, instant in self.given() if instant.is_relative
        }
        return {
            operator: relative.get(operator) or stamp(at) for operator, at in self.bounds().items()
        }


def stamp(at: datetime) -> str:
    """RFC 3339 in UTC with a `Z`; fractions of a second only where there are some."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def parse(value: object) -> datetime | None:
    """A vendor's time, or None where it is none. No offset means UTC."""
    if not isinstance(value, str) or len(value) < len("2026-11-21"):
        return None
    try:
        at = datetime.fromisoformat(value)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def shown(value: object) -> str | None:
    """A vendor's time as results show it: UTC, to the second."""
    at = parse(value)
    return None if at is None else f"{at.replace(microsecond=0, tzinfo=None).isoformat()}Z"
