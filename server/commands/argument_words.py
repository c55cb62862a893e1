"""The arguments of a tool as words of the command line, in both directions."""

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from server.commands.compact_json import compact_json
from server.commands.usage import UsageError
from tools.schema import Schema


def parse_arguments(words: Sequence[str], schema: Schema) -> dict[str, Any]:
    """The arguments in *words*: a JSON object, `-` for a JSON object on stdin, or key=value words.

    Values of key=value words get the types in *schema*.

    Raises:
        UsageError: the words are none of these.
    """
    for word in words:
        if not _is_unicode(word):
            raise UsageError(f"{word!r} is not valid UTF-8")
    try:
        if [*words] == ["-"]:
            return _parse_document(_read_stdin())
        if len(words) == 1 and words[0].lstrip().startswith("{"):
            return _parse_document(words[0])
        return _parse_pairs(words, schema["properties"])
    except RecursionError:
        raise UsageError("the arguments have too many levels") from None


def _read_stdin() -> bytes:
    # Python has no stdin if it was closed before the start.
    return sys.stdin.buffer.read() if sys.stdin else b""


def _parse_document(text: str | bytes) -> dict[str, Any]:
    try:
        # The encoding of bytes is recognised: PowerShell writes UTF-16 or a byte order mark.
        arguments = json.loads(text)
    except ValueError as error:
        raise UsageError(f"the arguments are not valid JSON: {error}") from None
    if not isinstance(arguments, dict):
        raise UsageError("the arguments are not a JSON object")
    return arguments


def _parse_pairs(words: Sequence[str], properties: Mapping[str, Any]) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    for word in words:
        path, equals, text = word.partition("=")
        if not equals or not path:
            raise UsageError(f"{word!r} is neither key=value nor a JSON object")
        _put(arguments, path.split("."), text, properties)
    return arguments


def _is_unicode(word: str) -> bool:
    """Whether *word* can be encoded: bytes that are not UTF-8 are half a surrogate pair each."""
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True


def words_of(arguments: Mapping[str, Any], schema: Schema) -> list[str]:
    """Words that `parse_arguments` reads as *arguments*: key=value words, if that is possible."""
    words = [*_words(arguments, "")]
    try:
        is_same = parse_arguments(words, schema) == arguments
    except UsageError:
        is_same = False
    return words if is_same else [compact_json(arguments)]


def _words(members: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for name, value in members.items():
        if isinstance(value, dict) and value:
            yield from _words(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}={_text(value)}"


def _text(value: Any) -> str:
    """The text after the = of a word."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        joined = ",".join(value)
        if _parse_array(joined) == value:
            return joined
    return compact_json(value)


def _put(
    arguments: dict[str, Any], path: Sequence[str], text: str, properties: Mapping[str, Any]
) -> None:
    """Put the value in *text* into *arguments*.

    *path* is the name of the argument, followed by the names of members inside it.
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
        earlier.extend(value if isinstance(value, list) else [value])
    elif name in arguments:
        raise UsageError(f"{name} is given twice")
    else:
        arguments[name] = value


def _parse_value(text: str, schema: Schema) -> Any:
    """*text* as a value of the schema's type.

    If that is impossible, it stays a string, and the validation reports the problem.
    """
    parse = _PARSERS.get(str(schema.get("type")), str)
    return parse(text)


def _parse_array(text: str) -> Any:
    if text.startswith("["):
        return _json_or_text(text)
    return [item.strip() for item in text.split(",")]


def _parse_object(text: str) -> Any:
    if text.startswith("{"):
        return _json_or_text(text)
    return text


def _parse_integer(text: str) -> Any:
    if re.fullmatch(r"-?[0-9]{1,100}", text):
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
