"""A model of LangChain that follows a script."""

import json
from collections.abc import Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolCall, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.utils.function_calling import convert_to_openai_tool
from script import ListedTool, Script


class _ScriptedModel(BaseChatModel):
    script: Any

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **_: Any) -> "_ScriptedModel":
        for tool in tools:
            function = convert_to_openai_tool(tool)["function"]
            schema = json.dumps(function["parameters"])
            self.script.tools[function["name"]] = ListedTool(function["description"], schema)
        return self

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        results = [message for message in messages if isinstance(message, ToolMessage)]
        calls = []
        if results:
            self.script.results += [message.text for message in results]
        else:
            for number, call in enumerate(self.script.calls):
                calls.append(ToolCall(name=call.tool, args=dict(call.arguments), id=f"{number}"))
        message = AIMessage(content="done", tool_calls=calls)
        return ChatResult(generations=[ChatGeneration(message=message)])


def scripted(script: Script) -> BaseChatModel:
    return _ScriptedModel(script=script)
