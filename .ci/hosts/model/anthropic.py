"""Anthropic's Messages API: https://docs.anthropic.com/en/api/messages."""

import json
from collections.abc import Iterator
from typing import Any

from model.api import Api, Body, Reply
from model.event_stream import Event, document, stream
from model.turn import Tool, Turn

_USAGE = {"input_tokens": 1, "output_tokens": 1}


def _tools(body: Body) -> list[Tool]:
    return [
        Tool(tool["name"], tool.get("description", ""), tool["input_schema"])
        for tool in body.get("tools", [])
        if "input_schema" in tool
    ]


def _results(body: Body) -> list[str]:
    blocks: list[Any] = []
    for message in body["messages"]:
        if isinstance(message["content"], list):
            blocks += message["content"]
    return [_text(block["content"]) for block in blocks if block["type"] == "tool_result"]


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "".join(block["text"] for block in content if block["type"] == "text")


def _reply(path: str, body: Body, turn: Turn) -> Reply:
    if path.endswith("/count_tokens"):
        return document({"input_tokens": 1})
    block, delta, reason = _block(turn)
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": _USAGE,
    }
    if body.get("stream"):
        return stream(_events(message, block, delta, reason))
    return document({**message, "content": [block], "stop_reason": reason})


def _block(turn: Turn) -> tuple[Event, Event, str]:
    """The content block of a turn, the delta that streams it, and the reason to stop."""
    if isinstance(turn, str):
        return {"type": "text", "text": turn}, {"type": "text_delta", "text": turn}, "end_turn"
    block = {
        "type": "tool_use",
        "id": turn.id,
        "name": turn.tool.name,
        "input": turn.arguments,
    }
    delta = {"type": "input_json_delta", "partial_json": json.dumps(turn.arguments)}
    return block, delta, "tool_use"


def _events(message: Event, block: Event, delta: Event, reason: str) -> Iterator[Event]:
    start = {**block, "text": ""} if block["type"] == "text" else {**block, "input": {}}
    yield {"type": "message_start", "message": message}
    yield {"type": "content_block_start", "index": 0, "content_block": start}
    yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    end = {"stop_reason": reason, "stop_sequence": None}
    yield {"type": "message_delta", "delta": end, "usage": _USAGE}
    yield {"type": "message_stop"}


API = Api(_tools, _results, _reply)
