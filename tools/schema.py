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


def _portable(schema: Schema, definitions: Mapping[str, Schema]) -> dict[str, Any]:
    if "$ref" in schema:
        definition = definitions[schema["$ref"].rpartition("/")[2]]
        # The description of a definition is its docstring, which is written for people.
        schema = {**definition, "description": None, **_without(schema, "$ref")}
    if "anyOf" in schema:
        # The only unions are with null, for arguments that may be absent.
        [choice] = [choice for choice in schema["anyOf"] if choice != {"type": "null"}]
        return _portable(choice | _without(schema, "anyOf"), definitions)
    portable = _without(schema, *_OMITTED)
    if "properties" in portable:
        portable["properties"] = {
            name: _portable(inner, definitions)
            for name, inner in portable["properties"].items()
            if not inner.get("unlisted")
        }
    if "items" in portable:
        portable["items"] = _portable(portable["items"], definitions)
    return portable


def _without(schema: Schema, *keys: str) -> dict[str, Any]:
    """The schema without *keys*, and without what is None."""
    return {key: value for key, value in schema.items() if key not in keys and value is not None}
