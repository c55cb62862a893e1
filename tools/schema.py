"""JSON schemas that every MCP client can read.

Clients, and the model APIs that they use, refuse different parts of JSON Schema: `anyOf`, `$ref`,
`additionalProperties: false`, type arrays and more. None of these is in our schemas. Validation
enforces everything, whether the schema says it or not.

There are two schemas of the same arguments. Clients get the short one, which costs tokens in every
conversation: `input_schema`. Whatever is not sent to a model reads `complete_schema`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel

from tools.arguments import UNLISTED_ENUM, UNLISTED_MARK

_OMITTED = {
    "title",
    "default",
    "additionalProperties",
    "$defs",
    UNLISTED_ENUM,
    UNLISTED_MARK,
}

Schema = Mapping[str, Any]


def input_schema(arguments: type[BaseModel]) -> dict[str, Any]:
    """The schema that clients get: without the arguments, members and enums that are unlisted."""
    return _object_schema(arguments, is_complete=False)


def complete_schema(arguments: type[BaseModel]) -> dict[str, Any]:
    """The schema of everything that validation accepts, in the same form."""
    return _object_schema(arguments, is_complete=True)


def unlisted(arguments: type[BaseModel]) -> list[str]:
    """The arguments that are accepted but not listed, and members such as `exclude.labels`."""
    return [*_missing_names(complete_schema(arguments), input_schema(arguments))]


def _missing_names(complete: Schema, listed: Schema, prefix: str = "") -> Iterator[str]:
    """The names of properties that only *complete* has."""
    listed_properties = listed.get("properties", {})
    for name, schema in complete.get("properties", {}).items():
        if name in listed_properties:
            yield from _missing_names(schema, listed_properties[name], f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def _object_schema(arguments: type[BaseModel], *, is_complete: bool) -> dict[str, Any]:
    schema = _pydantic_schema(arguments)
    portable = _Converter(schema.get("$defs", {}), is_complete).convert(schema)
    return {"type": "object", "properties": portable["properties"]}


@cache
def _pydantic_schema(arguments: type[BaseModel]) -> Schema:
    """The schema as Pydantic makes it. It takes 17 ms, and a server needs it up to three times."""
    return arguments.model_json_schema()


@dataclass(frozen=True)
class _Converter:
    """Converts schemas of Pydantic to ones without references, unions, nulls, titles and defaults.

    *definitions* resolve the references. Unlisted parts are kept only if *is_complete*.
    """

    definitions: Mapping[str, Schema]
    is_complete: bool

    def convert(self, schema: Schema) -> dict[str, Any]:
        """The schema in the portable form."""
        if "$ref" in schema:
            return self.convert(self._without_reference(schema))
        if "anyOf" in schema:
            return self.convert(_without_union(schema))
        portable = _without(schema, *_OMITTED)
        if self.is_complete and UNLISTED_ENUM in schema:
            portable["enum"] = schema[UNLISTED_ENUM]
        if "properties" in portable:
            portable["properties"] = self._properties(schema["properties"])
        if "items" in portable:
            portable["items"] = self.convert(portable["items"])
        return portable

    def _properties(self, properties: Mapping[str, Schema]) -> dict[str, Any]:
        converted = {}
        for name, schema in properties.items():
            if self.is_complete or UNLISTED_MARK not in schema:
                converted[name] = self.convert(schema)
        return converted

    def _without_reference(self, schema: Schema) -> Schema:
        """The schema with a definition in place of the reference to it."""
        name = schema["$ref"].rpartition("/")[2]
        # The description of a definition is its docstring, which is written for people.
        return {**self.definitions[name], "description": None, **_without(schema, "$ref")}


def _without_union(schema: Schema) -> Schema:
    """The schema of an argument that may be absent, which is a union with null.

    There are no other unions.
    """
    [choice] = [choice for choice in schema["anyOf"] if choice != {"type": "null"}]
    return {**choice, **_without(schema, "anyOf")}


def _without(schema: Schema, *keys: str) -> dict[str, Any]:
    """The schema without *keys*, and without members that are None."""
    return {key: value for key, value in schema.items() if key not in keys and value is not None}
