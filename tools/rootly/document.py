"""Rootly's answer as it is on the wire: parsed in one go, straight into what is needed.

Only the envelope must be as documented. What is wrong within a row costs that row's value, not the others.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import ValidationError
from pydantic_core import CoreConfig, CoreSchema, SchemaValidator, core_schema

from tools.request import loads
from tools.text import identifier

Attributes = Mapping[str, Any]


@dataclass(frozen=True)
class Related:
    """A resource that an incident refers to; `attributes` is None where the answer does not have it."""

    id: Any
    attributes: Attributes | None


@dataclass(frozen=True)
class Incident:
    """One row. `readable` is false where it is no JSON:API resource; what there is of it is shown.

    `linked` is false where something else stands in place of the relationships.
    """

    id: Any
    attributes: Attributes
    relationships: Attributes
    readable: bool = True
    linked: bool = True


@dataclass(frozen=True)
class Document:
    incidents: list[Incident]
    included: Mapping[tuple[str | None, str | None], Attributes]
    meta: Attributes
    links: Attributes

    def related(self, incident: Incident, relation: str) -> list[Related]:
        """The resources of one relation, whether nested in the attributes, included, or only referred to."""
        linked = incident.relationships.get(relation)
        members = [*_members(incident.attributes.get(relation))] or [
            *_members(linked.get("data") if isinstance(linked, dict) else None)
        ]
        return [Related(member.id, self.included.get(_key(member.type, member.id), member.attributes)) for member in members]

    def tells(self, incident: Incident, relation: str) -> bool:
        """Whether the answer has this relation at all."""
        return relation in incident.attributes or relation in incident.relationships

    def lacks(self, incident: Incident, relation: str) -> bool:
        """Whether the answer says that there is nothing in this relation, rather than something unreadable."""
        return incident.linked and all(
            value in (None, [], {}, {"data": None}, {"data": []})
            for value in (incident.attributes.get(relation), incident.relationships.get(relation))
        )

    @property
    def total(self) -> int | None:
        total = self.meta.get("total_count")
        return total if isinstance(total, int) and not isinstance(total, bool) and 0 <= total < 2**53 else None

    @property
    def cursor(self) -> str | None:
        cursor = self.meta.get("next_cursor")
        return cursor if isinstance(cursor, str) and _CURSOR.fullmatch(cursor) else None

    @property
    def has_more(self) -> bool | None:
        """Whether Rootly says that another page follows; None where it does not say."""
        for facts, key in ((self.meta, "next_cursor"), (self.meta, "next_page"), (self.links, "next")):
            if facts.get(key):
                return True
        return False if "next_page" in self.meta or "next" in self.links else None


_CURSOR = re.compile(r"[\x21-\x7e]{1,2000}", re.ASCII)


def _key(type_: Any, id_: Any) -> tuple[str | None, str | None]:
    """What a resource is known by, whether its id is a string or a number; anything else is none."""
    return identifier(type_), identifier(id_)


@dataclass(frozen=True)
class _Member(Related):
    type: Any = None


def _members(value: Any) -> Iterator[_Member]:
    """Resources in any of the met forms: `{"data": …}` around one, around many or in each; flat objects; bare strings."""
    if isinstance(value, dict) and "data" in value:
        value = value["data"]
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict) and isinstance(item.get("data"), dict):
            item = item["data"]
        if isinstance(item, dict):
            attributes = item.get("attributes")
            is_reference = item.keys() <= {"id", "type"}
            flat = None if is_reference else item
            yield _Member(item.get("id"), attributes if isinstance(attributes, dict) else flat, item.get("type"))
        elif isinstance(item, str) and item:
            yield _Member(item, {"slug": item})
        elif item is not None:
            yield _Member(None, {})  # Something is there, but nobody can tell what.


def member(value: Any) -> Attributes:
    """The attributes of a single nested resource, in any of the met forms; empty where there is none."""
    return next((found.attributes for found in _members(value) if found.attributes), {})


def parse(body: bytes, attributes: frozenset[str], relations: frozenset[str], related: frozenset[str]) -> Document:
    """Read *body*, keeping only those *attributes* and *relations* of each incident, and of resources what is *related*.

    Raises:
        ValueError: it is no JSON, or its envelope is not the documented one.
    """
    validator = _validator(attributes, relations, related)
    try:
        wire = validator.validate_json(body)
    except ValidationError as error:
        if error.errors(include_url=False, include_input=False)[0]["type"] != "json_invalid":
            raise
        # Python's parser takes lone surrogates, which are removed later; the fast one refuses the whole body for one.
        wire = validator.validate_python(loads(body))
    if wire.get("errors") or wire.get("error"):
        raise ValueError("errors beside data")
    return Document(
        [_incident(row) for row in wire["data"]],
        {
            key: resource["attributes"]
            for resource in _mappings(wire.get("included"))
            if isinstance(resource.get("attributes"), dict)
            and (key := _key(resource.get("type"), resource.get("id")))[1] is not None
        },
        _mapping(wire.get("meta")),
        _mapping(wire.get("links")),
    )


def _incident(row: Any) -> Incident:
    if not isinstance(row, dict):
        return Incident(None, {}, {}, readable=False)
    attributes = row.get("attributes")
    return Incident(
        row.get("id"),
        _mapping(attributes),
        _mapping(row.get("relationships")),
        readable=isinstance(attributes, dict),
        linked=isinstance(row.get("relationships", {}), dict | None),
    )


def _mapping(value: Any) -> Attributes:
    return value if isinstance(value, dict) else {}


def _mappings(value: Any) -> Iterable[Attributes]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()


_ANYTHING = core_schema.any_schema()


@lru_cache(maxsize=64)
def _validator(attributes: frozenset[str], relations: frozenset[str], related: frozenset[str]) -> SchemaValidator:
    """A parser that skips what is not listed without building it: unslimmed incidents have 20 KB each.

    Wherever a value has another form than the usual one, it is taken as it is, and looked at later.
    """
    resource = _object({"id": _ANYTHING, "type": _ANYTHING}, attributes=_object(dict.fromkeys(related, _ANYTHING)))
    nested = _or_anything(core_schema.list_schema(_object({}, data=resource)))
    values = {name: nested if name in relations else _ANYTHING for name in attributes | relations}
    references = _or_anything(_object(dict.fromkeys(relations, _ANYTHING)))
    row = _object({"id": _ANYTHING, "relationships": references}, attributes=_object(values))
    envelope = _object(
        {
            "included": _or_anything(core_schema.list_schema(_or_anything(resource))),
            **dict.fromkeys(("meta", "links", "errors", "error"), _ANYTHING),
        },
        data=core_schema.list_schema(_or_anything(row)),
    )
    # Its errors go to the log with a traceback: they must not quote what the vendor sent.
    return SchemaValidator(envelope, CoreConfig(hide_input_in_errors=True))


def _object(optional: Mapping[str, CoreSchema], **required: CoreSchema) -> CoreSchema:
    fields = {
        **{name: core_schema.typed_dict_field(schema, required=False) for name, schema in optional.items()},
        **{name: core_schema.typed_dict_field(schema) for name, schema in required.items()},
    }
    return core_schema.typed_dict_schema(fields, extra_behavior="ignore")


def _or_anything(schema: CoreSchema) -> CoreSchema:
    return core_schema.union_schema([schema, _ANYTHING], mode="left_to_right")
