"""`incident-desk call TOOL --help`: the arguments of a tool, from its schema, and examples."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from server.commands.paragraph import fold
from server.commands.tool_call import ToolCall, find_tool
from server.commands.usage import usage_of_call
from server.settings import Settings
from tools.schema import Schema, complete_schema
from tools.tool import Tool

_INDENT = " " * 6


def print_tool_help(name: str) -> int:
    """Print the help of a tool; the exit code is 0.

    Raises:
        UsageError: there is no such tool.
    """
    tool = find_tool(Settings(), name)
    print("\n".join(_lines(tool)))
    return 0


def _lines(tool: Tool[Any]) -> Iterator[str]:
    schema = complete_schema(tool.arguments)
    yield usage_of_call(tool.name)
    yield ""
    yield fold(f"{tool.title}. {tool.description}")
    yield ""
    yield "arguments:"
    for name, argument in schema["properties"].items():
        yield from _argument(name, argument)
    yield ""
    yield fold(
        "Write the values of a list with commas, or repeat the key. Write name.key=value for a key"
        " inside an object. incident-desk call --help shows the options."
    )
    if tool.examples:
        yield ""
        yield "examples, with made-up data:"
    for arguments in tool.examples:
        yield ToolCall(tool.name, arguments, schema, ("--sandbox", "--format", "table")).line


def _argument(name: str, schema: Schema) -> Iterator[str]:
    yield fold(f"{name}  {_type(schema)}", first="  ", rest=_INDENT)
    if "description" in schema:
        yield fold(schema["description"], first=_INDENT, rest=_INDENT)
    for key, member in schema.get("properties", {}).items():
        if "enum" in member or "description" in member:
            yield from _argument(f"{name}.{key}", member)


def _type(schema: Schema) -> str:
    """What an argument takes, in words."""
    if "enum" in schema:
        return f"one of {_joined(schema['enum'])}"
    return _DESCRIBE[schema["type"]](schema)


def _array(schema: Schema) -> str:
    values = schema["items"].get("enum")
    return f"a list of {_joined(values)}" if values else "a list"


def _object(schema: Schema) -> str:
    return f"an object with the keys {_joined(_keys(schema))}"


def _keys(schema: Schema, prefix: str = "") -> Iterator[str]:
    """The keys of an object. Those of an object in it are written with a dot: lasted.gte."""
    for name, member in schema["properties"].items():
        if "properties" in member:
            yield from _keys(member, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def _integer(schema: Schema) -> str:
    # No argument takes a smaller number than 1. Not every schema says so.
    least = schema.get("minimum", 1)
    if "maximum" in schema:
        return f"an integer from {least} to {schema['maximum']}"
    return f"an integer from {least}"


_DESCRIBE: Mapping[str, Callable[[Schema], str]] = {
    "array": _array,
    "object": _object,
    "integer": _integer,
    "boolean": lambda _: "true or false",
    "string": lambda _: "a text",
}
"""The function that describes a schema, by the type in it."""


def _joined(names: Iterable[str]) -> str:
    return ", ".join(names)
