"""SQL expressions for the time from the start to the end of an incident: its run.

They are written from the documentation. They share no code with the tools.
"""

from collections.abc import Sequence

from evals.settings import NOW
from evals.truth import LIVE
from sandbox.store import Store
from sandbox.timestamps import utc_text

MAINTENANCE = "kind IN ('scheduled', 'scheduled_sub')"
MINUTES = {"acknowledge": "acknowledged_at", "mitigate": "mitigated_at", "resolve": "resolved_at"}
"""The members of the field `minutes`, and the times that they end at."""

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


def milliseconds(instant: str) -> str:
    """An instant as a number: milliseconds since 1970."""
    seconds = f"CAST(strftime('%s', {instant}) AS INTEGER)"
    return f"({seconds} * 1000 + CAST(substr({instant}, 21, 3) AS INTEGER))"


def minutes(store: Store, where: str, limit: int = -1) -> dict[int, dict[str, float]]:
    """The field `minutes` of these incidents, the newest first, by number."""
    took = [f"{milliseconds(end)} - {milliseconds('started_at')}" for end in MINUTES.values()]
    so_far = f"iif({LIVE}, {milliseconds(_NOW)} - {milliseconds(_BEGIN)}, NULL)"
    rows = store.rows(
        f"SELECT sequential_id, {', '.join(took)}, {so_far} FROM incidents"
        f" WHERE {where} ORDER BY created_at DESC LIMIT {limit}"
    )
    return {number: _minutes(durations) for number, *durations in rows}


def _minutes(durations: Sequence[int | None]) -> dict[str, float]:
    """The durations that are known and not negative, in minutes, to a tenth."""
    minutes = {}
    for name, milliseconds in zip([*MINUTES, "so_far"], durations, strict=True):
        if milliseconds is not None and milliseconds >= 0:
            # Halves are rounded up.
            minutes[name] = (milliseconds + 3_000) // 6_000 / 10
    return minutes


def detect_to_acknowledge(
    store: Store, group: str, percent: int, where: str = "1", rest: str = ""
) -> dict[str, float]:
    """By group, a percentile of the minutes from detection to acknowledgement.

    It is found by nearest rank. A group without any value is left out. *group* is an expression,
    and *rest* may join other tables.
    """
    took = f"{milliseconds('acknowledged_at')} - {milliseconds('detected_at')}"
    members = f"SELECT {group} AS k, {took} AS took FROM incidents {rest} WHERE {where}"
    ranked = (
        "SELECT k, took, row_number() OVER (PARTITION BY k ORDER BY took) AS place,"
        f" count(*) OVER (PARTITION BY k) AS many FROM ({members}) WHERE took >= 0"
    )
    rows = store.rows(f"SELECT k, took FROM ({ranked}) WHERE place = (many * {percent} + 99) / 100")
    return {group: (took + 3_000) // 6_000 / 10 for group, took in rows}
