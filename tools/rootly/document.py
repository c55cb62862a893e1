"""Rootly's answer as it is on the wire: parsed in one go, straight into what is needed.

Only the envelope must be as documented. What is wrong within a row costs that row's value, not the others.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from pydantic import ValidationError
from pydantic_core import CoreConfig, CoreSchema, SchemaValidator, core_schema

from tools.failure import is_error
from tools.request import loads
from tools.text import identifier

Attributes = Mapping[str, Any]

TO_ONE = frozenset(("incident_post_mortem",))
"""The relations of which an incident has at most one."""
_ABSENT: Any = object()
_REFERENCE = {"id", "type"}


@dataclass(frozen=True)
class Related:
    """A resource that an incident refers to; `attributes` is None where the answer does not have it.

    Among the attributes is also what the resource itself refers to, as `{"data": …}`.
    """

    id: Any
    attributes: Attributes | None

    @cached_property
    def slug(self) -> str | None:
        """What it is filtered by, or called where it has no slug."""
        attributes = self.attributes or {}
        return identifier(attributes.get("slug")) or identifier(attributes.get("name"))


@dataclass(frozen=True)
class Incident:
    """One row. `readable` is false where it is no JSON:API resource; what there is of it is shown."""

    id: Any
    attributes: Attributes
    relationships: Attributes
    readable: bool = True


@dataclass(frozen=True)
class Resource:
    """A JSON:API resource, or a reference to one, which has no attributes."""

    id: Any
    type: Any = None
    attributes: Attributes | None = None
    relationships: Attributes = field(default_factory=dict)


@dataclass(frozen=True)
class Document:
    incidents: list[Incident]
    included: Mapping[tuple[str | None, str | None], Resource]
    meta: Attributes
    links: Attributes
    _known: dict[tuple[str, str], Related] = field(default_factory=dict)
    """What references refer to: an answer repeats the same few in each row."""

    def related(self, incident: Incident, relation: str) -> list[Related] | None:
        """The resources of one relation, whether nested in the attributes, included, or only referred to.

        None where the answer does not say which there are: that is something else than none.
        """
        is_known = False
        for value in (
            _data(incident.attributes.get(relation, _ABSENT)),
            _linked(incident.relationships.get(relation)),
        ):
            resources = [self._resource(item) for item in _items(value)]
            if resources:
                return resources
            # Where there can be several, none is an empty list: null says nothing.
            is_known |= isinstance(value, list) or (value is None and relation in TO_ONE)
        return [] if is_known else None

    def _resource(self, item: Any) -> Related:
        if not isinstance(item, dict) or item.keys() != _REFERENCE:
            return self._resolve(_resource(item))
        key = item["type"], item["id"]
        if not all(isinstance(part, str) for part in key):
            return self._resolve(_resource(item))
        if (related := self._known.get(key)) is None:
            related = self._known[key] = self._resolve(_resource(item))
        return related

    def _resolve(self, reference: Resource) -> Related:
        resource = self._included(reference)
        if resource.attributes is None or not resource.relationships:
            return Related(reference.id, resource.attributes)
        attributes = dict(resource.attributes)
        for name, value in resource.relationships.items():
            linked = next(_resources(_linked(value)), None)
            if linked and attributes.get(name) is None:
                attributes[name] = {"data": _as_wire(self._included(linked))}
        return Related(reference.id, attributes)

    def _included(self, reference: Resource) -> Resource:
        return self.included.get(_key(reference.type, reference.id), reference)

    @property
    def total(self) -> int | None:
        total = self.meta.get("total_count")
        if isinstance(total, str) and total.isascii() and total.isdigit() and len(total) < 16:
            return int(total)
        return (
            total
            if isinstance(total, int) and not isinstance(total, bool) and 0 <= total < 2**53
            else None
        )

    @property
    def cursor(self) -> str | None:
        cursor = self.meta.get("next_cursor")
        return cursor if isinstance(cursor, str) and _CURSOR.fullmatch(cursor) else None

    @property
    def names_next_page(self) -> bool:
        return bool(self.meta.get("next_page"))

    @property
    def has_more(self) -> bool | None:
        """Whether Rootly says that another page follows; None where it does not say."""
        for facts, key in (
            (self.meta, "next_cursor"),
            (self.meta, "next_page"),
            (self.links, "next"),
        ):
            if facts.get(key):
                return True
        return False if "next_page" in self.meta or "next" in self.links else None


_CURSOR = re.compile(r"[\x21-\x7e]{1,2000}", re.ASCII)


def _key(type_: Any, id_: Any) -> tuple[str | None, str | None]:
    """What a resource is known by, whether its id is a string or a number; anything else is none."""
    return identifier(type_), identifier(id_)


def _linked(relationship: Any) -> Any:
    """What a JSON:API relationship refers to. One without `data`, with a link alone, does not say."""
    return (
        relationship["data"]
        if isinstance(relationship, dict) and "data" in relationship
        else _ABSENT
    )


def _data(value: Any) -> Any:
    """What is in `{"data": …}`, or the value itself."""
    return value["data"] if isinstance(value, dict) and "data" in value else value


def _resources(value: Any) -> Iterator[Resource]:
    """Resources in any of the met forms: `{"data": …}` around one, around many or in each; flat objects; bare strings."""
    return map(_resource, _items(value))


def _items(value: Any) -> Sequence[Any]:
    value = _data(value)
    if isinstance(value, list):
        return value
    return () if value is None or value == "" or value is _ABSENT else (value,)


def _resource(item: Any) -> Resource:
    if isinstance(item, dict) and isinstance(item.get("data"), dict):
        item = item["data"]
    if isinstance(item, dict):
        attributes = item.get("attributes")
        is_reference = item.keys() <= _REFERENCE
        flat = None if is_reference else item
        return Resource(
            item.get("id"),
            item.get("type"),
            attributes if isinstance(attributes, dict) else flat,
            _mapping(item.get("relationships")),
        )
    if isinstance(item, str) and item:
        return Resource(item, attributes={"slug": item})
    return Resource(None, attributes={})  # Something is there, but nobody can tell what.


def _as_wire(resource: Resource) -> dict[str, Any]:
    reference = {"id": resource.id, "type": resource.type}
    return (
        reference
        if resource.attributes is None
        else {**reference, "attributes": resource.attributes}
    )


def member(value: Any) -> Attributes:
    """The attributes of a single nested resource, in any of the met forms; empty where there is none."""
    return next((found.attributes for found in _resources(value) if found.attributes), {})


def member_id(value: Any) -> str | None:
    """The id of a single nested resource, or of a reference to one."""
    return next((known for found in _resources(value) if (known := identifier(found.id))), None)


def parse(
    body: bytes, attributes: frozenset[str], relations: frozenset[str], related: frozenset[str]
) -> Document:
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
    if is_error(wire):
        raise ValueError("an error beside data")
    return Document(
        [_incident(row) for row in wire["data"]],
        _included(wire.get("included")),
        _mapping(wire.get("meta")),
        _mapping(wire.get("links")),
    )


def _included(value: Any) -> dict[tuple[str | None, str | None], Resource]:
    """The included resources that have attributes, by type and id."""
    included = {}
    for item in value if isinstance(value, list) else ():
        if not isinstance(item, dict) or not isinstance(item.get("attributes"), dict):
            continue
        if identifier(item.get("id")) is not None:
            resource = _resource(item)
            included[_key(resource.type, resource.id)] = resource
    return included


def _incident(row: Any) -> Incident:
    if not isinstance(row, dict):
        return Incident(None, {}, {}, readable=False)
    attributes = row.get("attributes")
    return Incident(
        row.get("id"),
        _mapping(attributes),
        _mapping(row.get("relationships")),
        readable=isinstance(attributes, dict),
    )


def _mapping(value: Any) -> Attributes:
    return value if isinstance(value, dict) else {}


_ANYTHING = core_schema.any_schema()


@lru_cache(maxsize=64)
def _validator(
    attributes: frozenset[str], relations: frozenset[str], related: frozenset[str]
) -> SchemaValidator:
    """A parser that skips what is not listed without building it: unslimmed incidents have 20 KB each.

    Wherever a value has another form than the usual one, it is taken as it is, and looked at later.
    """
    own = _or_anything(_object(dict.fromkeys(related, _ANYTHING)))
    resource = _object(
        {"id": _ANYTHING, "type": _ANYTHING, "relationships": own},
        attributes=_object(dict.fromkeys(related, _ANYTHING)),
    )
    nested = _or_anything(core_schema.list_schema(_object({}, data=resource)))
    values = {name: nested if name in relations else _ANYTHING for name in attributes | relations}
    references = _or_anything(_object(dict.fromkeys(relations, _ANYTHING)))
    row = _object({"id": _ANYTHING, "relationships": references}, attributes=_object(values))
    envelope = _object(
        {
            "included": _or_anything(core_schema.list_schema(_or_anything(resource))),
            **dict.fromkeys(("meta", "links", "errors", "error", "type", "status"), _ANYTHING),
        },
        data=core_schema.list_schema(_or_anything(row)),
    )
    # Its errors go to the log with a traceback: they must not quote what the vendor sent.
    return SchemaValidator(envelope, CoreConfig(hide_input_in_errors=True))


def _object(optional: Mapping[str, CoreSchema], **required: CoreSchema) -> CoreSchema:
    fields = {
        **{
            name: core_schema.typed_dict_field(schema, required=False)
            for name, schema in optional.items()
        },
        **{name: core_schema.typed_dict_field(schema) for name, schema in required.items()},
    }
    return core_schema.typed_dict_schema(fields, extra_behavior="ignore")


def _or_anything(schema: CoreSchema) -> CoreSchema:
    return core_schema.union_schema([schema, _ANYTHING], mode="left_to_right")
