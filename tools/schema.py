"""JSON schemas that every MCP client can read.

Clients, and the model APIs that they use, refuse different parts of JSON Schema: `anyOf`, `$ref`,
`additionalProperties: false`, type arrays and more. None of these is in our schemas. Validation
enforces everything, whether the schema says it or not.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

_OMITTED = {"title", "default", "additionalProperties", "$defs"}

Schema = Mapping[str, Any]


def input_schema(arguments: type[BaseModel]) -> dict[str, Any]:
    """The arguments as an object schema without references, unions, nulls, titles and defaults."""
    schema = arguments.model_json_schema()
    portable = _portable(schema, schema.get("$defs", {}))
    return {"type": "object", "properties": portable["properties"]}


def complete_schema(arguments: type[BaseModel]) -> dict[str, Any]:
    """The schema of everything that validation accepts, in the same form."""
    schema = arguments.model_json_schema()
    for definition in (schema, *schema.get("$defs", {}).values()):
        for inner in definition.get("properties", {}).values():
            inner.pop("unlisted", None)
    portable = _portable(schema, schema.get("$defs", {}))
    return {"type": "object", "properties": portable["properties"]}


def _portable(schema: Schema, definitions: Mapping[str, Schema]) -> dict[str, Any]:
    """The schema in the portable form, with its references resolved by *definitions*."""
    if "$ref" in schema:
        return _portable(_without_reference(schema, definitions), definitions)
    if "anyOf" in schema:
        return _portable(_without_union(schema), definitions)
    portable = _without(schema, *_OMITTED)
    if "properties" in portable:
        portable["properties"] = {}
        for name, inner in schema["properties"].items():
            if not inner.get("unlisted"):
                portable["properties"][name] = _portable(inner, definitions)
    if "items" in portable:
        portable["items"] = _portable(portable["items"], definitions)
    return portable


def _without_reference(schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """The schema with a definition in place of the reference to it."""
    name = schema["$ref"].rpartition("/")[2]
    # The description of a definition is its docstring, which is written for people.
    return {**definitions[name], "description": None, **_without(schema, "$ref")}


def _without_union(schema: Schema) -> Schema:
    """The schema of an argument that may be absent, which is a union with null.

    There are no other unions.
    """
    [choice] = [choice for choice in schema["anyOf"] if choice != {"type": "null"}]
    return {**choice, **_without(schema, "anyOf")}


def _without(schema: Schema, *keys: str) -> dict[str, Any]:
    """The schema without *keys*, and without members that are None."""
    return {key: value for key, value in schema.items() if key not in keys and value is not None}
