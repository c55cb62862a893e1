"""Periods of time in which incidents are counted: days, weeks and months, in UTC."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from tools import times
from tools.times import Operator

_MILLISECOND = timedelta(milliseconds=1)


def period_of(dimension: str, time: str | None) -> str | None:
    """The period that contains *time*, which is RFC 3339 in UTC.

    A day as `2026-11-22`, a week as the date of its Monday, a month as `2026-11`.
    """
    if time is None:
        return None
    return PERIODS[dimension](time)


def _day(time: str) -> str:
    return time[:10]


def _week(time: str) -> str:
    """The Monday of the week."""
    day = date.fromisoformat(time[:10])
    monday = day - timedelta(days=day.weekday())
    return monday.isoformat()


def _month(time: str) -> str:
    return time[:7]


PERIODS: Mapping[str, Callable[[str], str]] = {"day": _day, "week": _week, "month": _month}
"""For each dimension that is a period, the function that finds the period of a time."""


def cut_period(dimension: str, operator: Operator, bound: datetime) -> str | None:
    """The period of which *bound* leaves out a part; None if one begins exactly there."""
    period = period_of(dimension, times.stamp(bound))
    before = period_of(dimension, times.stamp(bound - _MILLISECOND))
    # At the beginning of a period, `gt` and `lte` are between its first moment and the others.
    begins_there = period != before and operator in ("gte", "lt")
    return None if begins_there else period
