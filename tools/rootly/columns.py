"""The columns of a row: how a cell is read from an incident, and what is counted as a gap.

A cell is None where there is nothing to show: null, absent or empty.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from tools.rootly.document import TO_ONE, Document, Incident, Related
from tools.rootly.gaps import Gaps
from tools.rootly.shape import Shape
from tools.rootly.values import Reader, label_values
from tools.text import identifier

_NULL_RESOURCE = {"data": None}
_MAY_BE_INCOMPLETE = (type(None), list, dict)
"""The types of cells that may not show all of a value."""


class Column(Protocol):
    """One column of all rows."""

    def cell(self, incident: Incident, document: Document, gaps: Gaps) -> Any:
        """What *incident* has in this column; *gaps* counts what cannot be shown."""


@dataclass(frozen=True)
class ValueColumn:
    """A value of the incident itself: the first of these `attributes` that has one."""

    name: str
    attributes: tuple[str, ...]
    read: Reader

    def cell(self, incident: Incident, document: Document, gaps: Gaps) -> Any:
        for attribute in self.attributes:
            value = incident.attributes.get(attribute)
            if value is None:
                continue
            cell = self.read(value)
            if isinstance(cell, _MAY_BE_INCOMPLETE) and _is_incomplete(cell, value):
                gaps.unreadable[self.name] += 1
            # 0 and false are something to show.
            if cell or cell == 0:
                return cell
        return None


class IdColumn(ValueColumn):
    """The id of the incident, which is not one of its attributes."""

    def cell(self, incident: Incident, document: Document, gaps: Gaps) -> Any:
        only_id = replace(incident, attributes={"id": incident.id})
        return super().cell(only_id, document, gaps)


def _is_incomplete(cell: Any, value: Any) -> bool:
    """Whether *cell* does not show all of the *value* that it was read from."""
    if cell is None:
        return value != _NULL_RESOURCE  # type: ignore[no-any-return]
    if isinstance(cell, list):
        return len(cell) < _count(value)
    if isinstance(cell, dict):
        return len(cell) < _count(label_values(value))
    return False


def _count(members: Iterable[Any]) -> int:
    """How many *members* are not null."""
    return sum(member is not None for member in members)


@dataclass(frozen=True)
class RelationColumn:
    """The resources of one relation, for which `name` counts the gaps."""

    name: str
    relation: str

    def related(self, incident: Incident, document: Document, gaps: Gaps) -> Sequence[Related]:
        """The resources that *incident* refers to; none where the answer does not say which."""
        related = document.related(incident, self.relation)
        if related is None and incident.is_readable:
            gaps.unknown[self.name] += 1
        return related or ()

    def readable_id(self, related: Related, gaps: Gaps) -> str | None:
        """The id of a resource, if it can be shown."""
        id_ = identifier(related.id)
        if id_ is None:
            gaps.unreadable[self.name] += 1
        return id_


class SlugsColumn(RelationColumn):
    """The slugs of one relation; ids where the answer does not resolve them."""

    def cell(self, incident: Incident, document: Document, gaps: Gaps) -> list[str] | None:
        slugs = []
        for related in self.related(incident, document, gaps):
            slug = related.slug or self._id(related, gaps)
            if slug:
                slugs.append(slug)
        return slugs or None

    def _id(self, related: Related, gaps: Gaps) -> str | None:
        """The id in place of a slug. A resource that has neither is unreadable."""
        if related.id is not None or related.attributes is None:
            gaps.unresolved[self.name] += 1
        return self.readable_id(related, gaps)


@dataclass(frozen=True)
class ObjectsColumn(RelationColumn):
    """The resources of one relation as objects; one object where there is at most one."""

    shape: Shape

    def cell(self, incident: Incident, document: Document, gaps: Gaps) -> Any:
        related = self.related(incident, document, gaps)
        shaped = [self._object(resource, gaps) for resource in related]
        objects = [one for one in shaped if one]
        if self.relation in TO_ONE and len(objects) == 1:
            return objects[0]
        return objects or None

    def _object(self, related: Related, gaps: Gaps) -> Any:
        if related.attributes is None:
            return self._reference(related, gaps)
        reading = self.shape.read(related.attributes)
        gaps.count(self.name, reading)
        return reading.value

    def _reference(self, related: Related, gaps: Gaps) -> dict[str, str] | None:
        """The id alone, where the answer has nothing else of the resource."""
        gaps.unresolved[self.name] += 1
        id_ = self.readable_id(related, gaps)
        if id_ is None:
            return None
        return {"id": id_}
