"""The audit log: one JSON line for each call. Only the caller's name can be personal data."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from server.http.call import Call
from server.http.line_writer import MAX_LINE_BYTES
from server.http.principal import Principal

_REDACTED = "*"
_CUT = "(cut)"
_UNKNOWN = "(unknown)"
_MAX_NAME_CHARS = 255
"""The longest subject that OpenID Connect allows."""
_MAX_VALUES = 100
"""A longer list is not a valid value of any argument."""


class AuditLog:
    """Writes one line for each call with *write*.

    *schemas* are the tools' complete schemas. Only booleans and values in a schema's enum are
    written; all others are redacted. A line has at most 4 KiB with its newline, so the lines of
    several processes do not mix in one pipe. `(cut)` stands for values that do not fit.
    """

    def __init__(
        self, schemas: Mapping[str, Mapping[str, Any]], write: Callable[[bytes], None]
    ) -> None:
        self._schemas = schemas
        self._write = write

    def record(self, principal: Principal, call: Call, outcome: str, duration_s: float) -> None:
        line: dict[str, Any] = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "caller": _cut(principal.name),
            "source": principal.source,
            "tool": call.name if call.name in self._schemas else _REDACTED,
            "arguments": {},
            "outcome": outcome,
            "ms": round(duration_s * 1000),
        }
        if call.key:
            line["key"] = call.key
        properties = self._schemas.get(call.name, {}).get("properties", {})
        max_bytes = MAX_LINE_BYTES - len(_encode(line))
        line["arguments"] = _redact(call.arguments, properties, max_bytes)
        self._write(_encode(line))


def _encode(line: Mapping[str, Any]) -> bytes:
    return _json(line).encode() + b"\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def _cut(name: str) -> str:
    if len(name) <= _MAX_NAME_CHARS:
        return name
    return name[:_MAX_NAME_CHARS] + _CUT


def _redact(
    arguments: Mapping[str, Any], properties: Mapping[str, Any], max_bytes: int
) -> dict[str, Any]:
    """The redacted *arguments*, in at most *max_bytes* of JSON."""
    # Null means that an argument is not given.
    present = {name: value for name, value in arguments.items() if value is not None}
    known = {name: value for name, value in present.items() if name in properties}
    unknown = len(present) - len(known)
    # Reserve room for both counts.
    max_bytes -= len(_json({_UNKNOWN: unknown, _CUT: len(known)}))
    redacted: dict[str, Any] = {}
    if unknown:
        redacted[_UNKNOWN] = unknown
    omitted = 0
    for name, value in known.items():
        member = {name: _redact_value(value, properties[name])}
        if len(_json(member)) > max_bytes:
            member = {name: _CUT}
        size = len(_json(member))
        if size > max_bytes:
            omitted += 1
            continue
        redacted |= member
        max_bytes -= size
    if omitted:
        redacted[_CUT] = omitted
    return redacted


def _redact_value(value: Any, schema: Mapping[str, Any]) -> Any:
    if isinstance(value, bool):
        return value
    enum = schema.get("items", schema).get("enum", [])
    if not enum:
        return _REDACTED
    values = value if isinstance(value, list) else [value]
    if len(values) > _MAX_VALUES:
        return _CUT
    if all(member in enum for member in values):
        return value
    return _REDACTED
