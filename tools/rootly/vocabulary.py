"""The fixed sets of values that Rootly documents, and other words that people use for them."""

from collections.abc import Mapping

STATUSES = (
    "in_triage",
    "started",
    "detected",
    "acknowledged",
    "mitigated",
    "resolved",
    "closed",
    "cancelled",
    "scheduled",
    "in_progress",
    "completed",
)
LIVE = ("in_triage", "started", "detected", "acknowledged", "mitigated", "in_progress")
"""The statuses of an incident that is not over."""
OVER = ("resolved", "closed", "cancelled", "completed")
"""The statuses of an incident that is over."""

STATUS_SYNONYMS: Mapping[str, str] = {
    "investigating": "started",
    "open": "started",
    "active": "started",
    "ongoing": "started",
    "live": "started",
    "firing": "started",
    "new": "started",
    "triage": "in_triage",
    "acked": "acknowledged",
    "fixed": "resolved",
    "done": "completed",
    "canceled": "cancelled",
}

KINDS = (
    "test",
    "test_sub",
    "example",
    "example_sub",
    "normal",
    "normal_sub",
    "backfilled",
    "scheduled",
    "scheduled_sub",
)

MAINTENANCE_KINDS = ("scheduled", "scheduled_sub")

SORTS = (
    "created_at",
    "-created_at",
    "updated_at",
    "-updated_at",
    # Newer than the reference.
    "started_at",
    "-started_at",
    "in_triage_at",
    "-in_triage_at",
    "mitigated_at",
    "-mitigated_at",
    "resolved_at",
    "-resolved_at",
)
DEFAULT_SORT = "-created_at"


def is_live(status: str | None) -> bool | None:
    """Whether an incident with this status is not over yet.

    None for a status that is not shown, or that Rootly does not document.
    """
    if status is None or status.lower() not in STATUSES:
        return None
    return status.lower() in LIVE


def _sort_synonyms() -> dict[str, str]:
    synonyms = {
        "newest": "-created_at",
        "latest": "-created_at",
        "desc": "-created_at",
        "newest first": "-created_at",
        "oldest": "created_at",
        "asc": "created_at",
        "oldest first": "created_at",
    }
    for sort in SORTS:
        key = sort.lstrip("-")
        direction = "asc" if sort == key else "desc"
        synonyms[f"{key} {direction}"] = sort
        synonyms[f"{key}:{direction}"] = sort
        synonyms[f"{key}_{direction}"] = sort
    return synonyms


SORT_SYNONYMS: Mapping[str, str] = _sort_synonyms()

MAX_OFFSET = 50_000
"""The last incident that a page number reaches. After it, Rootly answers with a 400."""
