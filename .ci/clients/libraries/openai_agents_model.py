"""A model of the OpenAI Agents SDK that follows a script."""

import json
from typing import Any

from agents import FunctionTool, Model, ModelResponse, ModelSettings, Tool, Usage
from openai.types.responses import (
    ResponseFunctionToolCall,
    ResponseOutputMessage,
    ResponseOutputText,
)
from script import ListedTool, Script


class _ScriptedModel(Model):
    def __init__(self, script: Script) -> None:
        self._script = script

    async def get_response(
        self,
        system_instructions: str | None,
        input: Any,  # noqa: A002
        model_settings: ModelSettings,
        tools: list[Tool],
        *_: Any,
        **__: Any,
    ) -> ModelResponse:
        outputs = [item for item in input if item.get("type") == "function_call_output"]
        if outputs:
            self._script.results += [_text(item["output"]) for item in outputs]
            return _response([_message("done")])
        for tool in tools:
            if isinstance(tool, FunctionTool):
                schema = json.dumps(tool.params_json_schema)
                self._script.tools[tool.name] = ListedTool(tool.description, schema)
        calls = []
        for number, call in enumerate(self._script.calls):
            text = json.dumps(call.arguments)
            calls.append(
                ResponseFunctionToolCall(
                    type="function_call", call_id=f"{number}", name=call.tool, arguments=text
                )
            )
        return _response(calls)

    def stream_response(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError


def _text(output: Any) -> str:
    if isinstance(output, str):
        return output
    return "".join(part["text"] for part in output)


def _message(text: str) -> ResponseOutputMessage:
    content = ResponseOutputText(type="output_text", text=text, annotations=[])
    return ResponseOutputMessage(
        id="message", type="message", role="assistant", status="completed", content=[content]
    )


def _response(output: list[Any]) -> ModelResponse:
    return ModelResponse(output=output, usage=Usage(), response_id=None)


def scripted(script: Script) -> Model:
    return _ScriptedModel(script)
