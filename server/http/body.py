"""Reads and checks the body of a request before the SDK parses it."""

import json
from typing import Any

from mcp.types import INVALID_REQUEST, PARSE_ERROR
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from server.http.refusal import InvalidMessage, Refusal

_MAX_VALUES = 1_000
_MAX_DEPTH = 20
"""Limits for a message without its tool arguments. Real clients send about 50 values, 5 deep."""


async def read(receive: Receive, max_bytes: int) -> bytes:
    """Read the whole body.

    Raises:
        Refusal: the body is too long.
        ClientDisconnect: the connection ended before the whole body had arrived.
    """
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > max_bytes:
            raise too_long(max_bytes)
        if not message.get("more_body", False):
            return bytes(body)


def too_long(max_bytes: int) -> Refusal:
    return Refusal(413, "too_large", f"The body is longer than {max_bytes:,} bytes.")


def replay(body: bytes, receive: Receive) -> Receive:
    """An ASGI `receive` that first returns *body*, and then the messages of *receive*."""
    queue: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return queue.pop() if queue else await receive()

    return receive_again


class _AmbiguousJson(ValueError):
    """Different parsers read this JSON differently."""


def parse(body: bytes) -> Any:
    """The message in *body*; None if it is not JSON. Then the SDK answers with its own error.

    Raises:
        InvalidMessage: an object has the same key twice, a number is NaN or infinite, the body is
            not an object, its id is neither a string nor an integer, or it has too many values or
            is too deep.
    """
    try:
        message = json.loads(body, object_pairs_hook=_unique_keys, parse_constant=_refuse_constant)
    except _AmbiguousJson as error:
        raise InvalidMessage(PARSE_ERROR, "invalid_json", str(error)) from None
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict):
        raise _invalid_request("The body must be one JSON-RPC message.")
    if type(message.get("id", 0)) not in (int, str):
        # The SDK would take the request for a notification, and not answer.
        raise _invalid_request("A request's id must be a string or an integer.")
    if not _is_small(_without_arguments(message)):
        raise _invalid_request(
            f"A message may have at most {_MAX_VALUES:,} values, at most {_MAX_DEPTH} deep, "
            "besides a tool's arguments."
        )
    return message


def _invalid_request(message: str) -> InvalidMessage:
    return InvalidMessage(INVALID_REQUEST, "invalid_request", message)


def _without_arguments(message: dict[str, Any]) -> dict[str, Any]:
    """*message* without the tool's arguments. The tool validates them; the SDK does not."""
    params = message.get("params")
    if message.get("method") != "tools/call" or not isinstance(params, dict):
        return message
    if not isinstance(params.get("arguments"), dict):
        return message
    return {**message, "params": {**params, "arguments": None}}


def _is_small(message: dict[str, Any]) -> bool:
    """Whether *message* is within the limits.

    The SDK validates each value, and all other calls wait meanwhile. Tens of thousands of values
    take 33 to 54 ms, and as many as the limits allow take 8 ms (benchmarks/README.md).
    """
    count = 0
    level: list[Any] = [message]
    for _ in range(_MAX_DEPTH + 1):
        containers = [value for value in level if isinstance(value, dict | list)]
        count += sum(len(container) for container in containers)
        if count > _MAX_VALUES:
            return False
        level = []
        for container in containers:
            level += container.values() if isinstance(container, dict) else container
        if not level:
            return True
    return False


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _AmbiguousJson("An object has the same key twice.")
    return members


def _refuse_constant(constant: str) -> Any:
    raise _AmbiguousJson(f"{constant} is not JSON.")
