"""The run of an incident: the time from its start to its end.

* An incident runs from `started_at`, or from `created_at` if it has no `started_at`, to the first
  of `resolved_at`, `closed_at` and `cancelled_at`. A mitigated incident is not over.
* An incident with a live status and none of these ends runs until now.
* Maintenance runs from `scheduled_for` to `scheduled_until`. If it has no `scheduled_for`, it
  starts at `started_at`. If it has no `scheduled_until`, it ends as any other incident.

Rootly's answer does not always say exactly when an incident started and ended. A run therefore has
the earliest and the latest time that are possible for both:

* A time without seconds may be up to a minute later, and one without a fraction up to a second.
* An incident that is over at an unknown time ended before its last update.
* With a live status, an incident that has an end may have been opened again: its end is between
  that time and now.
* The start or the end is not known if the time is not readable, if there is none, or if the end is
  before the start. The end is not known either without a status that Rootly documents.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tools import times
from tools.rootly.document import Incident
from tools.rootly.question import Needs
from tools.rootly.values import word
from tools.rootly.vocabulary import MAINTENANCE_KINDS, OVER, is_live

ENDS = ("resolved_at", "closed_at", "cancelled_at")
"""The times at which an incident is over."""
UPDATE_MARGIN = timedelta(minutes=1)
"""How much the clock that sets `updated_at` may differ from the one that sets the other times."""

_MICROSECOND = timedelta(microseconds=1)
_SECOND = timedelta(seconds=1)
_STARTS = ("started_at", "created_at")
_MAINTENANCE_STARTS = ("scheduled_for", "started_at")
_MAINTENANCE_END = "scheduled_until"

NEEDS = Needs(
    frozenset(
        ("kind", "status", "updated_at", *_STARTS, *_MAINTENANCE_STARTS, *ENDS, _MAINTENANCE_END)
    )
)
"""The parts of an incident that decide when it runs."""


@dataclass(frozen=True)
class Moment:
    """A time, as exactly as Rootly's answer shows it."""

    earliest: datetime
    latest: datetime


@dataclass(frozen=True)
class Run:
    """The time from the start of an incident to its end.

    `is_known`: False if the start or the end is not known at all.
    """

    start: Moment
    end: Moment
    is_known: bool = True

    @property
    def shortest(self) -> timedelta:
        """The shortest time that the incident may have lasted."""
        return max(self.end.earliest - self.start.latest, timedelta())

    @property
    def longest(self) -> timedelta:
        """The longest time that the incident may have lasted."""
        return self.end.latest - self.start.earliest


def run_of(incident: Incident, now: datetime) -> Run:
    """The run of *incident*, as Rootly's answer shows it *now*."""
    start = start_of(incident)
    end = _end(incident, now)
    if start and end and start.earliest <= end.latest:
        return Run(start, end)
    if start is None:
        start = Moment(times.EARLIEST, end.latest if end else times.LATEST)
        return Run(start, end or _unknown_end(incident, start), is_known=False)
    return Run(start, _unknown_end(incident, start), is_known=False)


def has_end(incident: Incident) -> bool:
    """Whether *incident* has a time at which it was over, readable or not."""
    return any(_has(incident, name) for name in ENDS)


def changed_after_update(incident: Incident) -> bool:
    """Whether a time of *incident* is later than its last update, by more than the margin.

    Then `updated_at` does not say when the incident changed. The same if it is not readable.
    """
    updated = moment(incident, "updated_at")
    if updated is None:
        return True
    latest = updated.latest + UPDATE_MARGIN
    own_times = [moment(incident, name) for name in (*_STARTS, *ENDS)]
    return any(own is not None and own.earliest > latest for own in own_times)


def moment(incident: Incident, name: str) -> Moment | None:
    """The time *name* of *incident*; None if there is none, or if it is not readable."""
    value = incident.attributes.get(name)
    at = times.parse(value)
    resolution = times.resolution(value)
    if at is None or resolution is None or not times.EARLIEST <= at <= times.LATEST:
        return None
    if resolution < _SECOND:
        return Moment(at, at)
    return Moment(at, at + resolution - _MICROSECOND)


def start_of(incident: Incident) -> Moment | None:
    """The start of the run of *incident*; None if it is not known."""
    names = _MAINTENANCE_STARTS if _is_maintenance(incident) else _STARTS
    for name in names:
        if _has(incident, name):
            return moment(incident, name)
    return None


def _end(incident: Incident, now: datetime) -> Moment | None:
    if _is_maintenance(incident) and _has(incident, _MAINTENANCE_END):
        return moment(incident, _MAINTENANCE_END)
    is_live_now = is_live(_status(incident))
    if has_end(incident):
        end = _first_end(incident)
        if end and is_live_now:
            return Moment(end.earliest, max(end.latest, now))
        return end
    if not is_live_now:
        return None
    start = start_of(incident)
    if start and start.earliest > now:
        # Rootly's clock is ahead of ours.
        return start
    return Moment(now, now)


def _first_end(incident: Incident) -> Moment | None:
    """The first of the ends that *incident* has; None if one of them is not readable."""
    ends = [moment(incident, name) for name in ENDS if _has(incident, name)]
    readable = [end for end in ends if end is not None]
    if len(readable) < len(ends):
        return None
    return min(readable, key=_earliest)


def _earliest(one: Moment) -> datetime:
    return one.earliest


def _unknown_end(incident: Incident, start: Moment) -> Moment:
    """All times at which an incident may have ended whose end is not known."""
    status = _status(incident)
    updated = moment(incident, "updated_at")
    if updated is None or status is None or status.lower() not in OVER:
        return Moment(start.earliest, times.LATEST)
    return Moment(start.earliest, max(start.earliest, updated.latest + UPDATE_MARGIN))


def _is_maintenance(incident: Incident) -> bool:
    kind = word(incident.attributes.get("kind"))
    return kind is not None and kind.lower() in MAINTENANCE_KINDS


def _status(incident: Incident) -> str | None:
    return word(incident.attributes.get("status"))


def _has(incident: Incident, name: str) -> bool:
    return incident.attributes.get(name) is not None
