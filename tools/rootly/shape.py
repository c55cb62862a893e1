"""Shapes: the few attributes of a resource that are shown, and how each is read.

    Shape(
        {
            "person": first(who, "user").then(person, "full_name", "name").or_id("user_id"),
            "at": first(times.to_second, "sent_at", "created_at"),
        }
    )

reads an object with two keys. `person` is the first of these that can be shown: the name of the
nested `user`, the resource's own `full_name`, its `name`, and the id of the user. `at` is the first
of two times.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self

from tools.json_values import mappings
from tools.rootly.json_api import Attributes, nested_id, unwrapped
from tools.rootly.values import Reader
from tools.text import identifier

_EMPTY: tuple[Any, ...] = (None, "", [], {}, {"data": None}, {"data": []})


@dataclass(frozen=True)
class ValueReading:
    """The result of reading: a `value`, or None if there is nothing to show.

    - `is_unreadable`: Rootly sent something that cannot be shown.
    - `is_by_id`: an id stands in place of a name.
    """

    value: Any = None
    is_unreadable: bool = False
    is_by_id: bool = False


class Part(Protocol):
    """Reads one key of an object from Rootly's attributes."""

    @property
    def attributes(self) -> frozenset[str]:
        """The names of the attributes that it reads."""

    def read(self, attributes: Attributes) -> ValueReading:
        """The value of the object under the key."""


@dataclass(frozen=True)
class First:
    """The first attribute that can be shown, each with its reader."""

    readers: tuple[tuple[str, Reader], ...]

    def then(self, read: Reader, *attributes: str) -> Self:
        """Look at these *attributes* after the others."""
        return replace(self, readers=(*self.readers, *_with_reader(read, attributes)))

    def or_id(self, attribute: str) -> "OrId":
        """Show an id if nothing else can be shown."""
        return OrId(self, attribute)

    @property
    def attributes(self) -> frozenset[str]:
        return frozenset(name for name, _ in self.readers)

    def read(self, attributes: Attributes) -> ValueReading:
        is_unreadable = False
        for name, read in self.readers:
            value = attributes.get(name)
            if value in _EMPTY:
                continue
            readable = read(value)
            if readable not in _EMPTY:
                return ValueReading(readable)
            is_unreadable |= readable is None
        return ValueReading(is_unreadable=is_unreadable)


@dataclass(frozen=True)
class OrId:
    """The value that `first` reads, or an id: from `id_attribute`, or from a nested resource."""

    first: First
    id_attribute: str

    @property
    def attributes(self) -> frozenset[str]:
        return self.first.attributes | {self.id_attribute}

    def read(self, attributes: Attributes) -> ValueReading:
        reading = self.first.read(attributes)
        if reading.value is not None:
            return reading
        id_ = self._id(attributes)
        if id_:
            return ValueReading(id_, is_by_id=True)
        has_id = attributes.get(self.id_attribute) not in _EMPTY
        return ValueReading(is_unreadable=reading.is_unreadable or has_id)

    def _id(self, attributes: Attributes) -> str | None:
        nested = mappings([attributes.get(name) for name, _ in self.first.readers])
        for value in (attributes.get(self.id_attribute), *nested):
            id_ = _safe_id(value)
            if id_:
                return id_
        return None


def first(read: Reader, *attributes: str) -> First:
    """The first of *attributes* that *read* can show."""
    return First(_with_reader(read, attributes))


def _with_reader(read: Reader, attributes: tuple[str, ...]) -> tuple[tuple[str, Reader], ...]:
    return tuple((name, read) for name in attributes)


def _safe_id(value: Any) -> str | None:
    """An id, or that of a nested resource, unless it is an e-mail address."""
    id_ = nested_id(value) if isinstance(value, dict) else identifier(value)
    if id_ and "@" in id_:
        return None
    return id_


@dataclass(frozen=True)
class Chosen:
    """The choices in a custom field: one or several things, each shown by its name or its id.

    `attribute` has the things, and `id_attribute` their ids. `read_name` reads the name of one.
    """

    read_name: Reader
    attribute: str
    id_attribute: str

    @property
    def attributes(self) -> frozenset[str]:
        return frozenset((self.attribute, self.id_attribute))

    def read(self, attributes: Attributes) -> ValueReading:
        labels = []
        is_unreadable = is_by_id = False
        for name, id_ in self._names_and_ids(attributes):
            if name:
                labels.append(name)
            elif id_:
                labels.append(id_)
                is_by_id = True
            else:
                is_unreadable = True
        return ValueReading(labels or None, is_unreadable, is_by_id)

    def _names_and_ids(self, attributes: Attributes) -> list[tuple[str | None, str | None]]:
        chosen = [(self.read_name(thing), _safe_id(thing)) for thing in self._things(attributes)]
        known_ids = {id_ for _, id_ in chosen}
        if None in known_ids:
            # A thing without an id may be any of those that only have an id.
            return chosen
        ids = map(_safe_id, _several(attributes.get(self.id_attribute)))
        return chosen + [(None, id_) for id_ in ids if id_ not in known_ids]

    def _things(self, attributes: Attributes) -> list[Any]:
        text = attributes.get("value")
        things = _several(attributes.get(self.attribute))
        return [thing for thing in things if not _is_text(thing, text)]


def _is_text(thing: Any, text: Any) -> bool:
    """Whether *thing* is the text of a text field.

    Rootly repeats the text as `{"id": null, "value": …}`, where the chosen things would be.
    """
    if not isinstance(thing, dict) or thing.get("id", "") is not None:
        return False
    return thing.get("value") in (None, text)


def _several(value: Any) -> list[Any]:
    value = unwrapped(value)
    if isinstance(value, list):
        return value
    if value in _EMPTY:
        return []
    return [value]


@dataclass(frozen=True)
class Shape:
    """Reads a resource as an object: `parts` are its keys.

    - `subject`: the key that says what the resource is about. If Rootly sent none of its
      attributes, the resource counts as unreadable.
    - `needed`: keys. A resource that has none of them is not shown.
    """

    parts: Mapping[str, Part]
    subject: str | None = None
    needed: tuple[str, ...] = ()

    @property
    def attributes(self) -> frozenset[str]:
        """Rootly's attributes that the shape reads."""
        names: set[str] = set()
        for part in self.parts.values():
            names |= part.attributes
        return frozenset(names)

    def read(self, attributes: Attributes) -> ValueReading:
        """Read a resource as an object."""
        values = {}
        is_unreadable = self._lacks_subject(attributes)
        is_by_id = False
        for key, part in self.parts.items():
            reading = part.read(attributes)
            is_unreadable |= reading.is_unreadable
            is_by_id |= reading.is_by_id
            if reading.value is not None:
                values[key] = reading.value
        if not values:
            return ValueReading(None, is_unreadable=True, is_by_id=is_by_id)
        if self._lacks_needed(values):
            return ValueReading(None, is_unreadable, is_by_id)
        return ValueReading(values, is_unreadable, is_by_id)

    def _lacks_needed(self, values: Mapping[str, Any]) -> bool:
        return bool(self.needed) and values.keys().isdisjoint(self.needed)

    def _lacks_subject(self, attributes: Attributes) -> bool:
        if self.subject is None:
            return False
        return attributes.keys().isdisjoint(self.parts[self.subject].attributes)
