"""How a fault changed one field of one row in the vendor's answer."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tools.rootly.fields import FIELDS
from tools.rootly.relations import RELATIONS, SLUGS

EMPTY: Sequence[Any] = ("", [], {})
_NOT_INCLUDED = "(not included)"


def facts(name: str, include: Mapping[str, str], row: Any, document: Any) -> Any:
    """Everything in the vendor's document that decides one field of one row.

    *include* has the relations of the fields that `include` adds.
    """
    if not isinstance(row, dict):
        return row
    if name == "id":
        return row.get("id")
    attributes = row.get("attributes")
    if not isinstance(attributes, dict):
        return attributes
    relation = include.get(name) or SLUGS.get(name)
    if relation is None:
        return [*map(attributes.get, FIELDS[name].attributes)]
    linked = _relationship(row, relation)
    resources = _linked_resources(linked, document)
    return {"own": attributes.get(relation), "linked": linked, **dict(sorted(resources.items()))}


def _relationship(row: Mapping[str, Any], relation: str) -> Any:
    relationships = row.get("relationships")
    if isinstance(relationships, dict):
        return relationships.get(relation)
    return {"wrong": relationships}


def _linked_resources(linked: Any, document: Any) -> dict[str, Any]:
    """By type and id, the included resources that a relationship leads to, directly or not."""
    resources: dict[str, Any] = {}
    included = {_key(resource): resource for resource in _objects(document.get("included"))}
    keys = _references(linked)
    while keys:
        key = keys.pop()
        if key in resources:
            continue
        resources[key] = included.get(key, _NOT_INCLUDED)
        relationships = get(resources[key], "relationships")
        if isinstance(relationships, dict):
            for relationship in relationships.values():
                keys += _references(relationship)
    return resources


def _references(relationship: Any) -> list[str]:
    return [*map(_key, _objects(get(relationship, "data")))]


def _key(resource: Mapping[str, Any]) -> str:
    return json.dumps([resource.get("type"), resource.get("id")])


def _objects(value: Any) -> list[dict[str, Any]]:
    """The objects in a list, or a single object."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]


def get(value: Any, *names: str) -> Any:
    """The value at a path of names. None if there is no such path."""
    for name in names:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def changes(true: Any, sent: Any) -> set[str]:
    """How the value that was sent differs from the true one, at any depth.

    `null`, `emptied`, `missing` (a resource is not included), or `altered` in another way.
    """
    if isinstance(sent, str):
        # A lone surrogate is not text, and is removed.
        sent = sent.encode("utf-8", "ignore").decode()
    members = _members(true, sent)
    if members is None:
        return _change_of_value(true, sent)
    all_changes = set[str]()
    for true_member, sent_member in members:
        all_changes |= changes(true_member, sent_member)
    return all_changes


def _members(true: Any, sent: Any) -> list[tuple[Any, Any]] | None:
    """The pairs of members of two objects or two lists. None if they are compared as a whole."""
    if isinstance(true, dict) and isinstance(sent, dict):
        keys = {*true, *sent}
        return [(true.get(key), sent.get(key)) for key in keys]
    if isinstance(true, list) and isinstance(sent, list) and len(true) == len(sent):
        return [*zip(true, sent, strict=True)]
    return None


def _change_of_value(true: Any, sent: Any) -> set[str]:
    # In Python, 0 equals False.
    if true == sent and isinstance(true, bool) == isinstance(sent, bool):
        return set()
    if sent is None:
        return {"null"}
    if sent == _NOT_INCLUDED:
        return {"missing"}
    if sent in EMPTY:
        return {"emptied"}
    return {"altered"}


def leaves(value: Any) -> int:
    """The number of values in *value*, at any depth, without nulls."""
    match value:
        case None:
            return 0
        case dict():
            return sum(map(leaves, value.values()))
        case list():
            return sum(map(leaves, value))
    return 1


def included_relations(arguments: Mapping[str, Any]) -> dict[str, str]:
    """The relations of the fields that `include` adds."""
    relations = arguments.get("include", ())
    return {RELATIONS[relation].field: relation for relation in relations}
