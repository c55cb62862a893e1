"""Google's Gemini API: https://ai.google.dev/api/generate-content."""

import json
from typing import Any

from model.api import Api, Body, Reply
from model.event_stream import document, unnamed_stream
from model.turn import Tool, Turn

_USAGE = {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}


def _tools(body: Body) -> list[Tool]:
    entries: list[Any] = []
    for group in body.get("tools", []):
        entries += group.get("functionDeclarations", [])
    return [
        Tool(entry["name"], entry.get("description", ""), entry.get("parametersJsonSchema", {}))
        for entry in entries
    ]


def _results(body: Body) -> list[str]:
    parts: list[Any] = []
    for content in body["contents"]:
        parts += content["parts"]
    responses = [part["functionResponse"] for part in parts if "functionResponse" in part]
    return [_text(response["response"]) for response in responses]


def _text(response: Any) -> str:
    values = [value for value in response.values() if isinstance(value, str)]
    return values[0] if values else json.dumps(response)


def _reply(path: str, _: Body, turn: Turn) -> Reply:
    if path.endswith(":countTokens"):
        return document({"totalTokens": 1})
    content = {"role": "model", "parts": [_part(turn)]}
    candidate = {"content": content, "finishReason": "STOP", "index": 0}
    answer = {"candidates": [candidate], "usageMetadata": _USAGE}
    if path.endswith(":streamGenerateContent"):
        return unnamed_stream([answer])
    return document(answer)


def _part(turn: Turn) -> dict[str, Any]:
    if isinstance(turn, str):
        return {"text": turn}
    return {"functionCall": {"id": turn.id, "name": turn.tool.name, "args": turn.arguments}}


API = Api(_tools, _results, _reply)
