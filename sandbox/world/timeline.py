"""When an incident went through its statuses, without contradictions."""

from datetime import datetime, timedelta
from itertools import accumulate
from random import Random

LIVE = ("in_triage", "started", "detected", "acknowledged", "mitigated", "in_progress")

# What has happened by the time an incident has this status, in order.
STAGES = {
    "in_triage": ("in_triage_at",),
    "started": ("in_triage_at", "started_at"),
    "detected": ("in_triage_at", "started_at", "detected_at"),
    "acknowledged": ("in_triage_at", "started_at", "detected_at", "acknowledged_at"),
    "mitigated": ("in_triage_at", "started_at", "detected_at", "acknowledged_at", "mitigated_at"),
    "resolved": (
        "in_triage_at",
        "started_at",
        "detected_at",
        "acknowledged_at",
        "mitigated_at",
        "resolved_at",
    ),
    "closed": (
        "in_triage_at",
        "started_at",
        "detected_at",
        "acknowledged_at",
        "mitigated_at",
        "resolved_at",
        "closed_at",
    ),
    "cancelled": ("in_triage_at", "cancelled_at"),
    "scheduled": (),
    "in_progress": ("started_at",),
    "completed": ("started_at", "resolved_at"),
}


def moments(random: Random, status: str, begun: datetime, now: datetime) -> dict[str, datetime]:
    """An instant for each stage that the status implies, from `begun` on and none after `now`."""
    stages = STAGES[status]
    if (
        len(stages) > 1
        and stages[0] == "in_triage_at"
        and stages[1] != "cancelled_at"
        and random.random() < 0.5
    ):
        stages = stages[1:]  # About half of all incidents are declared without triage.
    gaps = [random.expovariate(1 / 1800) if place else 0.0 for place in range(len(stages))]
    room = (now - begun).total_seconds() * 0.95
    scale = min(1.0, room / (sum(gaps) or 1.0))
    reached = accumulate(timedelta(seconds=gap * scale) for gap in gaps)
    return {stage: begun + after for stage, after in zip(stages, reached, strict=True)}
