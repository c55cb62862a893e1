"""The people of an incident: those with a role in it, and those who did something with it."""

from collections.abc import Iterator
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

_Identity = tuple[str | None, str | None]
"""A name and an id."""

NEEDS = Needs(attributes=frozenset(_ATTRIBUTES), relations=frozenset({_RELATION}))


class Participant(NamedTuple):
    """A person, and their part in an incident: the name of a role, or an attribute.

    `name` or `id` is None if Rootly's answer does not have one that can be shown. Without both,
    it stands for people of whom the answer says nothing.
    """

    part: str
    name: str | None = None
    id: str | None = None


def participants(document: Document, incident: Incident) -> list[Participant]:
    """The people of *incident*. Someone has one entry for each part in it."""
    people = [*_in_attributes(incident)]
    roles = document.related(incident, _RELATION)
    for role in roles or ():
        people += _in_role(role)
    if roles is None or not incident.is_readable:
        people.append(Participant(_RELATION))
    return _with_names(people)


def _in_attributes(incident: Incident) -> Iterator[Participant]:
    for attribute in _ATTRIBUTES:
        for item in items(incident.attributes.get(attribute)):
            yield Participant(attribute, *_identity(item))


def _in_role(role: Related) -> Iterator[Participant]:
    """The people of one role. Most roles have nobody."""
    attributes = role.attributes or {}
    if attributes.keys().isdisjoint((*_ASSIGNED, _ASSIGNED_ID)):
        yield Participant(_RELATION)
        return
    people: list[_Identity] = []
    for attribute in _ASSIGNED:
        people += map(_identity, items(attributes.get(attribute)))
    id_ = attributes.get(_ASSIGNED_ID)
    if not people and id_ in (None, ""):
        return
    part = _ROLE.read(attributes).value or _RELATION
    for name, own_id in people or [(None, None)]:
        yield Participant(part, name, own_id or identifier(id_))


def _identity(item: Any) -> _Identity:
    """The name and the id of a user in any form. A bare string is an id if it has only digits."""
    user = read_resource(item)
    id_ = identifier(user.id)
    if isinstance(item, str):
        return (None, id_) if item.isdecimal() else (person(item), None)
    return name_of_user(user.attributes or {}), id_


def _with_names(people: list[Participant]) -> list[Participant]:
    """*people*, where someone who has only an id gets the name that is elsewhere with this id."""
    names = {one.id: one.name for one in people if one.id and one.name}
    return [one if one.name else one._replace(name=names.get(one.id or "")) for one in people]
