"""The audit log: a JSON line on stdout for each call, with nothing in it that may be personal."""

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

from server.http.callers import Caller

_HIDDEN = "*"


class Audit:
    """`schemas` are the tools' input schemas: what they enumerate is shown, anything that people can make up is not."""

    def __init__(self, schemas: Mapping[str, Mapping[str, Any]], out: TextIO | None = None) -> None:
        self._schemas = schemas
        self._out = out or sys.stdout

    def write(self, caller: Caller, tool: str, arguments: Mapping[str, Any], outcome: str, took_s: float) -> None:
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "caller": caller.name,
            "source": caller.source,
            "tool": tool if tool in self._schemas else _HIDDEN,
            "arguments": _told(arguments, self._schemas.get(tool, {}).get("properties", {})),
            "outcome": outcome,
            "ms": round(took_s * 1000),
        }
        # One write, so that lines of several processes do not mix.
        self._out.write(json.dumps(line, ensure_ascii=True, separators=(",", ":")) + "\n")
        self._out.flush()


def _told(arguments: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, Any]:
    known = {name: _shown(value, properties[name]) for name, value in arguments.items() if name in properties}
    unknown = len(arguments) - len(known)
    return {**known, **({"(unknown)": unknown} if unknown else {})}


def _shown(value: Any, schema: Mapping[str, Any]) -> Any:
    if isinstance(value, bool):
        return value
    listed = schema.get("items", schema).get("enum", [])
    values = value if isinstance(value, list) else [value]
    return value if listed and all(one in listed for one in values) else _HIDDEN
