"""`incident-desk call`: calls a tool from the shell."""

import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import anyio

from server import logs
from server.commands.paging import exit_code, print_all_pages
from server.dispatcher import Dispatcher, Result
from server.sandboxed import sandboxed
from server.settings import Settings
from tools.schema import complete_schema


class UsageError(Exception):
    """The command line is wrong, so no tool was called."""


def call(
    settings: Settings,
    tool: str,
    words: Sequence[str],
    *,
    pretty: bool = False,
    all_pages: bool = False,
) -> int:
    """Print the tool's result, or with *all_pages* the rows of all pages.

    *words* are the words of the command line that have the arguments. The exit code is 0 for a
    result, 1 for an error, 75 for an error that may pass, or 2 for wrong usage.
    """
    logs.configure(settings.log_level, settings.keys.values())
    dispatcher = Dispatcher(settings)
    try:
        if tool not in dispatcher.tools:
            raise UsageError(f"no tool {tool!r}: there are {' and '.join(dispatcher.tools)}")
        arguments = parse_arguments(words, complete_schema(dispatcher.tools[tool].arguments))
    except UsageError as error:
        print(f"incident-desk call: {error}", file=sys.stderr)
        return 2
    with sandboxed(settings) as settings_in_use:
        if all_pages:
            return anyio.run(print_all_pages, settings_in_use, tool, arguments)
        result = anyio.run(_call, settings_in_use, tool, arguments)
    document = json.loads(result.text)
    print(json.dumps(document, indent=2, ensure_ascii=False) if pretty else result.text)
    return exit_code(document) if result.is_error else 0


async def _call(settings: Settings, tool: str, arguments: Mapping[str, Any]) -> Result:
    async with Dispatcher(settings) as dispatcher:
        return await dispatcher.call(tool, arguments)


def parse_arguments(words: Sequence[str], schema: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments in *words*: a JSON object, `-` for a JSON object on stdin, or key=value words.

    Values of key=value words get the types in *schema*.

    Raises:
        UsageError: the words are none of these.
    """
    if [*words] == ["-"]:
        return _parse_all(sys.stdin.read())
    if len(words) == 1 and words[0].lstrip().startswith("{"):
        return _parse_all(words[0])
    arguments: dict[str, Any] = {}
    for word in words:
        path, equals, text = word.partition("=")
        if not equals or not path:
            raise UsageError(f"{word!r} is neither key=value nor a JSON object")
        _put(arguments, path.split("."), text, schema["properties"])
    return arguments


def _parse_all(text: str) -> dict[str, Any]:
    try:
        arguments = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"the arguments are not valid JSON: {error}") from None
    if not isinstance(arguments, dict):
        raise UsageError("the arguments are not a JSON object")
    return arguments


def _put(
    arguments: dict[str, Any], path: Sequence[str], text: str, properties: Mapping[str, Any]
) -> None:
    """Put the value in *text* into *arguments*.

    *path* is the argument's name, and then the names of members inside it.
    """
    name, *rest = path
    schema = properties.get(name, {})
    if rest:
        inner = arguments.setdefault(name, {})
        if not isinstance(inner, dict):
            raise UsageError(f"{name} is given both as a value and with a key")
        _put(inner, rest, text, schema.get("properties", {}))
        return
    value = _parse_value(text, schema)
    earlier = arguments.get(name)
    if isinstance(earlier, list) and schema.get("type") == "array":
        earlier += value if isinstance(value, list) else [value]
    elif name in arguments:
        raise UsageError(f"{name} is given twice")
    else:
        arguments[name] = value


def _parse_value(text: str, schema: Mapping[str, Any]) -> Any:
    """*text* as a value of the schema's type.

    If that is impossible, it stays a string, and the validation reports the problem.
    """
    parse = _PARSERS.get(str(schema.get("type")), str)
    return parse(text)


def _parse_array(text: str) -> Any:
    if text.startswith("["):
        return _json_or_text(text)
    return text.split(",")


def _parse_object(text: str) -> Any:
    if text.startswith("{"):
        return _json_or_text(text)
    return text


def _parse_integer(text: str) -> Any:
    if re.fullmatch(r"-?[0-9]{1,18}", text):
        return int(text)
    return text


def _parse_boolean(text: str) -> Any:
    return {"true": True, "false": False}.get(text, text)


_PARSERS: Mapping[str, Callable[[str], Any]] = {
    "array": _parse_array,
    "object": _parse_object,
    "integer": _parse_integer,
    "boolean": _parse_boolean,
}
"""The parser of a value, by the type in the schema."""


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
