"""JSON schemas that every MCP client can read.

Clients and the model APIs behind them differ in what they refuse: `anyOf`, `$ref`, `additionalProperties: false`, type arrays
and more. What is left out here, validation enforces all the same.
"""

from typing import Any

from pydantic import BaseModel

_LEFT_OUT = ("title", "default", "additionalProperties", "$defs")


def input_schema(arguments: type[BaseModel]) -> dict[str, Any]:
    """The arguments as an object schema without references, unions, nulls, titles and defaults."""
    schema = arguments.model_json_schema()
    return {
        "type": "object",
        "properties": _portable(schema, schema.get("$defs", {}))["properties"],
    }


def _portable(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        # The definition's own description is its docstring, written for people.
        definition = {**definitions[schema["$ref"].rpartition("/")[2]], "description": None}
        schema = {**definition, **{key: value for key, value in schema.items() if key != "$ref"}}
    if "anyOf" in schema:
        # The only unions are with null, for arguments that may be absent.
        [one] = [choice for choice in schema["anyOf"] if choice != {"type": "null"}]
        schema = {**one, **{key: value for key, value in schema.items() if key != "anyOf"}}
        return _portable(schema, definitions)
    portable = {
        key: value for key, value in schema.items() if key not in _LEFT_OUT and value is not None
    }
    if "properties" in portable:
        listed = {
            name: inner
            for name, inner in portable["properties"].items()
            if not inner.get("unlisted")
        }
        portable["properties"] = {
            name: _portable(inner, definitions) for name, inner in listed.items()
        }
    if "items" in portable:
        portable["items"] = _portable(portable["items"], definitions)
    return portable
