"""Answers MCP's requests for prompts and completions."""

from mcp import MCPError, types
from mcp.server import ServerRequestContext
from mcp.server.lowlevel import Server

from server.caller import caller_of
from server.dispatcher import Dispatcher
from server.prompts import COMPLETE, TOOL, unknown
from server.prompts.catalogue import BY_NAME, listing
from server.prompts.completion import Completer
from server.prompts.prompt import Argument, Prompt
from server.prompts.text import WrongArguments, write
from tools.arguments import excerpt


class PromptHandlers:
    """The answers to `prompts/list`, `prompts/get` and `completion/complete`."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self._completer = Completer(dispatcher)
        self._list_result = types.ListPromptsResult.model_validate({"prompts": listing()})

    def add_to(self, server: Server[Dispatcher]) -> None:
        """Let *server* answer these requests, and declare that it does."""
        server.add_request_handler("prompts/list", types.PaginatedRequestParams, self.list)
        server.add_request_handler("prompts/get", types.GetPromptRequestParams, self.get)
        server.add_request_handler(COMPLETE, types.CompleteRequestParams, self.complete)

    async def list(
        self, _: ServerRequestContext[Dispatcher], __: types.PaginatedRequestParams
    ) -> types.ListPromptsResult:
        return self._list_result

    async def get(
        self, _: ServerRequestContext[Dispatcher], params: types.GetPromptRequestParams
    ) -> types.GetPromptResult:
        """The text of a prompt.

        Raises:
            MCPError: there is no such prompt, or an argument is wrong.
        """
        prompt = _prompt(params.name)
        dispatcher = self._dispatcher
        try:
            text = write(prompt, params.arguments or {}, dispatcher.tools[TOOL], dispatcher.clock())
        except WrongArguments as error:
            raise _invalid(f"{error}.") from None
        content = types.TextContent(type="text", text=text)
        return types.GetPromptResult(
            description=prompt.description,
            messages=[types.PromptMessage(role="user", content=content)],
        )

    async def complete(
        self, context: ServerRequestContext[Dispatcher], params: types.CompleteRequestParams
    ) -> types.CompleteResult:
        """The values that fit what a person has typed.

        Raises:
            MCPError: there is no such prompt or argument.
        """
        if not isinstance(params.ref, types.PromptReference):
            raise _invalid("Only the arguments of prompts are completed.")
        argument = _argument(_prompt(params.ref.name), params.argument.name)
        typed = params.argument.value
        completion = await self._completer.complete(argument, typed, caller_of(context))
        return types.CompleteResult(
            completion=types.Completion(
                values=[*completion.values], total=completion.total, has_more=completion.has_more
            )
        )


def _prompt(name: str) -> Prompt:
    if name not in BY_NAME:
        raise _invalid(unknown(name))
    return BY_NAME[name]


def _argument(prompt: Prompt, name: str) -> Argument:
    for argument in prompt.arguments:
        if argument.name == name:
            return argument
    names = ", ".join(argument.name for argument in prompt.arguments)
    raise _invalid(f"{prompt.name} has no argument {excerpt(name)!r}: it has {names}.")


def _invalid(message: str) -> MCPError:
    return MCPError(code=types.INVALID_PARAMS, message=message)
