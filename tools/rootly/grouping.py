"""Grouping: finds the groups of an incident, and makes the record that a summary counts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

from tools import times
from tools.rootly.conditions.candidates import Cells
from tools.rootly.document import Document, Incident, Related
from tools.rootly.durations import MEASURED_TIMES, MEASURES
from tools.rootly.gaps import Gaps
from tools.rootly.incident import Rows, View
from tools.rootly.json_api import nested_id
from tools.rootly.periods import PERIODS, period_of
from tools.rootly.relations import SLUGS
from tools.rootly.values import severity
from tools.rootly.vocabulary import is_live
from tools.text import identifier

DIMENSIONS = (
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

_SINGULARS = {
    "services": "service",
    "environments": "environment",
    "teams": "team",
    "types": "type",
    "functionalities": "functionality",
    "cause": "cause",
}
"""The word for one value of each dimension in which an incident may have several."""
_FIELD_BY_DIMENSION = {"cause": "causes"}
"""The row field of a dimension, if it has another name."""

GroupKey = tuple[str | None, ...]
"""An incident's value in each dimension, such as `("sev1", "2026-11")`; None where it has none."""


# With slots, the records of 50,000 incidents take 29 MB instead of 32 MB (benchmarks.grouping).
@dataclass(frozen=True, slots=True)
class IncidentRecord:
    """The facts that a summary counts of one incident.

    * `group_keys`: the keys of the groups that it counts in; None if Rootly's answer does not say
      which.
    * `is_live`: None if its status is not known.
    * `has_started_at`: whether it has a `started_at`. Without one, periods use `created_at`.
    * `durations_ms`: milliseconds for each of MEASURES. Negative if the end is before the start;
      None if one of the two times is not known.
    * `gaps`: what Rootly's answer lacks; None if it lacks nothing.
    * `slugs`: the field, id and slug of each resource that it is grouped by. A resource with two
      slugs was renamed while incidents were read.
    """

    group_keys: tuple[GroupKey, ...] | None
    is_live: bool | None
    has_started_at: bool
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
    """The dimensions that incidents are grouped by: one or two of DIMENSIONS."""

    dimensions: tuple[str, ...]

    @property
    def periods(self) -> list[str]:
        """The dimensions that are periods of time."""
        return [name for name in self.dimensions if name in PERIODS]

    @property
    def multi_valued(self) -> list[str]:
        """The dimensions in which an incident may have several values, such as services."""
        return [name for name in self.dimensions if name in _SINGULARS]

    @property
    def multi_valued_words(self) -> list[str]:
        """The words for one value of each of these, such as service."""
        return [_SINGULARS[name] for name in self.multi_valued]

    @property
    def relation_fields(self) -> list[str]:
        """The row fields of the multi-valued dimensions. Rootly sends them as relations."""
        return [_field(name) for name in self.multi_valued]

    @cached_property
    def view(self) -> View:
        """The view with the fields that a record is made from."""
        fields = [_field(name) for name in self.dimensions if name not in PERIODS]
        return View(("status", *MEASURED_TIMES, *fields), omit_usual=False)

    def record(self, document: Document, incident: Incident, cells: Cells) -> IncidentRecord:
        """The record of one incident. Its *cells* are for rows, and make no difference here."""
        rows = Rows(document, self.view)
        row = rows.row(incident)
        related = self._related(document, incident)
        group_keys = None
        if None not in related.values():
            group_keys = self._group_keys(incident, row)
        return IncidentRecord(
            group_keys=group_keys,
            is_live=is_live(row.get("status")),
            has_started_at="started_at" in row,
            durations_ms=tuple(measure.milliseconds(incident) for measure in MEASURES.values()),
            gaps=None if rows.gaps == Gaps() else rows.gaps,
            slugs=(*_slugs(related), *self._severity_slugs(incident)),
        )

    def _related(
        self, document: Document, incident: Incident
    ) -> dict[str, Sequence[Related] | None]:
        """The resources that the incident is grouped by, for each field.

        None if Rootly's answer does not mention them.
        """
        related = {}
        for field in self.relation_fields:
            related[field] = document.related(incident, SLUGS[field])
        return related

    def _group_keys(self, incident: Incident, row: Mapping[str, Any]) -> tuple[GroupKey, ...]:
        """One key for each combination of the incident's values.

        With two services and one month, there are two keys.
        """
        values = [self._values(name, incident, row) for name in self.dimensions]
        return tuple(product(*values))

    def _values(
        self, dimension: str, incident: Incident, row: Mapping[str, Any]
    ) -> Sequence[str | None]:
        if dimension in PERIODS:
            # Without `started_at`, count by `created_at`. A note says so.
            created_at = times.to_second(incident.attributes.get("created_at"))
            return [period_of(dimension, row.get("started_at") or created_at)]
        value = row.get(_field(dimension))
        if isinstance(value, list):
            return list(dict.fromkeys(value))
        return [value]

    def _severity_slugs(self, incident: Incident) -> Iterator[tuple[str, str, str]]:
        if "severity" not in self.dimensions:
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


def _field(dimension: str) -> str:
    """The row field that has the values of a dimension."""
    return _FIELD_BY_DIMENSION.get(dimension, dimension)
