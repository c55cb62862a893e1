"""A model of the Agent Development Kit that follows a script."""

import json
from collections.abc import AsyncGenerator
from typing import Any

from google.adk.models import BaseLlm, LlmRequest, LlmResponse
from google.genai import types
from script import ListedTool, Script


class _ScriptedModel(BaseLlm):
    script: Any

    async def generate_content_async(
        self, llm_request: LlmRequest, stream: bool = False
    ) -> AsyncGenerator[LlmResponse, None]:
        parts = llm_request.contents[-1].parts or []
        results = [part.function_response for part in parts if part.function_response]
        if results:
            self.script.results += [_text(result.response or {}) for result in results]
            yield _response([types.Part(text="done")])
            return
        for tool in llm_request.config.tools or []:
            for declaration in tool.function_declarations:
                self.script.tools[declaration.name] = _listed(declaration)
        calls = []
        for number, call in enumerate(self.script.calls):
            function_call = types.FunctionCall(
                id=f"{number}", name=call.tool, args=dict(call.arguments)
            )
            calls.append(types.Part(function_call=function_call))
        yield _response(calls)


def _listed(declaration: types.FunctionDeclaration) -> ListedTool:
    schema = declaration.parameters_json_schema
    if schema is None and declaration.parameters:
        schema = declaration.parameters.model_dump(mode="json", exclude_none=True)
    return ListedTool(declaration.description or "", json.dumps(schema))


def _text(response: dict[str, Any]) -> str:
    """The text of a result. ADK gives the model the whole result as an object."""
    [content] = response["content"]
    return str(content["text"])


def _response(parts: list[types.Part]) -> LlmResponse:
    return LlmResponse(content=types.Content(role="model", parts=parts))


def scripted(script: Script) -> BaseLlm:
    return _ScriptedModel(model="scripted", script=script)
