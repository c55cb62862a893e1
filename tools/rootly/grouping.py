"""Grouping: which groups an incident belongs to, and what a summary counts of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import product
from typing import Any

from tools import times
from tools.rootly.document import Document, Incident, Related
from tools.rootly.gaps import Gaps
from tools.rootly.incident import Rows, View
from tools.rootly.json_api import nested_id
from tools.rootly.relations import SLUGS
from tools.rootly.values import severity
from tools.rootly.vocabulary import LIVE, STATUSES
from tools.text import identifier

GROUPS = (
    "status",
    "severity",
    "services",
    "environments",
    "teams",
    "types",
    "functionalities",
    "cause",
    "kind",
    "day",
    "week",
    "month",
)
MEASURES = {"acknowledge": "acknowledged_at", "mitigate": "mitigated_at", "resolve": "resolved_at"}
"""Durations from `started_at` until each of these times, for the incidents that have both."""

_FIELDS = {"cause": "causes"}
"""The field of a row that shows a group, if its name is different."""
_MILLISECOND = timedelta(milliseconds=1)

GroupKey = tuple[str | None, ...]
"""One value for each grouping name, such as `("sev1", "2026-11")`. None: the incident has none."""


# With slots, the records of 50,000 incidents take 3 MB less (benchmarks.grouping: 29 of 32 MB).
@dataclass(frozen=True, slots=True)
class IncidentRecord:
    """What a summary counts of one incident.

    `group_keys`: Its groups; None if Rootly's answer does not say which.
    `is_live`: None if its status is not known.
    `durations_ms`: Milliseconds for each of MEASURES. Negative if the end is before the start; None
        if one of the two times is not known.
    `gaps`: What Rootly's answer lacks; None if it lacks nothing.
    `slugs`: The field, id and slug of each resource that the incident is grouped by.
    """

    group_keys: tuple[GroupKey, ...] | None
    is_live: bool | None
    is_started: bool
    durations_ms: tuple[int | None, ...]
    gaps: Gaps | None
    slugs: tuple[tuple[str, str, str], ...]

    def known_durations(self) -> Iterator[tuple[str, int]]:
        """The name and the milliseconds of each measure that is known."""
        for measure, milliseconds in zip(MEASURES, self.durations_ms, strict=True):
            if milliseconds is not None:
                yield measure, milliseconds


@dataclass(frozen=True)
class Grouping:
    """What incidents are grouped by: one or two of GROUPS."""

    names: tuple[str, ...]

    @property
    def periods(self) -> list[str]:
        """The names that stand for periods of time."""
        return [name for name in self.names if name in _PERIODS]

    @property
    def multi_valued(self) -> list[str]:
        """The names of which an incident may have several values, such as services."""
        return [name for name in self.names if _field(name) in SLUGS]

    @property
    def relation_fields(self) -> list[str]:
        """The fields of rows for the multi-valued names. Rootly has relations for these."""
        return [_field(name) for name in self.multi_valued]

    @cached_property
    def view(self) -> View:
        """The fields that a record is made from."""
        fields = [_field(name) for name in self.names if name not in _PERIODS]
        return View(("status", "started_at", *MEASURES.values(), *fields), omit_usual=False)

    def record(self, document: Document, incident: Incident) -> IncidentRecord:
        """The record of one incident."""
        rows = Rows(document, self.view)
        row = rows.row(incident)
        related = self._related(document, incident)
        return IncidentRecord(
            group_keys=None if None in related.values() else self._group_keys(incident, row),
            is_live=_is_live(row.get("status")),
            is_started="started_at" in row,
            durations_ms=tuple(_duration_ms(incident, end) for end in MEASURES.values()),
            gaps=None if rows.gaps == Gaps() else rows.gaps,
            slugs=(*_slugs(related), *self._severity_slugs(incident)),
        )

    def _related(
        self, document: Document, incident: Incident
    ) -> dict[str, Sequence[Related] | None]:
        """By field, the resources that the incident is grouped by; None if they are not known."""
        related = {}
        for field in self.relation_fields:
            related[field] = document.related(incident, SLUGS[field])
        return related

    def _group_keys(self, incident: Incident, row: Mapping[str, Any]) -> tuple[GroupKey, ...]:
        """The incident counts in each combination of its values, such as service and month."""
        values = [self._values(name, incident, row) for name in self.names]
        return tuple(product(*values))

    def _values(
        self, name: str, incident: Incident, row: Mapping[str, Any]
    ) -> Sequence[str | None]:
        if name in _PERIODS:
            created_at = times.to_second(incident.attributes.get("created_at"))
            return [period(name, row.get("started_at") or created_at)]
        value = row.get(_field(name))
        if isinstance(value, list):
            return list(dict.fromkeys(value))
        return [value]

    def _severity_slugs(self, incident: Incident) -> Iterator[tuple[str, str, str]]:
        if "severity" not in self.names:
            return
        value = incident.attributes.get("severity")
        id_ = nested_id(value)
        slug = severity(value)
        if id_ and slug:
            yield "severity", id_, slug


def _slugs(related: Mapping[str, Sequence[Related] | None]) -> Iterator[tuple[str, str, str]]:
    for field, resources in related.items():
        for resource in resources or ():
            id_ = identifier(resource.id)
            if id_ and resource.slug:
                yield field, id_, resource.slug


def _field(name: str) -> str:
    """The field of a row that shows the groups of one name."""
    return _FIELDS.get(name, name)


def _is_live(status: str | None) -> bool | None:
    """None for a status that is not shown, or that Rootly does not document."""
    if status is None or status.lower() not in STATUSES:
        return None
    return status.lower() in LIVE


def _duration_ms(incident: Incident, end: str) -> int | None:
    # The times of a row are only to the second, so this reads the attributes.
    started_at = times.parse(incident.attributes.get("started_at"))
    ended_at = times.parse(incident.attributes.get(end))
    if started_at is None or ended_at is None:
        return None
    return (ended_at - started_at) // _MILLISECOND


def period(name: str, at: str | None) -> str | None:
    """The period in which a time is, as the UTC day on which it begins; a month as `2026-11`."""
    if at is None:
        return None
    return _PERIODS[name](at)


def _day(at: str) -> str:
    return at[:10]


def _week(at: str) -> str:
    """The Monday of the week."""
    day = date.fromisoformat(at[:10])
    monday = day - timedelta(days=day.weekday())
    return monday.isoformat()


def _month(at: str) -> str:
    return at[:7]


_PERIODS: Mapping[str, Callable[[str], str]] = {"day": _day, "week": _week, "month": _month}
