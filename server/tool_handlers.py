"""Answers MCP's requests for tools: their list, and calls."""

from collections.abc import Iterable
from typing import Any

from mcp import MCPError, types
from mcp.server import ServerRequestContext

from server.caller import Caller
from server.dispatcher import Dispatcher, Result
from server.instructions import offered_to
from server.mcp_apps.client import client_shows_pages
from server.request_caller import caller_of
from tools.catalogue import PAGE_URIS, ToolEntry
from tools.schema import input_schema
from tools.tool import Tool

_ANNOTATIONS = types.ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=True
)
_PAGE_ANNOTATIONS = types.ToolAnnotations(read_only_hint=True)
"""For tools that show a page, which may cost only few tokens: it implies the other hints."""
_META = {"anthropic/alwaysLoad": True}
"""Claude Code then shows the tools to the model at once, and not only their names."""


class ToolHandlers:
    """The answers to `tools/list` and `tools/call`. *offered* are the tools to list.

    For a client that does not show pages, a tool that shows one does not exist.
    """

    def __init__(self, dispatcher: Dispatcher, offered: Iterable[ToolEntry]) -> None:
        self._dispatcher = dispatcher
        tools = [describe(dispatcher.tools[entry.name]) for entry in offered]
        self._all = types.ListToolsResult(tools=tools)
        self._without_pages = types.ListToolsResult(
            tools=[tool for tool in tools if tool.name not in PAGE_URIS]
        )

    async def list(
        self, context: ServerRequestContext[Dispatcher], _: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return self._all if client_shows_pages(context) else self._without_pages

    async def call(
        self, context: ServerRequestContext[Dispatcher], params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        """The answer of a tool.

        Raises:
            MCPError: there is no such tool for this client.
        """
        if not self._has_tool(params.name, context):
            raise MCPError(code=types.INVALID_PARAMS, message=f"Unknown tool: {params.name[:80]}")
        caller = caller_of(context)
        result = await self._dispatcher.call(
            params.name,
            params.arguments or {},
            progress=context.session.report_progress,
            caller=caller,
        )
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=result.text)],
            structured_content=result.structured,
            is_error=result.is_error,
            _meta=self._page_meta(params.name, result, caller),
        )

    def _has_tool(self, name: str, context: ServerRequestContext[Dispatcher]) -> bool:
        if name not in self._dispatcher.tools:
            return False
        return name not in PAGE_URIS or client_shows_pages(context)

    def _page_meta(self, tool: str, result: Result, caller: Caller) -> dict[str, Any] | None:
        """What the page of *tool* gets, under its name; None if the result is for no page.

        `tools` are the names of the tools that the page may call.
        """
        if not result.page:
            return None
        offered = offered_to(self._dispatcher.settings, caller, with_pages=True)
        tools = [entry.name for entry in offered]
        return {PAGE_URIS[tool].removeprefix("ui://"): {**result.page, "tools": tools}}


def describe(tool: Tool[Any]) -> types.Tool:
    """The tool's description in the answer to `tools/list`."""
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=input_schema(tool.arguments),
        output_schema=tool.output_schema,
        annotations=_PAGE_ANNOTATIONS if tool.name in PAGE_URIS else _ANNOTATIONS,
        _meta=_meta(tool.name),
    )


def _meta(tool: str) -> dict[str, Any]:
    if tool in PAGE_URIS:
        # The page calls it, too: some hosts do not pass on all of a result to the page.
        return {"ui": {"resourceUri": PAGE_URIS[tool], "visibility": ["model", "app"]}}
    return _META
