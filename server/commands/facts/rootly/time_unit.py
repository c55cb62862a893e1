"""Units of time, to which vendors may cut times when they store, compare or sort them."""

from datetime import datetime

FINER = {"minute": "second", "second": "millisecond", "millisecond": "microsecond"}
"""The next finer unit, by unit."""


def cut(at: datetime, unit: str) -> datetime:
    """*at* without what is finer than *unit*."""
    match unit:
        case "minute":
            return at.replace(second=0, microsecond=0)
        case "second":
            return at.replace(microsecond=0)
        case "millisecond":
            return at.replace(microsecond=at.microsecond // 1000 * 1000)
    return at
