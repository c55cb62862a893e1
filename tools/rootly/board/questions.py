"""The questions of the board: arguments of list_incidents."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from tools.rootly.argument_types import MAX_PAGE_SIZE
from tools.rootly.vocabulary import KINDS, LIVE

Question = dict[str, Any]

_PRACTICE_KINDS = ("test", "test_sub", "example", "example_sub")
_KINDS = [kind for kind in KINDS if kind not in _PRACTICE_KINDS]
_FIELDS = (
    "sequential_id",
    "id",
    "title",
    "status",
    "severity",
    "kind",
    "private",
    "services",
    "environments",
    "teams",
    "started_at",
    "created_at",
    "mitigated_at",
    "url",
)
_ROWS: Mapping[str, Any] = {"fields": [*_FIELDS], "include": ["roles"]}
_NUMBERS: Mapping[str, int] = {"day": 30, "week": 26, "month": 12}
"""How many periods a plot has."""

PERIODS = tuple(_NUMBERS)


def live(filters: Mapping[str, Any]) -> Question:
    """The live incidents that match *filters*, without tests and examples."""
    return {
        "status": [*LIVE],
        "kind": _KINDS,
        **filters,
        **_ROWS,
        "page_size": MAX_PAGE_SIZE,
    }


def one_incident(sequential_id: str) -> Question:
    """The incident with this number, whatever its status and kind."""
    return {"sequential_id": [sequential_id], **_ROWS}


def plot(period: str, filters: Mapping[str, Any], today: date) -> Question:
    """The incidents that match *filters*, counted by *period*. Only the last one is not over."""
    return {
        "group_by": [period],
        "started_at": {"gte": _first_day(period, today).isoformat()},
        "kind": _KINDS,
        **filters,
    }


def _first_day(period: str, today: date) -> date:
    """The first day of the first period of a plot. Weeks begin on Monday."""
    earlier = _NUMBERS[period] - 1
    if period == "day":
        return today - timedelta(days=earlier)
    if period == "week":
        return today - timedelta(days=today.weekday(), weeks=earlier)
    years, month = divmod(today.year * 12 + today.month - 1 - earlier, 12)
    return date(years, month + 1, 1)
