"""A request's body, read in whole and within bounds before anybody works on it."""

import json
from typing import Any

from mcp.types import INVALID_REQUEST, PARSE_ERROR
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from server.http.refusal import InvalidMessage, Refusal

_MAX_VALUES = 1_000
_MAX_DEPTH = 20
"""What a message may hold besides a tool's arguments. The largest that clients send has some fifty values, five deep."""


async def read(receive: Receive, limit: int) -> bytes:
    """Raises:
    Refusal: it is too long.
    ClientDisconnect: the client went away, or was cut off.
    """
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > limit:
            raise too_long(limit)
        if not message.get("more_body", False):
            return bytes(body)


def too_long(limit: int) -> Refusal:
    return Refusal(413, "too_large", f"The body is longer than {limit:,} bytes.")


def again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives *body*, and from then on what the client does."""
    rest: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return rest.pop() if rest else await receive()

    return replay


class _Ambiguous(ValueError):
    pass


def parse(body: bytes) -> Any:
    """The message in *body*, or None where it is not JSON: the SDK says so in its own words.

    What readers of JSON understand in different ways is refused.

    Raises:
        InvalidMessage: an object has a key twice, a number is not JSON, it is not an object, its id is neither
            a string nor an integer, or there is too much in it.
    """
    try:
        message = json.loads(body, object_pairs_hook=_unique, parse_constant=_not_a_number)
    except _Ambiguous as error:
        raise InvalidMessage(PARSE_ERROR, "invalid_json", str(error)) from None
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict):
        raise InvalidMessage(
            INVALID_REQUEST, "invalid_request", "The body must be one JSON-RPC message."
        )
    if type(message.get("id", 0)) not in (int, str):
        # The SDK would take it for a notification, and not answer.
        raise InvalidMessage(
            INVALID_REQUEST, "invalid_request", "A request's id must be a string or an integer."
        )
    if not _is_small(_without_arguments(message)):
        limits = f"at most {_MAX_VALUES:,} values, at most {_MAX_DEPTH} deep"
        raise InvalidMessage(
            INVALID_REQUEST,
            "invalid_request",
            f"Besides a tool's arguments, a message has {limits}.",
        )
    return message


def _without_arguments(message: Any) -> Any:
    """*message* without what the SDK passes on unread. Its size is for the tool to judge."""
    if not isinstance(message, dict) or message.get("method") != "tools/call":
        return message
    params = message.get("params")
    if not isinstance(params, dict) or not isinstance(params.get("arguments"), dict):
        return message
    return {**message, "params": {**params, "arguments": None}}


def _is_small(message: Any) -> bool:
    """Whether *message* is within the limits. The SDK validates every value, and tens of thousands hold up all other calls."""
    count = 0
    level = [message]
    for _ in range(_MAX_DEPTH + 1):
        deeper: list[Any] = []
        for value in level:
            if isinstance(value, dict | list):
                count += len(value)
                if count > _MAX_VALUES:
                    return False
                deeper += value.values() if isinstance(value, dict) else value
        if not deeper:
            return True
        level = deeper
    return False


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _Ambiguous("An object has the same key twice.")
    return members


def _not_a_number(constant: str) -> Any:
    raise _Ambiguous(f"{constant} is not JSON.")
