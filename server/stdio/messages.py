"""Parses a line into one of the SDK's message types."""

import json
from typing import Any

from mcp import types
from mcp_types import jsonrpc_message_adapter
from pydantic import ValidationError
from pydantic_core import from_json


class UnreadableError(Exception):
    """The line is not a message. The answer to the client has the text, `code` and `id`."""

    def __init__(self, code: int, message: str, id_: types.RequestId | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.id = id_


def parse(line: bytes) -> types.JSONRPCMessage:
    """The JSON-RPC message on *line*.

    Raises:
        UnreadableError: the line is not JSON, or not a JSON-RPC 2.0 message.
    """
    try:
        message = jsonrpc_message_adapter.validate_json(line, by_name=False)
    except ValidationError as error:
        [first, *_] = error.errors(include_url=False, include_input=False)
        if first["type"] == "json_invalid":
            raise _not_json(line) from None
        raise _not_a_message(line) from None
    if _is_notification_with_id(message, line):
        raise _not_a_message(line)
    return message


def _not_json(line: bytes) -> UnreadableError:
    """The error for a line that the SDK cannot read as JSON.

    Python's parser can read some of them. Then the error has the id of the request, so that the
    client does not wait for its answer.
    """
    try:
        content = json.loads(line.decode())
    except (ValueError, RecursionError):
        return UnreadableError(types.PARSE_ERROR, "The line is not JSON")
    problem = "The line has half of a surrogate pair, or is nested too deeply"
    return UnreadableError(types.INVALID_REQUEST, problem, _id_of(content))


def _is_notification_with_id(message: types.JSONRPCMessage, line: bytes) -> bool:
    """Whether a request with an invalid id was parsed as a notification. It would get no answer."""
    if not isinstance(message, types.JSONRPCNotification):
        return False
    return b'"id"' in line and "id" in from_json(line)


def _not_a_message(line: bytes) -> UnreadableError:
    id_ = _id_of(from_json(line))
    return UnreadableError(types.INVALID_REQUEST, "The line is not a JSON-RPC 2.0 message", id_)


def _id_of(content: Any) -> types.RequestId | None:
    """The id of a message. None if there is none, or if it cannot be sent back."""
    id_ = content.get("id") if isinstance(content, dict) else None
    if isinstance(id_, str):
        is_unicode = id_ == id_.encode(errors="replace").decode()
        return id_ if is_unicode else None
    return id_ if isinstance(id_, int) and not isinstance(id_, bool) else None
