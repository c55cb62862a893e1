"""One incident, from Rootly's resource to a row of the answer."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tools.rootly.document import TO_ONE, Document, Incident, Related
from tools.rootly.fields import COMPACT, FIELDS
from tools.rootly.question import Needs
from tools.rootly.relations import RELATIONS, SLUGS
from tools.rootly.values import number
from tools.text import identifier

_GOES_WITHOUT_SAYING: Mapping[str, Any] = {"kind": "normal", "private": False}


@dataclass(frozen=True)
class View:
    """Which fields a row has. `asked` is true where they were named; `includes` are Rootly's names of relations."""

    fields: tuple[str, ...]
    includes: tuple[str, ...] = ()
    asked: bool = False
    omit_usual: bool = True

    @classmethod
    def of(cls, view: str, fields: Sequence[str] | None, includes: Sequence[str]) -> "View":
        if fields:
            return cls(tuple(fields), tuple(includes), asked=True, omit_usual=False)
        if view == "full":
            return cls(
                tuple(name for name in FIELDS if name != "causes"),
                tuple(includes),
                omit_usual=False,
            )
        return cls(COMPACT, tuple(includes))

    @property
    def columns(self) -> tuple[str, ...]:
        brought = (RELATIONS[include].field for include in self.includes)
        return tuple(dict.fromkeys((*self.fields, *brought)))

    def needs(self) -> Needs:
        attributes = (
            attribute
            for name in self.fields
            if name not in SLUGS
            for attribute in FIELDS[name].attributes
        )
        slugs = (SLUGS[name] for name in self.fields if name in SLUGS)
        return Needs(frozenset(attributes), frozenset((*slugs, *self.includes)))


@dataclass
class Gaps:
    """What the rows of an answer lack, counted by field.

    `unreadable`: something is there that cannot be shown. `unresolved`: an id is shown in place of a name. `unknown`: the
    answer does not say what there is.
    """

    unreadable: Counter[str] = field(default_factory=Counter)
    unresolved: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Gaps") -> None:
        self.unreadable.update(other.unreadable)
        self.unresolved.update(other.unresolved)
        self.unknown.update(other.unknown)

    def notes(self) -> list[str]:
        """What a reader must know of the rows."""
        notes = []
        if self.unresolved:
            notes.append(
                f"Rootly's answer does not resolve some {', '.join(self.unresolved)}: shown by id."
            )
        if self.unknown:
            notes.append(
                f"Not known, and not none: Rootly's answer does not say which {_counted(self.unknown)}."
            )
        if self.unreadable:
            notes.append(f"Left out, because not readable: {_counted(self.unreadable)}.")
        return notes


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{name} ({count})" for name, count in counts.items())


@dataclass
class Rows:
    """Shapes the incidents of one answer, and counts what could not be shown."""

    document: Document
    view: View
    gaps: Gaps = field(default_factory=Gaps)

    def __post_init__(self) -> None:
        self._columns = self.view.columns
        self._included = {RELATIONS[include].field: include for include in self.view.includes}

    def row(self, incident: Incident) -> dict[str, Any]:
        """What the view has of *incident*; nothing for what is null, absent or empty. A row itself is never empty."""
        if not incident.readable:
            self.gaps.unreadable["incident"] += 1
        row: dict[str, Any] = {}
        for name in self._columns:
            if name in self._included:
                shown = self._shaped(incident, self._included[name])
            elif name in SLUGS:
                shown = self._slugs(incident, name)
            else:
                shown = self._value(incident, name)
            if shown not in (None, "", [], {}):
                row[name] = shown
        if not incident.readable and (known := identifier(incident.id)):
            row.setdefault("id", known)
        return row or _stand_in(incident)

    def table(self, incidents: Sequence[Incident]) -> tuple[list[str], list[list[Any]]]:
        """The columns, and a list for each incident. What stands in for an empty row gets a column before the view's."""
        rows = [self.row(incident) for incident in incidents]
        more = [
            name
            for name in _STAND_INS
            if name not in self.view.columns and any(name in row for row in rows)
        ]
        if more:
            rows = [
                {**_stand_in(incident), **row}
                for incident, row in zip(incidents, rows, strict=True)
            ]
        columns = [*more, *self.view.columns]
        return columns, [[row.get(column) for column in columns] for row in rows]

    def _slugs(self, incident: Incident, name: str) -> list[str] | None:
        """The slugs of one of the `SLUGS` fields; an id where the answer does not resolve it. None where they are not known."""
        related = self._related(incident, SLUGS[name], name)
        if related is None:
            return None
        return [slug for one in related if (slug := self._slug(one, name))]

    def _related(self, incident: Incident, relation: str, name: str) -> Sequence[Related] | None:
        related = self.document.related(incident, relation)
        if related is None and incident.readable:
            self.gaps.unknown[name] += 1
        return related

    def _value(self, incident: Incident, name: str) -> Any:
        field_ = FIELDS[name]
        read = field_.read_asked if self.view.asked else field_.read
        source = {"id": incident.id} if name == "id" else incident.attributes
        for attribute in field_.attributes:
            value = source.get(attribute)
            if value is None or value == {"data": None}:
                continue
            shown = read(value)
            if shown is None or _lost(value, shown):
                self.gaps.unreadable[name] += 1
            if shown is None:
                continue
            if shown not in ("", [], {}):
                usual = self.view.omit_usual and shown == _GOES_WITHOUT_SAYING.get(name)
                return None if usual else shown
        return None

    def _slug(self, related: Related, name: str) -> str | None:
        if related.slug is not None:
            return related.slug
        if related.id is not None or related.attributes is None:
            self.gaps.unresolved[name] += 1
        return self._known(related.id, name)

    def _shaped(self, incident: Incident, relation: str) -> Any:
        """A list of objects; the object where there is at most one."""
        name, shaped = RELATIONS[relation].field, list[dict[str, Any]]()
        for related in self._related(incident, relation, name) or ():
            if related.attributes is None:
                self.gaps.unresolved[name] += 1
                known = self._known(related.id, name)
                shaped += [{"id": known}] if known else []
                continue
            reading = RELATIONS[relation].shape.read(related.attributes)
            if reading.unreadable:
                self.gaps.unreadable[name] += 1
            if reading.by_id:
                self.gaps.unresolved[name] += 1
            if reading.shown:
                shaped.append(reading.shown)
        return shaped[0] if relation in TO_ONE and len(shaped) == 1 else shaped

    def _known(self, value: Any, name: str) -> str | None:
        if (known := identifier(value)) is None:
            self.gaps.unreadable[name] += 1
        return known

    def notes(self) -> list[str]:
        return self.gaps.notes()


_STAND_INS = ("sequential_id", "id", "unreadable")


def _stand_in(incident: Incident) -> dict[str, Any]:
    """What an incident is known by, where its row would be empty."""
    if sequential_id := number(incident.attributes.get("sequential_id")):
        return {"sequential_id": sequential_id}
    if id_ := identifier(incident.id):
        return {"id": id_}
    return {"unreadable": True}


def _lost(value: Any, shown: Any) -> bool:
    """Whether *shown* has fewer members than the list or the object that it was read from."""
    if isinstance(shown, str):
        return False
    if isinstance(value, list) and isinstance(shown, list):
        return len(shown) < sum(item is not None for item in value)
    if isinstance(shown, dict):
        pairs = (
            [*value.values()]
            if isinstance(value, dict)
            else [p.get("value", p) if isinstance(p, dict) else p for p in value]
        )
        return len(shown) < sum(item is not None for item in pairs)
    return False
