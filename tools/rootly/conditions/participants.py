"""The people of an incident: those with a role in it, and those who did something with it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from tools.rootly.document import Document, Incident, Related
from tools.rootly.fields import FIELDS
from tools.rootly.json_api import items, nested_id
from tools.rootly.question import Needs
from tools.rootly.relations import RELATIONS
from tools.rootly.values import who
from tools.text import identifier, person

_ATTRIBUTES = tuple(name for name, field in FIELDS.items() if field.read is who)
"""The attributes with a person: `user`, who declared the incident, and `started_by` and so on."""
_RELATION = "roles"
_ROLE = RELATIONS[_RELATION].shape.parts["role"]
_ASSIGNED = ("user", "assigned_to")
_ASSIGNED_ID = "user_id"

NEEDS = Needs(attributes=frozenset(_ATTRIBUTES), relations=frozenset({_RELATION}))


@dataclass(frozen=True)
class Participant:
    """A person, and their part in an incident: the name of a role, or an attribute.

    `name` or `id` is None if Rootly's answer does not have one that can be shown.
    """

    part: str
    name: str | None
    id: str | None

    @property
    def is_known(self) -> bool:
        """Whether anything says who it is."""
        return self.name is not None or self.id is not None


@dataclass(frozen=True)
class Participants:
    """The people of one incident. `is_complete`: whether Rootly's answer says who all of them are.

    Someone of whom only a name or only an id is known counts as known.
    """

    people: tuple[Participant, ...]
    is_complete: bool


def participants(document: Document, incident: Incident) -> Participants:
    """The people of *incident*. Someone has one entry for each part in it."""
    people = [*_in_attributes(incident)]
    roles = document.related(incident, _RELATION)
    for role in roles or ():
        people += _in_role(role)
    known = [one for one in people if one.is_known]
    is_complete = incident.is_readable and roles is not None and len(known) == len(people)
    return Participants(tuple(_with_names(known)), is_complete)


def _in_attributes(incident: Incident) -> Iterator[Participant]:
    for attribute in _ATTRIBUTES:
        yield from _in_value(attribute, incident.attributes.get(attribute))


def _in_role(role: Related) -> Iterator[Participant]:
    """The people of one role. Most roles have nobody."""
    attributes = role.attributes or {}
    part = _ROLE.read(attributes).value or _RELATION
    if attributes.keys().isdisjoint((*_ASSIGNED, _ASSIGNED_ID)):
        yield Participant(part, None, None)
        return
    person_id = attributes.get(_ASSIGNED_ID)
    id_ = identifier(person_id)
    has_person = False
    for attribute in _ASSIGNED:
        for one in _in_value(part, attributes.get(attribute)):
            has_person = True
            yield replace(one, id=one.id or id_)
    if person_id not in (None, "") and not has_person:
        yield Participant(part, None, id_)


def _in_value(part: str, value: Any) -> Iterator[Participant]:
    """The people in *value*: a nested user in any form, or a bare string, which may be a name."""
    for item in items(value):
        yield Participant(part, who(item) or person(item), nested_id(item))


def _with_names(people: list[Participant]) -> Iterator[Participant]:
    """*people*, where someone who has only an id gets the name that is elsewhere with this id."""
    names = {one.id: one.name for one in people if one.name}
    for one in people:
        yield replace(one, name=one.name or names.get(one.id))
