"""The durations of an incident, such as the time from its start until it was acknowledged."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from tools import times
from tools.rootly.conditions.run import NEEDS, has_end, start_of
from tools.rootly.document import Document, Incident
from tools.rootly.gaps import Gaps
from tools.rootly.question import Needs
from tools.rootly.values import word
from tools.rootly.vocabulary import is_live

_MILLISECOND = timedelta(milliseconds=1)
_MS_IN_A_TENTH = 6_000
"""Milliseconds in a tenth of a minute."""


@dataclass(frozen=True)
class Measure:
    """A duration between two times of an incident, by the names of these times."""

    start: str
    end: str

    def milliseconds(self, incident: Incident) -> int | None:
        """The duration; negative if the end is before the start, None if a time is not known."""
        return _milliseconds(_time(incident, self.start), _time(incident, self.end))


MEASURES: Mapping[str, Measure] = {
    "acknowledge": Measure("started_at", "acknowledged_at"),
    "mitigate": Measure("started_at", "mitigated_at"),
    "resolve": Measure("started_at", "resolved_at"),
    "detect_to_acknowledge": Measure("detected_at", "acknowledged_at"),
}
"""The durations that `group_by` measures."""


def _times_of(measures: Iterable[str]) -> tuple[str, ...]:
    """The times at which these measures start or end."""
    names: list[str] = []
    for measure in measures:
        names += (MEASURES[measure].start, MEASURES[measure].end)
    return tuple(dict.fromkeys(names))


MEASURED_TIMES = _times_of(MEASURES)
"""The times at which the measures start or end."""


def minutes(milliseconds: int) -> int | float:
    """A duration in minutes, rounded to a tenth."""
    tenths = (milliseconds + _MS_IN_A_TENTH // 2) // _MS_IN_A_TENTH
    if tenths % 10 == 0:
        # Whole minutes take fewer characters as integers.
        return tenths // 10
    return tenths / 10


_IN_A_ROW = ("acknowledge", "mitigate", "resolve")
_TIMES = _times_of(_IN_A_ROW)


@dataclass(frozen=True)
class MinutesColumn:
    """The minutes from `started_at` until an incident was acknowledged, mitigated and resolved.

    A live incident without an end also has `so_far`: the minutes from the start of its run until
    `now`.
    """

    now: datetime | None

    needs: ClassVar[Needs] = NEEDS | Needs(frozenset(_TIMES))

    def cell(self, incident: Incident, document: Document, gaps: Gaps) -> dict[str, Any] | None:
        """The durations that are known, by name; None if there are none."""
        if _has_unreadable_time(incident):
            gaps.unreadable["minutes"] += 1
        cell = {}
        for name, milliseconds in self._durations(incident):
            if milliseconds is None:
                continue
            if milliseconds < 0:
                gaps.negative[name] += 1
                continue
            cell[name] = minutes(milliseconds)
        return cell or None

    def _durations(self, incident: Incident) -> Iterator[tuple[str, int | None]]:
        for name in _IN_A_ROW:
            yield name, MEASURES[name].milliseconds(incident)
        status = word(incident.attributes.get("status"))
        if is_live(status) and not has_end(incident):
            start = start_of(incident)
            yield "so_far", _milliseconds(start.earliest if start else None, self.now)


def _has_unreadable_time(incident: Incident) -> bool:
    for name in _TIMES:
        if incident.attributes.get(name) is not None and _time(incident, name) is None:
            return True
    return False


def _time(incident: Incident, name: str) -> datetime | None:
    # A row shows times only to the second. The attributes have milliseconds.
    return times.parse(incident.attributes.get(name))


def _milliseconds(start: datetime | None, end: datetime | None) -> int | None:
    if start is None or end is None:
        return None
    return (end - start) // _MILLISECOND
