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
        message = json.loads(line.decode())
    except (ValueError, RecursionError):
        return None
    match message:
        case {"jsonrpc": "2.0", "method": str(), **others} if others.keys() <= {"id", "params"}:
            id_ = others.get("id", 0)
            is_id = isinstance(id_, str | int) and not isinstance(id_, bool)
            if is_id and isinstance(others.get("params", {}), dict):
                return dict(message)
    return None


class Request:
    """A client's request, with its era. `params` are without `_meta`."""

    def __init__(self, message: Message) -> None:
        self.id: str | int = message["id"]
        self.method: str = message["method"]
        self.params: Message = {**message.get("params", {})}
        self._meta = self.params.pop("_meta", {})

    @property
    def era(self) -> Era:
        match self._meta:
            case {"io.modelcontextprotocol/protocolVersion": _}:
                return Era.STATELESS
        return Era.HANDSHAKE

    @property
    def is_plain(self) -> bool:
        """Whether `_meta` has nothing but what is usual in the era."""
        match self._meta:
            case {
                "io.modelcontextprotocol/protocolVersion": version,
                "io.modelcontextprotocol/clientCapabilities": capabilities,
                **others,
            }:
                client = others.pop("io.modelcontextprotocol/clientInfo", _NO_IDENTITY)
                is_usual = are_capabilities(capabilities) and is_identity(client)
                return version == STATELESS_VERSION and is_usual and _are_plain(others)
            case {**others}:
                return _are_plain(others)
        return False


_NO_IDENTITY = {"name": "", "version": ""}


def _are_plain(values: dict[Any, Any]) -> bool:
    """Whether these values of `_meta` are texts and numbers that the protocol does not define."""
    return all(
        type(value) in (str, int) and not name.startswith(RESERVED)
        for name, value in values.items()
    )


def is_identity(client: object) -> bool:
    match client:
        case {"name": str(), "version": str()}:
            return True
    return False


def are_capabilities(capabilities: object) -> bool:
    # The server uses none of them, so what is in them does not matter.
    if not isinstance(capabilities, dict):
        return False
    return all(isinstance(capability, dict) for capability in capabilities.values())
