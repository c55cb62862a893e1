"""The audit log: a JSON line for each call, with nothing in it that may be personal."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from server.http.callers import Caller
from server.http.lines import MAX_LINE

_HIDDEN = "*"
_CUT = "(cut)"
_MAX_CALLER = 255
"""Characters. OpenID Connect allows a subject no more."""
_MAX_VALUES = 100
"""No argument takes more values that are worth showing."""


class Audit:
    """`schemas` are the tools' input schemas: what they enumerate is shown, anything that people can make up is not.

    A line goes to `write` in one piece. It has at most 4 KiB, its newline included, so that several
    processes do not mix theirs. What does not fit is replaced by `(cut)`.
    """

    def __init__(
        self, schemas: Mapping[str, Mapping[str, Any]], write: Callable[[bytes], None]
    ) -> None:
        self._schemas = schemas
        self._write = write

    def write(
        self, caller: Caller, tool: str, arguments: Mapping[str, Any], outcome: str, took_s: float
    ) -> None:
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "caller": _cut(caller.name),
            "source": caller.source,
            "tool": tool if tool in self._schemas else _HIDDEN,
            "arguments": {},
            "outcome": outcome,
            "ms": round(took_s * 1000),
        }
        properties = self._schemas.get(tool, {}).get("properties", {})
        line["arguments"] = _told(arguments, properties, MAX_LINE - len(_encoded(line)))
        self._write(_encoded(line))


def _encoded(line: Mapping[str, Any]) -> bytes:
    return _json(line).encode() + b"\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def _cut(name: str) -> str:
    return name if len(name) <= _MAX_CALLER else name[:_MAX_CALLER] + _CUT


def _told(arguments: Mapping[str, Any], properties: Mapping[str, Any], room: int) -> dict[str, Any]:
    """What is shown of the arguments, in at most *room* bytes of JSON."""
    known = {name: value for name, value in arguments.items() if name in properties}
    unknown = len(arguments) - len(known)
    told: dict[str, Any] = {"(unknown)": unknown} if unknown else {}
    room -= len(_json({"(unknown)": unknown, _CUT: len(known)}))
    left_out = 0
    for name, value in known.items():
        shown = _shown(value, properties[name])
        if len(_json({name: shown})) > room:
            shown = _CUT
        size = len(_json({name: shown}))
        if size > room:
            left_out += 1
            continue
        told[name] = shown
        room -= size
    if left_out:
        told[_CUT] = left_out
    return told


def _shown(value: Any, schema: Mapping[str, Any]) -> Any:
    if isinstance(value, bool):
        return value
    listed = schema.get("items", schema).get("enum", [])
    if not listed:
        return _HIDDEN
    values = value if isinstance(value, list) else [value]
    if len(values) > _MAX_VALUES:
        return _CUT
    return value if all(one in listed for one in values) else _HIDDEN
