"""The client's requests, as far as their shape is the plain, expected one.

This is not a validation: whatever is not recognised here is left to the SDK, which validates.
"""

import json
from typing import Any

from server.stdio.conversation import Era

STATELESS_VERSION = "2026-07-28"
RESERVED = "io.modelcontextprotocol/"
"""The prefix of what the protocol itself puts into `_meta`."""

Message = dict[str, Any]


def plain_message(line: bytes | None) -> Message | None:
    """The request or notification on *line*, if every parser reads it alike."""
    # Lone surrogates are JSON to some parsers only.
    if line is None or b"\\ud" in line.lower():
        return None
    try:
        message = json.loads(line.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    match message:
        case {"jsonrpc": "2.0", "method": str(), **others} if others.keys() <= {"id", "params"}:
            id_ = others.get("id", 0)
            is_id = isinstance(id_, str | int) and not isinstance(id_, bool)
            if is_id and isinstance(others.get("params", {}), dict):
                return dict(message)
    return None


def _refuse(constant: str) -> None:
    raise ValueError(constant)  # NaN and Infinity are JSON to some parsers only.


class Request:
    """A client's request, with its era. `params` are without `_meta`."""

    def __init__(self, message: Message) -> None:
        self.id: str | int = message["id"]
        self.method: str = message["method"]
        self.params: Message = {**message.get("params", {})}
        meta = self.params.pop("_meta", {})
        self._envelope: Message = {}
        self._is_meta_plain = isinstance(meta, dict)
        if self._is_meta_plain:
            self._read_meta(meta)

    def _read_meta(self, meta: Message) -> None:
        for name, value in meta.items():
            if name.startswith(RESERVED):
                self._envelope[name.removeprefix(RESERVED)] = value
            elif type(value) not in (str, int):
                self._is_meta_plain = False

    @property
    def era(self) -> Era:
        return Era.STATELESS if "protocolVersion" in self._envelope else Era.HANDSHAKE

    @property
    def is_plain(self) -> bool:
        """Whether `_meta` has nothing but what is usual in the era."""
        if not self._is_meta_plain:
            return False
        if self.era is Era.HANDSHAKE:
            return not self._envelope
        return _is_usual_envelope(self._envelope)


def _is_usual_envelope(envelope: Message) -> bool:
    match envelope:
        case {"protocolVersion": version, "clientCapabilities": capabilities, **optional}:
            client = optional.pop("clientInfo", {"name": "", "version": ""})
            return (
                version == STATELESS_VERSION
                and are_capabilities(capabilities)
                and is_identity(client)
                and not optional
            )
    return False


def is_identity(client: object) -> bool:
    match client:
        case {"name": str(), "version": str()}:
            return True
    return False


def are_capabilities(capabilities: object) -> bool:
    # The server uses none of them, so what is in them does not matter.
    return isinstance(capabilities, dict) and all(
        isinstance(capability, dict) for capability in capabilities.values()
    )
