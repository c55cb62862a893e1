"""OpenAI's Responses API: https://platform.openai.com/docs/api-reference/responses."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from model.api import Api, Body, Reply
from model.event_stream import Event, stream
from model.turn import SEARCH, Tool, Turn

_USAGE = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}


def _tools(body: Body) -> list[Tool]:
    entries = [*body.get("tools", [])]
    searches = [item for item in body["input"] if item.get("type") == "tool_search_output"]
    for search in searches:
        entries += search["tools"]
    tools: list[Tool] = []
    for entry in entries:
        if entry["type"] == "namespace":
            tools += [_tool(tool, entry["name"]) for tool in entry["tools"]]
        elif entry["type"] == "function":
            tools.append(_tool(entry, None))
        elif entry["type"] == SEARCH and not searches:
            tools.append(Tool(SEARCH, entry["description"], entry["parameters"]))
    return tools


def _tool(entry: Mapping[str, Any], namespace: str | None) -> Tool:
    return Tool(entry["name"], entry["description"], entry["parameters"], namespace)


def _results(body: Body) -> list[str]:
    outputs = [item for item in body["input"] if item.get("type") == "function_call_output"]
    return [_text(item["output"]) for item in outputs]


def _text(output: Any) -> str:
    if isinstance(output, str):
        return output
    return "".join(part["text"] for part in output if part["type"] == "input_text")


def _reply(_: str, body: Body, turn: Turn) -> Reply:
    return stream(_events(body["model"], _item(turn)))


def _item(turn: Turn) -> Event:
    if isinstance(turn, str):
        content = [{"type": "output_text", "text": turn, "annotations": []}]
        return {"type": "message", "id": "msg_1", "role": "assistant", "content": content}
    if turn.tool.name == SEARCH:
        return {
            "type": "tool_search_call",
            "call_id": turn.id,
            "execution": "client",
            "arguments": turn.arguments,
        }
    item = {
        "type": "function_call",
        "id": f"fc_{turn.id}",
        "call_id": turn.id,
        "name": turn.tool.name,
        "arguments": json.dumps(turn.arguments),
    }
    return {**item, "namespace": turn.tool.namespace} if turn.tool.namespace else item


def _events(model: str, item: Event) -> Iterator[Event]:
    response = {"id": "resp_1", "object": "response", "model": model, "output": []}
    yield {"type": "response.created", "response": {**response, "status": "in_progress"}}
    yield {"type": "response.output_item.added", "output_index": 0, "item": item}
    yield {"type": "response.output_item.done", "output_index": 0, "item": item}
    done = {**response, "status": "completed", "output": [item], "usage": _USAGE}
    yield {"type": "response.completed", "response": done}


API = Api(_tools, _results, _reply)
