"""The questions of the board: arguments of list_incidents."""

from collections.abc import Mapping
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
_SINCE: Mapping[str, str] = {"day": "-30d", "week": "-26w", "month": "-365d"}
"""The start of the plot, for each period."""

PERIODS = tuple(_SINCE)


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


def plot(period: str, filters: Mapping[str, Any]) -> Question:
    """The incidents that match *filters*, counted by *period*.

    The start is relative, so the same arguments are right later, too.
    """
    return {
        "group_by": [period],
        "started_at": {"gte": _SINCE[period]},
        "kind": _KINDS,
        **filters,
    }
