"""SQL expressions for the time from the start to the end of an incident: its run.

They are written from the documentation. They share no code with the tools.
"""

from collections.abc import Sequence

from evals import truth
from evals.settings import NOW
from evals.truth import LIVE, milliseconds
from sandbox.store import Store
from sandbox.timestamps import utc_text

MAINTENANCE = "kind IN ('scheduled', 'scheduled_sub')"
_IN_MINUTES = ("acknowledge", "mitigate", "resolve")
"""The measures that the field `minutes` has."""

_NOW = f"'{utc_text(NOW)}'"
_NEVER = "'9999'"
_ENDS = ", ".join(
    f"ifnull({end}, {_NEVER})" for end in ("resolved_at", "closed_at", "cancelled_at")
)
_FIRST_END = f"nullif(min({_ENDS}), {_NEVER})"
_BEGIN = f"iif({MAINTENANCE}, scheduled_for, ifnull(started_at, created_at))"
_END = f"iif({MAINTENANCE}, scheduled_until, ifnull({_FIRST_END}, iif({LIVE}, {_NOW}, NULL)))"
_KNOWN_END = f"iif({_END} >= {_BEGIN}, {_END}, NULL)"
"""An end before the start cannot be right."""


def during(gte: str, lte: str = utc_text(NOW)) -> str:
    """A condition: the incident ran at some instant between *gte* and *lte*.

    If it is not known when an incident ended, it may have run until its last update.
    """
    return f"({_BEGIN} <= '{lte}' AND ifnull({_KNOWN_END}, updated_at) >= '{gte}')"


def lasted(operator: str, hours: float) -> str:
    """A condition: how the run of the incident compares with *hours*, such as `> 2`."""
    return (
        f"({milliseconds(_KNOWN_END)} - {milliseconds(_BEGIN)} {operator} {int(hours * 3_600_000)})"
    )


def minutes(store: Store, where: str, limit: int = -1) -> dict[int, dict[str, float]]:
    """The field `minutes` of these incidents, the newest first, by number."""
    measures = [truth.MEASURES[name] for name in _IN_MINUTES]
    took = [f"{milliseconds(end)} - {milliseconds(start)}" for start, end in measures]
    so_far = f"iif({LIVE}, {milliseconds(_NOW)} - {milliseconds(_BEGIN)}, NULL)"
    rows = store.rows(
        f"SELECT sequential_id, {', '.join(took)}, {so_far} FROM incidents"
        f" WHERE {where} ORDER BY created_at DESC LIMIT {limit}"
    )
    return {number: _minutes(durations) for number, *durations in rows}


def _minutes(durations: Sequence[int | None]) -> dict[str, float]:
    """The durations that are known and not negative, in minutes, to a tenth."""
    minutes = {}
    for name, duration in zip([*_IN_MINUTES, "so_far"], durations, strict=True):
        if duration is not None and duration >= 0:
            minutes[name] = truth.minutes(duration)
    return minutes
