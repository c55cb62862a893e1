"""A model of Pydantic AI that follows a script."""

import json

from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, FunctionModel
from script import ListedTool, Script


def scripted(script: Script) -> FunctionModel:
    def respond(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        if len(messages) > 1:
            parts = [part for part in messages[-1].parts if isinstance(part, ToolReturnPart)]
            script.results += [part.model_response_str(wrap_if_error=False) for part in parts]
            return ModelResponse(parts=[TextPart("done")])
        for tool in info.function_tools:
            schema = json.dumps(tool.parameters_json_schema)
            script.tools[tool.name] = ListedTool(tool.description or "", schema)
        calls = [ToolCallPart(call.tool, dict(call.arguments)) for call in script.calls]
        return ModelResponse(parts=calls)

    return FunctionModel(respond)
