"""One incident, from Rootly's resource to a row of the answer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from tools.rootly.columns import Column, IdColumn, ObjectsColumn, SlugsColumn, ValueColumn
from tools.rootly.document import Document, Incident
from tools.rootly.durations import MinutesColumn
from tools.rootly.fields import COMPACT, FIELDS, FULL
from tools.rootly.gaps import Gaps
from tools.rootly.question import Needs
from tools.rootly.relations import RELATIONS, SLUGS
from tools.rootly.values import Reader, number
from tools.text import identifier

COMPUTED = {"minutes": MinutesColumn}
"""The columns that are computed, from several attributes and the time of the call."""
FIELD_NAMES = (*FIELDS, *COMPUTED)
"""The fields that a call may name."""

_USUAL: Mapping[str, Any] = {"kind": "normal", "private": False}
"""Values that `compact` and `table` leave out."""


@dataclass(frozen=True)
class View:
    """Which columns a row has: `fields` of an incident, and the relations that are included.

    `includes` are Rootly's names of relations. With `long_texts`, a text may be longer. `now` is
    the time of the call, up to which `minutes` counts for a live incident.
    """

    fields: tuple[str, ...]
    includes: tuple[str, ...] = ()
    long_texts: bool = False
    omit_usual: bool = True
    now: datetime | None = None

    @classmethod
    def of(
        cls,
        view: str,
        fields: Sequence[str] | None,
        includes: Sequence[str],
        now: datetime | None,
    ) -> "View":
        """The view that a call asks for: *fields* by their names, or the *view* of that name."""
        if fields:
            return cls(tuple(fields), tuple(includes), long_texts=True, omit_usual=False, now=now)
        if view == "full":
            return cls(FULL, tuple(includes), omit_usual=False, now=now)
        return cls(COMPACT, tuple(includes), now=now)

    @cached_property
    def columns(self) -> Mapping[str, Column]:
        """The columns by their names, made once for all rows.

        A relation that is included takes the place of the field with the same name.
        """
        columns: dict[str, Column] = {}
        for name in self.fields:
            columns[name] = self._column(name)
        for include in self.includes:
            relation = RELATIONS[include]
            columns[relation.field] = ObjectsColumn(relation.field, include, relation.shape)
        return columns

    def _column(self, name: str) -> Column:
        if name in COMPUTED:
            return COMPUTED[name](self.now)
        if name in SLUGS:
            return SlugsColumn(name, SLUGS[name])
        field_ = FIELDS[name]
        read = field_.read_long if self.long_texts else field_.read
        if self.omit_usual and name in _USUAL:
            read = _omitting(_USUAL[name], read)
        column_type = IdColumn if name == "id" else ValueColumn
        return column_type(name, field_.attributes, read)

    def needs(self) -> Needs:
        """What Rootly must send for these columns."""
        needs = Needs(relations=frozenset(self.includes))
        for name in self.fields:
            needs |= _needs(name)
        return needs


def _needs(name: str) -> Needs:
    """What Rootly must send for the field *name*."""
    if name in COMPUTED:
        return COMPUTED[name].needs
    if name in SLUGS:
        return Needs(relations=frozenset({SLUGS[name]}))
    return Needs(frozenset(FIELDS[name].attributes))


def _omitting(usual: Any, read: Reader) -> Reader:
    """*read*, but the *usual* value counts as empty."""

    def read_unusual(value: Any) -> Any:
        cell = read(value)
        return "" if cell == usual else cell

    return read_unusual


@dataclass
class Rows:
    """Makes rows of the incidents of one answer, and counts in `gaps` what could not be shown."""

    document: Document
    view: View
    gaps: Gaps = field(default_factory=Gaps)

    def row(self, incident: Incident) -> dict[str, Any]:
        """The cells of *incident* that have something to show. A row itself is never empty."""
        if incident.is_readable:
            return self._cells(incident) or stand_in(incident)
        self.gaps.unreadable["incident"] += 1
        row = self._cells(incident) | _readable_id(incident)
        return row or stand_in(incident)

    def _cells(self, incident: Incident) -> dict[str, Any]:
        cells: dict[str, Any] = {}
        document, gaps = self.document, self.gaps
        for name, column in self.view.columns.items():
            cell = column.cell(incident, document, gaps)
            if cell is not None:
                cells[name] = cell
        return cells

    def notes(self) -> list[str]:
        """What a reader of the rows must know."""
        return self.gaps.notes()


_STAND_INS = ("sequential_id", "id", "unreadable")


def table_of(
    rows: Sequence[Mapping[str, Any]],
    stand_ins: Sequence[Mapping[str, Any]],
    columns: Iterable[str],
) -> tuple[list[str], list[list[Any]]]:
    """The names of the columns, and a list of cells for each row.

    *stand_ins* are those of the same incidents. What stands in for an empty row gets a column
    before the others. Then this column names every incident.
    """
    stand_in_columns = _stand_in_columns(rows, columns)
    names = [*stand_in_columns, *columns]
    table = []
    for row, stand_in in zip(rows, stand_ins, strict=True):
        cells = {**stand_in, **row} if stand_in_columns else row
        table.append([cells.get(name) for name in names])
    return names, table


def _stand_in_columns(rows: Iterable[Mapping[str, Any]], columns: Iterable[str]) -> list[str]:
    keys = set().union(*rows).difference(columns)
    return [name for name in _STAND_INS if name in keys]


def stand_in(incident: Incident) -> dict[str, Any]:
    """What names an incident whose row would be empty."""
    sequential_id = number(incident.attributes.get("sequential_id"))
    if sequential_id:
        return {"sequential_id": sequential_id}
    return _readable_id(incident) or {"unreadable": True}


def _readable_id(incident: Incident) -> dict[str, str]:
    id_ = identifier(incident.id)
    if id_ is None:
        return {}
    return {"id": id_}
