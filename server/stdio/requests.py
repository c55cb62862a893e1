"""Requests and notifications of the client, if they have the usual shape.

This is not a validation. All other messages are left to the SDK, which validates them.
"""

import json
from collections.abc import Mapping

from server.stdio.conversation import Era

STATELESS_VERSION = "2026-07-28"
RESERVED = "io.modelcontextprotocol/"
"""The prefix of the names in `_meta` that the protocol defines."""
_NO_IDENTITY = {"name": "", "version": ""}
"""Stands for the identity of a client that has sent none."""

JsonObject = dict[str, object]


class Request:
    """A request of the client, or a notification, whose `id` is None. `params` has no `_meta`."""

    def __init__(self, method: str, id_: str | int | None, params: JsonObject) -> None:
        self.method = method
        self.id = id_
        self.params = {name: value for name, value in params.items() if name != "_meta"}
        self._meta = params.get("_meta", {})

    @property
    def era(self) -> Era:
        match self._meta:
            case {"io.modelcontextprotocol/protocolVersion": _}:
                return Era.STATELESS
        return Era.HANDSHAKE

    @property
    def capabilities(self) -> object:
        """The capabilities of the client, which each request of the stateless era has."""
        match self._meta:
            case {"io.modelcontextprotocol/clientCapabilities": capabilities}:
                return capabilities
        return None

    @property
    def has_usual_meta(self) -> bool:
        """Whether `_meta` has only what is usual in the era."""
        match self._meta:
            case {
                "io.modelcontextprotocol/protocolVersion": version,
                "io.modelcontextprotocol/clientCapabilities": capabilities,
                **others,
            }:
                client = others.pop("io.modelcontextprotocol/clientInfo", _NO_IDENTITY)
                is_valid = are_capabilities(capabilities) and is_identity(client)
                return version == STATELESS_VERSION and is_valid and _are_usual(others)
            case {**others}:
                return _are_usual(others)
        return False


def parse(line: bytes | None) -> Request | None:
    """The message on *line*; None if it does not have the usual shape.

    Usual is a JSON-RPC 2.0 object with a `method`, perhaps an `id` that is a string or an integer,
    perhaps `params` that are an object, and nothing else.
    """
    # Only some JSON parsers accept a lone surrogate.
    if line is None or b"\\ud" in line.lower():
        return None
    try:
        message = json.loads(line.decode())
    except (ValueError, RecursionError):
        return None
    match message:
        case {"jsonrpc": "2.0", "method": str(method), **others}:
            return _to_request(method, others)
    return None


def _to_request(method: str, others: dict[object, object]) -> Request | None:
    """A request from its method and its other members."""
    params = others.get("params", {})
    if not isinstance(params, dict) or not others.keys() <= {"id", "params"}:
        return None
    if "id" not in others:
        return Request(method, None, params)
    id_ = others["id"]
    if isinstance(id_, bool) or not isinstance(id_, str | int):
        return None
    return Request(method, id_, params)


def _are_usual(values: Mapping[object, object]) -> bool:
    """Whether these members of `_meta` are strings and integers that the protocol does not use."""
    return all(
        type(value) in (str, int) and not str(name).startswith(RESERVED)
        for name, value in values.items()
    )


def is_identity(client: object) -> bool:
    match client:
        case {"name": str(), "version": str()}:
            return True
    return False


def are_capabilities(capabilities: object) -> bool:
    # Of the only capability that the server uses, any other form means that there is none.
    if not isinstance(capabilities, dict):
        return False
    return all(isinstance(capability, dict) for capability in capabilities.values())
