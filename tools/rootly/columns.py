"""The columns of a row: how a cell is read from an incident, and what is counted as a gap.

A cell is None where there is nothing to show: null, absent or empty.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tools.rootly.document import TO_ONE, Document, Incident, Related
from tools.rootly.gaps import Gaps
from tools.rootly.shape import Shape
from tools.rootly.values import Reader
from tools.text import identifier

_NULL_RESOURCE = {"data": None}


class Column(Protocol):
    def cell(self, incident: Incident, document: Document, gaps: Gaps) -> Any:
        """What *incident* has in this column; *gaps* counts what cannot be shown."""


@dataclass(frozen=True)
class ValueColumn:
    """A value of the incident itself: the first of these `attributes` that has one.

    The `usual` value is left out.
    """

    name: str
    attributes: tuple[str, ...]
    read: Reader
    usual: Any = None

    def cell(self, incident: Incident, document: Document, gaps: Gaps) -> Any:
        values = {"id": incident.id} if self.name == "id" else incident.attributes
        for attribute in self.attributes:
            value = values.get(attribute)
            if value is None or value == _NULL_RESOURCE:
                continue
            cell = self.read(value)
            if cell is None or _lacks_members(cell, value):
                gaps.unreadable[self.name] += 1
            if cell or _is_number(cell):
                return None if cell == self.usual else cell
        return None


def _is_number(value: Any) -> bool:
    """Whether *value* is a number or a boolean: 0 and false are something to show."""
    return isinstance(value, (int, float))


def _lacks_members(cell: Any, value: Any) -> bool:
    """Whether *cell* has fewer members than the list or the object that it was read from."""
    if isinstance(cell, list) and isinstance(value, list):
        members = value
    elif isinstance(cell, dict):
        members = [*value.values()] if isinstance(value, dict) else _pair_values(value)
    else:
        return False
    return len(cell) < sum(member is not None for member in members)


def _pair_values(pairs: Sequence[Any]) -> list[Any]:
    """The values of labels that Rootly sent as a list of keys and values."""
    return [pair.get("value", pair) if isinstance(pair, dict) else pair for pair in pairs]


@dataclass(frozen=True)
class SlugsColumn:
    """The slugs of one relation; ids where the answer does not resolve them."""

    name: str
    relation: str

    def cell(self, incident: Incident, document: Document, gaps: Gaps) -> list[str] | None:
        slugs = []
        for related in _related(self, incident, document, gaps):
            slug = related.slug or self._id(related, gaps)
            if slug:
                slugs.append(slug)
        return slugs or None

    def _id(self, related: Related, gaps: Gaps) -> str | None:
        if related.id is not None or related.attributes is None:
            gaps.unresolved[self.name] += 1
        return _readable_id(self, related, gaps)


@dataclass(frozen=True)
class ObjectsColumn:
    """The resources of one relation as objects; one object where there is at most one."""

    name: str
    relation: str
    shape: Shape

    def cell(self, incident: Incident, document: Document, gaps: Gaps) -> Any:
        objects = []
        for related in _related(self, incident, document, gaps):
            shaped = self._object(related, gaps)
            if shaped:
                objects.append(shaped)
        if self.relation in TO_ONE and len(objects) == 1:
            return objects[0]
        return objects or None

    def _object(self, related: Related, gaps: Gaps) -> Any:
        if related.attributes is None:
            gaps.unresolved[self.name] += 1
            id_ = _readable_id(self, related, gaps)
            return {"id": id_} if id_ else None
        reading = self.shape.read(related.attributes)
        if reading.is_unreadable:
            gaps.unreadable[self.name] += 1
        if reading.is_by_id:
            gaps.unresolved[self.name] += 1
        return reading.value


def _related(
    column: SlugsColumn | ObjectsColumn, incident: Incident, document: Document, gaps: Gaps
) -> Sequence[Related]:
    related = document.related(incident, column.relation)
    if related is None and incident.is_readable:
        gaps.unknown[column.name] += 1
    return related or ()


def _readable_id(column: SlugsColumn | ObjectsColumn, related: Related, gaps: Gaps) -> str | None:
    id_ = identifier(related.id)
    if id_ is None:
        gaps.unreadable[column.name] += 1
    return id_
