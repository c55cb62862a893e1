"""A request's body, read in whole and within bounds before anybody works on it."""

import json
from typing import Any

from mcp.types import INVALID_REQUEST, PARSE_ERROR
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from server.http.refusal import InvalidMessage, Refusal


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
        InvalidMessage: an object has a key twice, a number is not JSON, or a request's id is null.
    """
    try:
        message = json.loads(body, object_pairs_hook=_unique, parse_constant=_not_a_number)
    except _Ambiguous as error:
        raise InvalidMessage(PARSE_ERROR, "invalid_json", str(error)) from None
    except (ValueError, RecursionError):
        return None
    if isinstance(message, dict) and message.get("id", 0) is None:
        raise InvalidMessage(INVALID_REQUEST, "invalid_request", "A request's id must not be null.")
    return message


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _Ambiguous("An object has the same key twice.")
    return members


def _not_a_number(constant: str) -> Any:
    raise _Ambiguous(f"{constant} is not JSON.")
