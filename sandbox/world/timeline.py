"""The instants at which an incident reached each status, in a possible order."""

from datetime import datetime, timedelta
from random import Random

_MEAN_GAP_S = 1800

LIVE = ("in_triage", "started", "detected", "acknowledged", "mitigated", "in_progress")

_UNTIL_MITIGATED = (
    "in_triage_at",
    "started_at",
    "detected_at",
    "acknowledged_at",
    "mitigated_at",
)
# By status, the stages so far, in order.
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
    """By stage of the status, an instant from *begun* to *now*."""
    stages = STAGES[status]
    may_skip_triage = stages[:2] == ("in_triage_at", "started_at")
    if may_skip_triage and random.random() < 0.5:
        stages = stages[1:]
    gaps_s = [random.expovariate(1 / _MEAN_GAP_S) for _ in stages[1:]]
    scale = 1.0
    available_s = (now - begun).total_seconds() * 0.95
    if sum(gaps_s) > available_s:
        scale = available_s / sum(gaps_s)
    instants = dict.fromkeys(stages[:1], begun)
    instant = begun
    for stage, gap_s in zip(stages[1:], gaps_s, strict=True):
        instant += timedelta(seconds=gap_s * scale)
        instants[stage] = instant
    return instants
