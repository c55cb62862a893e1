"""Answers MCP's requests for prompts and completions."""

from mcp import MCPError, types
from mcp.server import ServerRequestContext
from mcp.server.lowlevel import Server

from server.dispatcher import Dispatcher
from server.prompts import COMPLETE, TOOL, unknown
from server.prompts.catalogue import BY_NAME, listing
from server.prompts.completion import Completer, Completion
from server.prompts.prompt import Argument
from server.prompts.text import WrongArguments, write
from server.request_caller import caller_of


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
        if params.name not in BY_NAME:
            raise _invalid(unknown(params.name))
        prompt = BY_NAME[params.name]
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

        An argument that does not exist has no values. MCP's conformance suite asks for one, and
        accepts no error.
        """
        completion = Completion()
        argument = _find_argument(params)
        if argument:
            typed = params.argument.value
            completion = await self._completer.complete(argument, typed, caller_of(context))
        return types.CompleteResult(
            completion=types.Completion(
                values=[*completion.values], total=completion.total, has_more=completion.has_more
            )
        )


def _find_argument(params: types.CompleteRequestParams) -> Argument | None:
    if not isinstance(params.ref, types.PromptReference) or params.ref.name not in BY_NAME:
        return None
    for argument in BY_NAME[params.ref.name].arguments:
        if argument.name == params.argument.name:
            return argument
    return None


def _invalid(message: str) -> MCPError:
    return MCPError(code=types.INVALID_PARAMS, message=message)
