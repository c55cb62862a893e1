"""The order of the board: the worst incident first.

The page has the same rules in TypeScript. board/cases/severity.json holds both to the same cases.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from tools.rootly.vocabulary import MAINTENANCE_KINDS
from tools.severity import severity_rank

Row = Mapping[str, Any]


def worst_first(rows: Iterable[Row]) -> list[Row]:
    """The incidents by severity, and within one severity the oldest first.

    Those that are mitigated come after the others of their severity: they do less harm now.
    Maintenance is planned, so it comes after all incidents.
    """
    return sorted(rows, key=_place)


def is_maintenance(row: Row) -> bool:
    """Whether the row is a maintenance window."""
    return row.get("kind") in MAINTENANCE_KINDS or row.get("status") == "in_progress"


def start_of(row: Row) -> str | None:
    """When the incident began, as far as Rootly says."""
    start: str | None = row.get("started_at") or row.get("created_at")
    return start


def _place(row: Row) -> tuple[bool, int, str, bool, bool, str]:
    severity: str | None = row.get("severity")
    start = start_of(row)
    return (
        is_maintenance(row),
        severity_rank(severity),
        (severity or "").lower(),
        row.get("status") == "mitigated",
        start is None,
        start or "",
    )
