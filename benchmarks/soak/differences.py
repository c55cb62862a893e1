"""What a fault made of the vendor's words about one field of one row."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tools.rootly.fields import FIELDS
from tools.rootly.relations import RELATIONS, SLUGS

EMPTY: Sequence[Any] = ("", [], {})
_MISSING = "(not included)"


def facts(name: str, include: Mapping[str, str], row: Any, document: Any) -> Any:
    """All that the vendor says of one field of one row; *include* has the relation of each field that was asked for along."""
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
    linked = row.get("relationships")
    linked = linked.get(relation) if isinstance(linked, dict) else {"wrong": linked}
    return {
        "own": attributes.get(relation),
        "linked": linked,
        **dict(sorted(_behind(linked, document).items())),
    }


def _behind(linked: Any, document: Any) -> dict[str, Any]:
    """The included resources that a relationship refers to, and those that they refer to, by type and id."""
    included = {_key(one): one for one in _list(document.get("included")) if isinstance(one, dict)}
    found = dict[str, Any]()
    references = [*_references(linked)]
    while references:
        key = references.pop()
        if key in found:
            continue
        found[key] = included.get(key, _MISSING)
        inner = get(found[key], "relationships")
        for relationship in inner.values() if isinstance(inner, dict) else ():
            references += _references(relationship)
    return found


def _references(relationship: Any) -> Iterator[str]:
    for one in _list(get(relationship, "data")):
        if isinstance(one, dict):
            yield _key(one)


def _key(resource: Mapping[str, Any]) -> str:
    return json.dumps([resource.get("type"), resource.get("id")])


def _list(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def get(value: Any, *names: str) -> Any:
    """A member of a member, and so on; None where there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def kinds(true: Any, sent: Any) -> set[str]:
    """How what was sent differs: `null`, `emptied`, `missing` among what is included, or `altered` in another way."""
    if isinstance(sent, str):
        sent = sent.encode(
            "utf-8", "ignore"
        ).decode()  # A lone surrogate is no text, and is removed.
    if isinstance(true, dict) and isinstance(sent, dict):
        return set[str]().union(*(kinds(true.get(key), sent.get(key)) for key in {*true, *sent}))
    if isinstance(true, list) and isinstance(sent, list) and len(true) == len(sent):
        return set[str]().union(*(kinds(one, other) for one, other in zip(true, sent, strict=True)))
    if true == sent and isinstance(true, bool) == isinstance(sent, bool):  # To Python, 0 is False.
        return set()
    if sent is None:
        return {"null"}
    if sent == _MISSING:
        return {"missing"}
    return {"emptied"} if sent in EMPTY else {"altered"}


def leaves(value: Any) -> int:
    """How many values there are in *value*, at any depth."""
    if isinstance(value, dict):
        return sum(map(leaves, value.values()))
    return sum(map(leaves, value)) if isinstance(value, list) else int(value is not None)


def brought_by(arguments: Mapping[str, Any]) -> dict[str, str]:
    """The relation of each field that `include` brings."""
    return {RELATIONS[relation].field: relation for relation in arguments.get("include", ())}
