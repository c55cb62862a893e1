"""The people of an incident: those with a role in it, and those who did something with it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from tools.rootly.document import Document, Incident, Related
from tools.rootly.fields import FIELDS
from tools.rootly.json_api import items, read_resource
from tools.rootly.question import Needs
from tools.rootly.relations import RELATIONS
from tools.rootly.values import name_of_user, who
from tools.text import identifier, person

_ATTRIBUTES = tuple(name for name, field in FIELDS.items() if field.read is who)
"""The attributes with a person: `user`, who declared the incident, and `started_by` and so on."""
_RELATION = "roles"
_ROLE = RELATIONS[_RELATION].shape.parts["role"]
_ASSIGNED = ("user", "assigned_to")
_ASSIGNED_ID = "user_id"

NEEDS = Needs(attributes=frozenset(_ATTRIBUTES), relations=frozenset({_RELATION}))


class Participant(NamedTuple):
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
    if attributes.keys().isdisjoint((*_ASSIGNED, _ASSIGNED_ID)):
        yield Participant(_RELATION, None, None)
        return
    id_ = attributes.get(_ASSIGNED_ID)
    people = [_person(item) for name in _ASSIGNED for item in items(attributes.get(name))]
    if not people and id_ in (None, ""):
        return
    part = _ROLE.read(attributes).value or _RELATION
    for name, own_id in people or [(None, None)]:
        yield Participant(part, name, own_id or identifier(id_))


def _in_value(part: str, value: Any) -> Iterator[Participant]:
    for item in items(value):
        yield Participant(part, *_person(item))


def _person(item: Any) -> tuple[str | None, str | None]:
    """The name and the id of a user in any form. A bare string is an id if it has only digits."""
    user = read_resource(item)
    id_ = identifier(user.id)
    if isinstance(item, str):
        return (None, id_) if item.isdecimal() else (person(item), None)
    return name_of_user(user.attributes or {}), id_


def _with_names(people: list[Participant]) -> Iterator[Participant]:
    """*people*, where someone who has only an id gets the name that is elsewhere with this id."""
    names = {one.id: one.name for one in people if one.name}
    for one in people:
        yield one if one.name else one._replace(name=names.get(one.id))
