"""The order of the board: the worst incident first.

The page has the same rules in TypeScript. board/cases/severity.json holds both to the same cases.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tools.rootly.vocabulary import MAINTENANCE_KINDS
from tools.severity import UNKNOWN_RANK, severity_rank

Row = Mapping[str, Any]

_OUTSIDE_PRODUCTION = re.compile(
    r"\b(dev|develop|development|test|testing|stage|staging|qa|uat|sandbox|preview|preprod|demo|local)\b",
    re.ASCII | re.IGNORECASE,
)


def worst_first(rows: Iterable[Row]) -> list[Row]:
    """The incidents by severity, and within one severity the oldest first.

    Of one severity, those outside production come after the others, and those that are mitigated
    after all: they do less harm. Maintenance is planned, so it comes after all incidents.
    """
    return sorted(rows, key=_place)


def is_maintenance(row: Row) -> bool:
    """Whether the row is a maintenance window."""
    return row.get("kind") in MAINTENANCE_KINDS or row.get("status") == "in_progress"


def can_be_worst(row: Row) -> bool:
    """Whether the row is an incident with a severity whose rank is known."""
    return not is_maintenance(row) and severity_rank(row.get("severity")) < UNKNOWN_RANK


def start_of(row: Row) -> str | None:
    """When the incident began, as far as Rootly says."""
    start: str | None = row.get("started_at") or row.get("created_at")
    return start


def _is_outside_production(row: Row) -> bool:
    """Whether customers do not see it: all its environments have names such as "staging"."""
    environments: Sequence[str] = row.get("environments") or ()
    return bool(environments) and all(map(_OUTSIDE_PRODUCTION.search, environments))


def _place(row: Row) -> tuple[bool, int, str, bool, bool, bool, str]:
    severity: str | None = row.get("severity")
    start = start_of(row)
    return (
        is_maintenance(row),
        severity_rank(severity),
        (severity or "").lower(),
        row.get("status") == "mitigated",
        _is_outside_production(row),
        start is None,
        start or "",
    )
