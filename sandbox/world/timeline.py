"""The instants at which an incident reached its statuses, in a possible order."""

from datetime import datetime, timedelta
from itertools import accumulate
from random import Random

LIVE = ("in_triage", "started", "detected", "acknowledged", "mitigated", "in_progress")

_UNTIL_MITIGATED = (
    "in_triage_at",
    "started_at",
    "detected_at",
    "acknowledged_at",
    "mitigated_at",
)
# By status, what has happened so far, in order.
STAGES = {
    "in_triage": _UNTIL_MITIGATED[:1],
    "started": _UNTIL_MITIGATED[:2],
    "detected": _UNTIL_MITIGATED[:3],
    "acknowledged": _UNTIL_MITIGATED[:4],
    "mitigated": _UNTIL_MITIGATED,
    "resolved": (*_UNTIL_MITIGATED, "resolved_at"),
    "closed": (*_UNTIL_MITIGATED, "resolved_at", "closed_at"),
    "cancelled": ("in_triage_at", "cancelled_at"),
    "scheduled": (),
    "in_progress": ("started_at",),
    "completed": ("started_at", "resolved_at"),
}


def moments(random: Random, status: str, begun: datetime, now: datetime) -> dict[str, datetime]:
    """An instant for each stage of the status, from *begun* to *now*."""
    stages = STAGES[status]
    may_skip_triage = stages[:2] == ("in_triage_at", "started_at")
    if may_skip_triage and random.random() < 0.5:
        stages = stages[1:]
    gaps = [random.expovariate(1 / 1800) if place else 0.0 for place in range(len(stages))]
    room = (now - begun).total_seconds() * 0.95
    scale = min(1.0, room / (sum(gaps) or 1.0))
    reached = accumulate(timedelta(seconds=gap * scale) for gap in gaps)
    return {stage: begun + after for stage, after in zip(stages, reached, strict=True)}
