"""Calls with one unlisted argument each. `python -m tests.unlisted` prints them as JSON.

`python -m tests.unlisted list_incidents` prints all arguments of a tool as lines of key=value, for
clients that take one call at a time.

The value of the argument is wrong. So if a client passes the argument on, the server's error names
it. If a client drops it unseen, the answer is a list that nobody asked for.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

from tools.catalogue import load_tools
from tools.schema import complete_schema, unlisted

_WRONG_VALUES: Mapping[str, Any] = {
    "array": ["OPS-1,2"],
    "integer": 0,
    "string": " never",
    "boolean": "perhaps",
    "object": {},
}
"""A wrong value of each type. It has the type itself, unless both values of the type are right."""


class Call(NamedTuple):
    """A call of *tool* that has no argument but *argument*, such as `exclude.labels`."""

    tool: str
    argument: str
    arguments: dict[str, Any]


def calls() -> list[Call]:
    """A call for each unlisted argument of each tool."""
    return [
        Call(tool.name, argument, _wrong(argument.split("."), complete_schema(tool.arguments)))
        for tool in load_tools()
        for argument in unlisted(tool.arguments)
    ]


def _wrong(path: list[str], schema: Mapping[str, Any]) -> Any:
    """A wrong value in an object with this *schema*, at *path*."""
    if not path:
        return _WRONG_VALUES[schema["type"]]
    name, *rest = path
    return {name: _wrong(rest, schema["properties"][name])}


def together(tool: str) -> dict[str, Any]:
    """The arguments of all calls of *tool*, in one call."""
    arguments: dict[str, Any] = {}
    for call in calls():
        if call.tool == tool:
            _merge(arguments, call.arguments)
    return arguments


def _merge(arguments: dict[str, Any], more: Mapping[str, Any]) -> None:
    for name, value in more.items():
        if isinstance(value, dict):
            _merge(arguments.setdefault(name, {}), value)
        else:
            arguments[name] = value


def _print(tool: str | None = None) -> None:
    if tool is None:
        print(json.dumps([call._asdict() for call in calls()]))
        return
    for name, value in together(tool).items():
        print(f"{name}={json.dumps(value)}")


if __name__ == "__main__":
    _print(*sys.argv[1:])
