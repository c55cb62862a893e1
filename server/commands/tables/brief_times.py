"""Times and durations as people say them, such as `01:21Z, 39 min ago`."""

import math
from datetime import datetime, timedelta

_DAY = timedelta(days=1)
_UNITS = ((100, 1, "min"), (48 * 60, 60, "h"), (math.inf, 24 * 60, "d"))
"""The units of durations: below how many minutes they are used, the minutes in one, the name."""


def duration(minutes: float) -> str:
    """A duration in one unit, such as `4 min`, `2.5 h` or `27 d`."""
    size, unit = next((size, unit) for below, size, unit in _UNITS if minutes < below)
    return f"{_rounded(minutes / size)} {unit}"


def _rounded(count: float) -> str:
    """The number to a whole one, or to a tenth if it is below 10."""
    return f"{count:.0f}" if count >= 10 else f"{count:.1f}".removesuffix(".0")


def time(text: str, now: datetime | None) -> str:
    """A time of a result (RFC 3339, UTC) to the minute. In the last 24 hours its age is added.

    Within this day the time of day says which day is meant. *now* is the time of the result.
    """
    at = instant(text)
    if at is None:
        return text
    age = now - at if now else None
    if age is None or not timedelta() <= age < _DAY:
        return f"{at:%Y-%m-%d %H:%M}Z"
    return f"{at:%H:%M}Z, {duration(age // timedelta(minutes=1))} ago"


def instant(text: object) -> datetime | None:
    """The time that *text* is; None if it is not a time of a result."""
    if not isinstance(text, str) or not text.endswith("Z"):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
