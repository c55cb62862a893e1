"""One incident, from Rootly's resource to a row of the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tools.rootly.columns import Column, ObjectsColumn, SlugsColumn, ValueColumn
from tools.rootly.document import Document, Incident
from tools.rootly.fields import COMPACT, FIELDS
from tools.rootly.gaps import Gaps
from tools.rootly.question import Needs
from tools.rootly.relations import RELATIONS, SLUGS
from tools.rootly.values import number
from tools.text import identifier

_USUAL: Mapping[str, Any] = {"kind": "normal", "private": False}
"""Values that `compact` and `table` leave out."""


@dataclass(frozen=True)
class View:
    """Which columns a row has: `fields` of an incident, and the relations that are included.

    `includes` are Rootly's names of relations. With `long_texts`, texts are cut later.
    """

    fields: tuple[str, ...]
    includes: tuple[str, ...] = ()
    long_texts: bool = False
    omit_usual: bool = True

    @classmethod
    def of(cls, view: str, fields: Sequence[str] | None, includes: Sequence[str]) -> "View":
        if fields:
            return cls(tuple(fields), tuple(includes), long_texts=True, omit_usual=False)
        if view == "full":
            names = tuple(name for name in FIELDS if name != "causes")
            return cls(names, tuple(includes), omit_usual=False)
        return cls(COMPACT, tuple(includes))

    @cached_property
    def columns(self) -> Mapping[str, Column]:
        """The columns by their names, made once for all rows. What is included replaces a field."""
        columns = {name: self._column(name) for name in self.fields}
        for include in self.includes:
            relation = RELATIONS[include]
            columns[relation.field] = ObjectsColumn(relation.field, include, relation.shape)
        return columns

    def _column(self, name: str) -> Column:
        if name in SLUGS:
            return SlugsColumn(name, SLUGS[name])
        field_ = FIELDS[name]
        return ValueColumn(
            name,
            field_.attributes,
            field_.read_long if self.long_texts else field_.read,
            usual=_USUAL.get(name) if self.omit_usual else None,
        )

    def needs(self) -> Needs:
        attributes: set[str] = set()
        relations = set(self.includes)
        for name in self.fields:
            if name in SLUGS:
                relations.add(SLUGS[name])
            else:
                attributes.update(FIELDS[name].attributes)
        return Needs(frozenset(attributes), frozenset(relations))


@dataclass
class Rows:
    """Makes rows of the incidents of one answer, and counts in `gaps` what could not be shown."""

    document: Document
    view: View
    gaps: Gaps = field(default_factory=Gaps)

    def row(self, incident: Incident) -> dict[str, Any]:
        """The cells of *incident* that have something to show. A row itself is never empty."""
        row: dict[str, Any] = {}
        document, gaps = self.document, self.gaps
        if not incident.is_readable:
            gaps.unreadable["incident"] += 1
        for name, column in self.view.columns.items():
            cell = column.cell(incident, document, gaps)
            if cell is not None:
                row[name] = cell
        if not incident.is_readable:
            id_ = identifier(incident.id)
            if id_:
                row.setdefault("id", id_)
        return row or _stand_in(incident)

    def table(self, incidents: Sequence[Incident]) -> tuple[list[str], list[list[Any]]]:
        """The names of the columns, and a list of cells for each incident.

        What stands in for an empty row gets a column before those of the view.
        """
        rows = [self.row(incident) for incident in incidents]
        names = [*self.view.columns]
        keys = set().union(*rows)
        stand_ins = [name for name in _STAND_INS if name in keys and name not in names]
        if stand_ins:
            pairs = zip(incidents, rows, strict=True)
            rows = [_stand_in(incident) | row for incident, row in pairs]
        names = [*stand_ins, *names]
        return names, [[row.get(name) for name in names] for row in rows]

    def notes(self) -> list[str]:
        return self.gaps.notes()


_STAND_INS = ("sequential_id", "id", "unreadable")


def _stand_in(incident: Incident) -> dict[str, Any]:
    """What names an incident whose row would be empty."""
    sequential_id = number(incident.attributes.get("sequential_id"))
    if sequential_id:
        return {"sequential_id": sequential_id}
    id_ = identifier(incident.id)
    if id_:
        return {"id": id_}
    return {"unreadable": True}
