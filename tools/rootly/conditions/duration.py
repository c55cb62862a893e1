"""The type of an argument that is a duration, such as 90m or 2h."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

_FORMATS = "90m, 2h, 3d or 1w"
_LONGEST = timedelta(days=3650)

_UNITS: Mapping[str, timedelta] = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_DURATION = re.compile(r"(\d{1,7})([mhdw])", re.ASCII)

# What people and other tools write: "2 hours", "1h 30m", "1.5h", "PT2H".
_ISO = re.compile(r"p(?=t|\d+[dw])(\d+[dw])?t?", re.ASCII)
_PART = re.compile(
    r"(\d{1,6}(?:\.\d{1,2})?) ?(m|mins?|minutes?|h|hrs?|hours?|d|days?|w|wks?|weeks?)(?![a-z])"
    r"[ ,]*(?:and )?",
    re.ASCII,
)


def _parse(value: object) -> timedelta:
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise PydanticCustomError(
            "duration",
            "is not a valid duration: use {formats}",
            {"formats": _FORMATS, "did_you_mean": nearest_duration(value)},
        )
    duration = int(match[1]) * _UNITS[match[2]]
    if duration > _LONGEST:
        raise PydanticCustomError("duration", "is longer than ten years (3650d)")
    return duration


Duration = Annotated[timedelta, BeforeValidator(_parse), WithJsonSchema({"type": "string"})]


def nearest_duration(value: object) -> str | None:
    """The duration that *value* probably means; None if that is not clear."""
    if not isinstance(value, str):
        return None
    text = _ISO.sub(r"\1", value[:60].strip().lower().removeprefix("-"), count=1)
    duration, unit, place = timedelta(), "m", 0
    while place < len(text):
        part = _PART.match(text, place)
        if part is None:
            return None
        unit = part[2][0]
        duration += float(part[1]) * _UNITS[unit]
        place = part.end()
    if not duration:
        return None
    return _text_of(duration, unit)


def _text_of(duration: timedelta, unit: str) -> str | None:
    """*duration* as the argument takes it, if possible in this *unit*."""
    for possible in (unit, "h", "m"):
        if duration % _UNITS[possible] == timedelta():
            return f"{duration // _UNITS[possible]}{possible}"
    return None
