"""How a related resource is shown: its keys in results, and the attributes that each is read from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.rootly.document import Attributes, member_id
from tools.text import identifier

Read = Callable[[Any], Any]
"""Makes a vendor's value safe to show: None for what it cannot show, something empty for what is empty."""

_EMPTY: Sequence[Any] = (None, "", [], {}, {"data": None}, {"data": []})


@dataclass(frozen=True)
class Reading:
    """What is shown of a value: None for nothing.

    `unreadable` is true where something of it cannot be shown. `by_id` is true where an id stands in place of a name.
    """

    shown: Any = None
    unreadable: bool = False
    by_id: bool = False


@dataclass(frozen=True)
class First:
    """The first of `sources`, each with its reader, that can be shown. Where none can, the id in its place.

    `ids` are attributes that hold such an id; a source that is a nested resource has one, too.
    """

    sources: tuple[tuple[Read, str], ...]
    ids: tuple[str, ...] = ()

    @property
    def attributes(self) -> tuple[str, ...]:
        return (*(source for _, source in self.sources), *self.ids)

    def read(self, attributes: Attributes) -> Reading:
        unreadable = False
        for read, source in self.sources:
            value = attributes.get(source)
            if value in _EMPTY:
                continue
            shown = read(value)
            if shown not in _EMPTY:
                return Reading(shown)
            unreadable |= shown is None
        known = self._id(attributes)
        if known:
            return Reading(known, by_id=True)
        return Reading(
            unreadable=unreadable or any(attributes.get(name) not in _EMPTY for name in self.ids)
        )

    def _id(self, attributes: Attributes) -> str | None:
        if not self.ids:
            return None
        nested = [
            value for _, source in self.sources if isinstance(value := attributes.get(source), dict)
        ]
        known = (_id(value) for value in (*map(attributes.get, self.ids), *nested))
        return next(filter(None, known), None)


def _id(value: Any) -> str | None:
    """An id, or that of a nested resource. An e-mail address is shown nowhere, not even as an id."""
    known = member_id(value) if isinstance(value, dict) else identifier(value)
    return None if known and "@" in known else known


def first(read: Read, *sources: str) -> First:
    """The first of *sources* that *read* can show."""
    return First(tuple((read, source) for source in sources))


@dataclass(frozen=True)
class Selected:
    """What was chosen in a custom field: `source` has one or several things, and `ids` has their ids.

    `name` reads what each is called.
    """

    name: Read
    source: str
    ids: str

    @property
    def attributes(self) -> tuple[str, ...]:
        return (self.source, self.ids)

    def read(self, attributes: Attributes) -> Reading:
        chosen = [
            item
            for item in _several(attributes.get(self.source))
            if not _is_text(item, attributes.get("value"))
        ]
        known = {_id(item) for item in chosen}
        # An object without an id may be any of those that only the ids name.
        others = (
            []
            if None in known
            else [item for item in _several(attributes.get(self.ids)) if _id(item) not in known]
        )
        names = [self.name(item) for item in chosen] + [None] * len(others)
        shown = [
            called or _id(item) for called, item in zip(names, (*chosen, *others), strict=True)
        ]
        return Reading(
            [each for each in shown if each] or None,
            unreadable=not all(shown),
            by_id=any(each and not called for called, each in zip(names, shown, strict=True)),
        )


def _is_text(item: Any, value: Any) -> bool:
    # In a text field Rootly has {"id": null, "value": …} in the place of the things chosen, with the text again.
    return (
        isinstance(item, dict) and item.get("id", "") is None and item.get("value") in (None, value)
    )


def _several(value: Any) -> list[Any]:
    if isinstance(value, dict) and "data" in value:
        value = value["data"]
    if isinstance(value, list):
        return value
    return [] if value in _EMPTY else [value]


Part = First | Selected


@dataclass(frozen=True)
class Shape:
    """`parts` are the keys in results and how each is read.

    `subject` is the key that says what the resource is about: where the answer does not even have its attributes, the
    resource is not readable. A resource that has none of `needed` says nothing, and is not shown.
    """

    parts: Mapping[str, Part]
    subject: str | None = None
    needed: tuple[str, ...] = ()

    @property
    def sources(self) -> frozenset[str]:
        return frozenset(source for part in self.parts.values() for source in part.attributes)

    def read(self, attributes: Attributes) -> Reading:
        """A resource as an object; `shown` is None where it says nothing."""
        readings = {key: part.read(attributes) for key, part in self.parts.items()}
        row = {key: reading.shown for key, reading in readings.items() if reading.shown is not None}
        says_something = not self.needed or any(key in row for key in self.needed)
        return Reading(
            row if row and says_something else None,
            unreadable=not row
            or self._lacks_subject(attributes)
            or any(r.unreadable for r in readings.values()),
            by_id=any(reading.by_id for reading in readings.values()),
        )

    def _lacks_subject(self, attributes: Attributes) -> bool:
        return self.subject is not None and attributes.keys().isdisjoint(
            self.parts[self.subject].attributes
        )
