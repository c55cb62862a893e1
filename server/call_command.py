"""`incident-desk call`: one tool from the shell."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import anyio

from server import logs
from server.call_all import call_all, exit_code
from server.dispatcher import Dispatcher, Result
from server.sandboxed import sandboxed
from server.settings import Settings
from tools.schema import input_schema


class UsageError(Exception):
    """The command line itself is wrong, so that no tool was asked."""


def call(
    settings: Settings,
    tool: str,
    words: Sequence[str],
    *,
    pretty: bool = False,
    everything: bool = False,
) -> int:
    """Print the tool's result, or with *everything* the rows of all its pages.

    The exit code is 0, 1 for an error result, 75 for one that may pass, or 2 for wrong usage.
    """
    logs.configure(settings.log_level, settings.keys.values())
    dispatcher = Dispatcher(settings)
    try:
        if tool not in dispatcher.tools:
            raise UsageError(f"no tool {tool!r}: there are {' and '.join(dispatcher.tools)}")
        arguments = read(words, input_schema(dispatcher.tools[tool].arguments))
    except UsageError as error:
        print(f"incident-desk call: {error}", file=sys.stderr)
        return 2
    with sandboxed(settings) as settings_:
        if everything:
            return anyio.run(call_all, settings_, tool, arguments)
        result = anyio.run(_call, settings_, tool, arguments)
    print(
        json.dumps(json.loads(result.text), indent=2, ensure_ascii=False) if pretty else result.text
    )
    return exit_code(json.loads(result.text)) if result.is_error else 0


async def _call(settings: Settings, tool: str, arguments: Mapping[str, Any]) -> Result:
    async with Dispatcher(settings) as dispatcher:
        return await dispatcher.call(tool, arguments)


def read(words: Sequence[str], schema: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that *words* say: one JSON object, `-` for one on stdin, or key=value, with values typed by *schema*.

    Raises:
        UsageError: they are none of these.
    """
    if [*words] == ["-"]:
        return _object(sys.stdin.read())
    if len(words) == 1 and words[0].lstrip().startswith("{"):
        return _object(words[0])
    arguments: dict[str, Any] = {}
    for word in words:
        path, equals, text = word.partition("=")
        if not equals or not path:
            raise UsageError(f"{word!r} is neither key=value nor a JSON object")
        _put(arguments, path.split("."), text, schema["properties"])
    return arguments


def _object(text: str) -> dict[str, Any]:
    try:
        arguments = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"the arguments are no JSON: {error}") from None
    if not isinstance(arguments, dict):
        raise UsageError("the arguments are no JSON object")
    return arguments


def _put(
    arguments: dict[str, Any], path: Sequence[str], text: str, properties: Mapping[str, Any]
) -> None:
    name, *rest = path
    schema = properties.get(name, {})
    if rest:
        inner = arguments.setdefault(name, {})
        if not isinstance(inner, dict):
            raise UsageError(f"{name} is given both as a value and with a key")
        _put(inner, rest, text, schema.get("properties", {}))
    elif name in arguments and isinstance(arguments[name], list) and schema.get("type") == "array":
        arguments[name] += _coerced(text, schema)
    elif name in arguments:
        raise UsageError(f"{name} is given twice")
    else:
        arguments[name] = _coerced(text, schema)


def _coerced(text: str, schema: Mapping[str, Any]) -> Any:
    """*text* as the schema's type. What cannot be stays a string, and validation says what is wrong with it."""
    match schema.get("type"):
        case "array":
            return _json(text) if text.startswith("[") else text.split(",")
        case "object" if text.startswith("{"):
            return _json(text)
        case "integer":
            return int(text) if text.lstrip("-").isdecimal() and text.isascii() else text
        case "boolean":
            return {"true": True, "false": False}.get(text, text)
    return text


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
