"""What is counted of one incident: the groups that it belongs to, and how long it took."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import product
from sys import intern
from typing import Any

from tools import times
from tools.rootly.document import Document, Incident, Related
from tools.rootly.gaps import Gaps
from tools.rootly.incident import Rows, View
from tools.rootly.relations import SLUGS
from tools.rootly.resource import nested_id
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
"""Minutes from `started_at` to each of these, over the incidents that have both."""

_PERIODS = ("day", "week", "month")
_FIELDS = {"cause": "causes"}
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is counted of one incident.

    `groups` are those that it belongs to; None where Rootly's answer does not say. `took` has milliseconds for each of
    MEASURES: negative where it ended before it started, None where one of the two is not known. `is_live` is None if its status
    is not known, and `gaps` if it has none. `slugs` are what the groups are called that have an id, by field and id.
    """

    groups: tuple[tuple[str | None, ...], ...] | None
    is_live: bool | None
    is_started: bool
    took: tuple[int | None, ...]
    gaps: Gaps | None
    slugs: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Grouping:
    """By what incidents are counted: one or two of GROUPS."""

    names: tuple[str, ...]

    @property
    def periods(self) -> list[str]:
        return [name for name in self.names if name in _PERIODS]

    @property
    def may_be_several(self) -> list[str]:
        """Those of which an incident may have several, such as services: Rootly tells them by relations."""
        return [name for name in self.names if _field(name) in SLUGS]

    @property
    def relations(self) -> list[str]:
        """Their fields."""
        return [_field(name) for name in self.may_be_several]

    @cached_property
    def view(self) -> View:
        names = [_field(name) for name in self.names if name not in _PERIODS]
        return View(("status", "started_at", *MEASURES.values(), *names), omit_usual=False)

    def entry(self, document: Document, incident: Incident) -> Entry:
        rows = Rows(document, self.view)
        row = rows.row(incident)
        related = {name: document.related(incident, SLUGS[name]) for name in self.relations}
        # None where the answer does not say which services, teams … there are.
        is_known = None not in related.values()
        return Entry(
            groups=tuple(product(*(self._values(name, incident, row) for name in self.names)))
            if is_known
            else None,
            is_live=_is_live(row.get("status")),
            is_started="started_at" in row,
            took=tuple(_took(incident, name) for name in MEASURES.values()),
            gaps=rows.gaps if rows.gaps != Gaps() else None,
            slugs=tuple(self._slugs(incident, related)),
        )

    def _slugs(
        self, incident: Incident, related: Mapping[str, list[Related] | None]
    ) -> Iterator[tuple[str, str, str]]:
        for name, resources in related.items():
            for resource in resources or ():
                id_, slug = identifier(resource.id), resource.slug
                if id_ and slug:
                    yield name, intern(id_), intern(slug)
        if "severity" in self.names:
            value = incident.attributes.get("severity")
            id_, slug = nested_id(value), severity(value)
            if id_ and slug:
                yield "severity", intern(id_), intern(slug)

    def _values(
        self, name: str, incident: Incident, row: Mapping[str, Any]
    ) -> Sequence[str | None]:
        """The groups of one kind that an incident belongs to: each of its services, or None where it has none."""
        if name in _PERIODS:
            return [
                period(
                    name,
                    row.get("started_at") or times.shown(incident.attributes.get("created_at")),
                )
            ]
        value = row.get(_field(name))
        return [*dict.fromkeys(value)] if isinstance(value, list) else [value]


def _field(name: str) -> str:
    """The field of a row that shows the groups of one kind."""
    return _FIELDS.get(name, name)


def _is_live(status: str | None) -> bool | None:
    """None for a status that is not shown, or that Rootly does not document."""
    known = (status or "").lower()
    return known in LIVE if known in STATUSES else None


def _took(incident: Incident, name: str) -> int | None:
    # Not from the row, whose times are to the second.
    started = times.parse(incident.attributes.get("started_at"))
    ended = times.parse(incident.attributes.get(name))
    return (ended - started) // _MILLISECOND if started and ended else None


def period(name: str, at: str | None) -> str | None:
    """The UTC day, the Monday of its week, or its month."""
    if at is None:
        return None
    if name == "month":
        return at[:7]
    day = datetime.fromisoformat(at[:10])
    return (day - timedelta(days=day.weekday() if name == "week" else 0)).date().isoformat()
