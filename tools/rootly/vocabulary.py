"""The closed sets of values that Rootly documents, and what people call them."""

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

STATUS_SYNONYMS: Mapping[str, str] = {
    **dict.fromkeys(
        ("investigating", "open", "active", "ongoing", "live", "firing", "new"), "started"
    ),
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
SORT_SYNONYMS: Mapping[str, str] = {
    **dict.fromkeys(("newest", "latest", "desc", "newest first"), "-created_at"),
    **dict.fromkeys(("oldest", "asc", "oldest first"), "created_at"),
    **{
        f"{key.lstrip('-')}{form}": key
        for key in SORTS
        if key.startswith("-")
        for form in (" desc", ":desc", "_desc")
    },
    **{
        f"{key}{form}": key
        for key in SORTS
        if not key.startswith("-")
        for form in (" asc", ":asc", "_asc")
    },
}

MAX_OFFSET = 50_000
"""Beyond this many incidents Rootly answers a page number with a 400."""
