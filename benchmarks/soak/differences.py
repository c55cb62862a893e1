"""What a fault changed in the vendor's answer, for one field of one row."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tools.rootly.fields import FIELDS
from tools.rootly.relations import RELATIONS, SLUGS

EMPTY: Sequence[Any] = ("", [], {})
_NOT_INCLUDED = "(not included)"


def facts(name: str, include: Mapping[str, str], row: Any, document: Any) -> Any:
    """All that the vendor says about one field of one row.

    *include* has the relation of each field that `include` brings.
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
        return [attributes.get(attribute) for attribute in FIELDS[name].attributes]
    relationships = row.get("relationships")
    if isinstance(relationships, dict):
        linked = relationships.get(relation)
    else:
        linked = {"wrong": relationships}
    resources = _linked_resources(linked, document)
    return {"own": attributes.get(relation), "linked": linked, **dict(sorted(resources.items()))}


def _linked_resources(linked: Any, document: Any) -> dict[str, Any]:
    """The included resources that a relationship leads to, directly or not, by type and id."""
    included = {}
    for resource in _list(document.get("included")):
        if isinstance(resource, dict):
            included[_key(resource)] = resource
    resources: dict[str, Any] = {}
    references = list(_references(linked))
    while references:
        key = references.pop()
        if key in resources:
            continue
        resources[key] = included.get(key, _NOT_INCLUDED)
        relationships = get(resources[key], "relationships")
        if isinstance(relationships, dict):
            for relationship in relationships.values():
                references += _references(relationship)
    return resources


def _references(relationship: Any) -> Iterator[str]:
    for reference in _list(get(relationship, "data")):
        if isinstance(reference, dict):
            yield _key(reference)


def _key(resource: Mapping[str, Any]) -> str:
    return json.dumps([resource.get("type"), resource.get("id")])


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def get(value: Any, *names: str) -> Any:
    """The value at a path of names; None if there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def changes(true: Any, sent: Any) -> set[str]:
    """How the value that was sent differs from the true one, at any depth.

    `null`, `emptied`, `missing` (a resource is not included), or `altered` in another way.
    """
    if isinstance(sent, str):
        # A lone surrogate is not text, and is removed.
        sent = sent.encode("utf-8", "ignore").decode()
    if isinstance(true, dict) and isinstance(sent, dict):
        keys = {*true, *sent}
        return _all_changes((true.get(key), sent.get(key)) for key in keys)
    if isinstance(true, list) and isinstance(sent, list) and len(true) == len(sent):
        return _all_changes(zip(true, sent, strict=True))
    # In Python, 0 equals False.
    if true == sent and isinstance(true, bool) == isinstance(sent, bool):
        return set()
    if sent is None:
        return {"null"}
    if sent == _NOT_INCLUDED:
        return {"missing"}
    return {"emptied"} if sent in EMPTY else {"altered"}


def _all_changes(pairs: Iterator[tuple[Any, Any]]) -> set[str]:
    return {change for true, sent in pairs for change in changes(true, sent)}


def leaves(value: Any) -> int:
    """How many values there are in *value*, at any depth."""
    if isinstance(value, dict):
        return sum(map(leaves, value.values()))
    if isinstance(value, list):
        return sum(map(leaves, value))
    return 0 if value is None else 1


def included_relations(arguments: Mapping[str, Any]) -> dict[str, str]:
    """The relation of each field that `include` brings."""
    relations = arguments.get("include", ())
    return {RELATIONS[relation].field: relation for relation in relations}
