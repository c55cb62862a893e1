"""OpenAI's Chat Completions API: https://platform.openai.com/docs/api-reference/chat."""

import json
from typing import Any

from model.api import Api, Body, Reply
from model.event_stream import document, unnamed_stream
from model.turn import Tool, Turn

_USAGE = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}


def _tools(body: Body) -> list[Tool]:
    functions = [tool["function"] for tool in body.get("tools", []) if "function" in tool]
    return [
        Tool(function["name"], function.get("description", ""), function["parameters"])
        for function in functions
    ]


def _results(body: Body) -> list[str]:
    return [_text(entry["content"]) for entry in body["messages"] if entry["role"] == "tool"]


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "".join(part["text"] for part in content if part["type"] == "text")


def _reply(_: str, body: Body, turn: Turn) -> Reply:
    completion = {"id": "chatcmpl-1", "created": 1, "model": body["model"], "usage": _USAGE}
    message = {"role": "assistant", **_message(turn)}
    reason = "stop" if isinstance(turn, str) else "tool_calls"
    choice = {"index": 0, "finish_reason": reason}
    if not body.get("stream"):
        choices = [{**choice, "message": message}]
        return document({**completion, "object": "chat.completion", "choices": choices})
    first = {"index": 0, "finish_reason": None, "delta": message}
    last = {**choice, "delta": {}}
    chunk = {**completion, "object": "chat.completion.chunk"}
    return unnamed_stream(({**chunk, "choices": [part]} for part in (first, last)), end="[DONE]")


def _message(turn: Turn) -> dict[str, Any]:
    if isinstance(turn, str):
        return {"content": turn}
    function = {"name": turn.tool.name, "arguments": json.dumps(turn.arguments)}
    call = {"index": 0, "id": turn.id, "type": "function", "function": function}
    return {"content": None, "tool_calls": [call]}


API = Api(_tools, _results, _reply)
