"""Parses an answer of Rootly's, and keeps only what is needed.

Only the envelope must be as documented. Where one value in a row is wrong, the others still count.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from pydantic import ValidationError
from pydantic_core import CoreConfig, CoreSchema, SchemaValidator, core_schema

from tools.failure import is_error
from tools.json_values import as_mapping, mappings
from tools.request import loads
from tools.rootly.document import Document, Incident
from tools.rootly.json_api import Resource, read_resource
from tools.rootly.values import USER_ATTRIBUTES
from tools.text import identifier

_ANYTHING = core_schema.any_schema()
_BESIDE_DATA = ("meta", "links", "errors", "error", "type", "status")


def parse_document(
    body: bytes, attributes: frozenset[str], relations: frozenset[str], related: frozenset[str]
) -> Document:
    """Parse *body*, and keep only these attributes and relations.

    *attributes* and *relations* are those of incidents. *related* are the attributes of the
    resources that incidents refer to.

    Raises:
        ValueError: *body* is not valid JSON, or not in the documented envelope.
    """
    answer = _parse_json(body, _validator(attributes, relations, related))
    if is_error(answer):
        raise ValueError("an error beside data")
    return Document(
        [_incident(row) for row in answer["data"]],
        _included(answer.get("included")),
        as_mapping(answer.get("meta")),
        as_mapping(answer.get("links")),
    )


def _parse_json(body: bytes, validator: SchemaValidator) -> dict[str, Any]:
    try:
        answer = validator.validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        if first["type"] != "json_invalid":
            raise
        # The fast parser refuses lone surrogates. Python's accepts them; they are removed later.
        answer = validator.validate_python(loads(body))
    return answer  # type: ignore[no-any-return]


def _incident(row: Any) -> Incident:
    if not isinstance(row, dict):
        return Incident(None, {}, {}, is_readable=False)
    attributes = row.get("attributes")
    return Incident(
        row.get("id"),
        as_mapping(attributes),
        as_mapping(row.get("relationships")),
        is_readable=isinstance(attributes, dict),
    )


def _included(value: Any) -> dict[tuple[str | None, str | None], Resource]:
    """The included resources that have an id and attributes, by their key."""
    included = {}
    for item in mappings(value):
        has_attributes = isinstance(item.get("attributes"), dict)
        if has_attributes and identifier(item.get("id")) is not None:
            resource = read_resource(item)
            included[resource.key] = resource
    return included


@lru_cache(maxsize=64)
def _validator(
    attributes: frozenset[str], relations: frozenset[str], related: frozenset[str]
) -> SchemaValidator:
    """A validator that skips everything else, without building Python objects of it.

    An incident without sparse fieldsets has 20 KB: 100 of them take less time than `json.loads`.
    A value in an unusual form is kept as it is, and is read later.
    """
    related_values = _object(_values(related))
    resource = _object(
        {"id": _ANYTHING, "type": _ANYTHING, "relationships": _or_anything(related_values)},
        attributes=related_values,
    )
    nested = core_schema.list_schema(_object({}, data=resource))
    values = _values(attributes)
    values |= dict.fromkeys(relations, _or_anything(nested))
    row = _object(
        {"id": _ANYTHING, "relationships": _or_anything(_anything_under(relations))},
        attributes=_object(values),
    )
    included = core_schema.list_schema(_or_anything(resource))
    optional: dict[str, CoreSchema] = dict.fromkeys(_BESIDE_DATA, _ANYTHING)
    optional["included"] = _or_anything(included)
    envelope = _object(optional, data=core_schema.list_schema(_or_anything(row)))
    # Errors go to the log with a traceback: they must not quote what the vendor sent.
    return SchemaValidator(envelope, CoreConfig(hide_input_in_errors=True))


def _values(names: Iterable[str]) -> dict[str, CoreSchema]:
    """The values of these attributes. Of severities and users, only what is read.

    They have much more: a page of 100 incidents with all people takes 17 ms instead of 36.
    """
    values: dict[str, CoreSchema] = {}
    for name in names:
        if name == "severity":
            values[name] = _or_anything(_nested(("slug", "name")))
        elif name in ("user", "assigned_to") or name.endswith("_by"):
            values[name] = _or_anything(_nested(USER_ATTRIBUTES))
        else:
            values[name] = _ANYTHING
    return values


def _nested(names: Iterable[str]) -> CoreSchema:
    """A nested resource with only these attributes."""
    attributes = _anything_under(names)
    resource = _object({"id": _ANYTHING, "type": _ANYTHING}, attributes=attributes)
    return _object({}, data=resource)


def _anything_under(keys: Iterable[str]) -> CoreSchema:
    """An object with any values under these *keys*."""
    return _object(dict.fromkeys(keys, _ANYTHING))


def _object(optional: Mapping[str, CoreSchema], **required: CoreSchema) -> CoreSchema:
    """An object with these keys. Other keys are left out."""
    fields = {}
    for name, schema in optional.items():
        fields[name] = core_schema.typed_dict_field(schema, required=False)
    for name, schema in required.items():
        fields[name] = core_schema.typed_dict_field(schema)
    return core_schema.typed_dict_schema(fields, extra_behavior="ignore")


def _or_anything(schema: CoreSchema) -> CoreSchema:
    return core_schema.union_schema([schema, _ANYTHING], mode="left_to_right")
