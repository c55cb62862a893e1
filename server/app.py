"""Builds the MCP server, which offers the tools of a dispatcher."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from mcp import MCPError, types
from mcp.server import ServerRequestContext
from mcp.server.caching import CacheableMethod, CacheHint
from mcp.server.lowlevel import Server

from server import __version__
from server.dispatcher import Dispatcher
from server.instructions import TTL_MS, instructions, offered_tools
from server.prompts import are_offered
from server.prompts.handlers import PromptHandlers
from server.request_caller import caller_of
from tools.catalogue import ToolEntry
from tools.schema import input_schema
from tools.tool import Tool

_ANNOTATIONS = types.ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=True
)

_META = {"anthropic/alwaysLoad": True}
"""Claude Code then shows the tools to the model at once, and not only their names."""
_CACHE_HINTS: Mapping[CacheableMethod, CacheHint] = {
    "server/discover": CacheHint(ttl_ms=TTL_MS),
    "tools/list": CacheHint(ttl_ms=TTL_MS),
    "prompts/list": CacheHint(ttl_ms=TTL_MS),
}


def build(dispatcher: Dispatcher, offered: Sequence[ToolEntry] | None = None) -> Server[Dispatcher]:
    """Build an MCP server that offers the tools of *dispatcher*, in both protocol eras.

    It has prompts and completions if it offers the tool that they call. *offered* are the tools
    that any caller may see, by default those whose vendor has a key in the settings.
    """
    if offered is None:
        offered = offered_tools(dispatcher.settings)
    schemas = {name: input_schema(tool.arguments) for name, tool in dispatcher.tools.items()}
    tools_result = types.ListToolsResult(
        tools=[describe(dispatcher.tools[entry.name]) for entry in offered]
    )

    @asynccontextmanager
    async def lifespan(_: Server[Dispatcher]) -> AsyncGenerator[Dispatcher]:
        async with dispatcher:
            yield dispatcher

    async def list_tools(
        _: ServerRequestContext[Dispatcher], __: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return tools_result

    async def call_tool(
        context: ServerRequestContext[Dispatcher], params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        if params.name not in dispatcher.tools:
            raise MCPError(code=types.INVALID_PARAMS, message=f"Unknown tool: {params.name[:80]}")
        result = await dispatcher.call(
            params.name,
            params.arguments or {},
            progress=context.session.report_progress,
            caller=caller_of(context),
        )
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=result.text)],
            structured_content=result.structured,
            is_error=result.is_error,
        )

    def schema_of(name: str) -> Mapping[str, Any] | None:
        return schemas.get(name)

    server = Server(
        "incident-desk",
        version=__version__,
        instructions=instructions(dispatcher.settings, offered),
        lifespan=lifespan,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        cache_hints=_CACHE_HINTS,
        get_tool_input_schema=schema_of,
    )
    if are_offered(offered):
        PromptHandlers(dispatcher).add_to(server)
    return server


def describe(tool: Tool[Any]) -> types.Tool:
    """The tool's description in the answer to `tools/list`."""
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=input_schema(tool.arguments),
        output_schema=tool.output_schema,
        annotations=_ANNOTATIONS,
        _meta=_META,
    )
