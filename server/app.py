"""Builds the MCP server, which offers the tools of a dispatcher."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from mcp.server.caching import CacheableMethod, CacheHint
from mcp.server.lowlevel import Server

from server import __version__
from server.dispatcher import Dispatcher
from server.instructions import TTL_MS, instructions, offered_tools
from server.mcp_apps import have_pages
from server.mcp_apps.middleware import AppsMiddleware
from server.mcp_apps.resources import ResourceHandlers
from server.prompts import are_offered
from server.prompts.handlers import PromptHandlers
from server.tool_handlers import ToolHandlers
from tools.catalogue import ToolEntry
from tools.schema import input_schema

_CACHE_HINT = CacheHint(ttl_ms=TTL_MS)
_CACHE_HINTS: Mapping[CacheableMethod, CacheHint] = {
    "server/discover": _CACHE_HINT,
    "tools/list": _CACHE_HINT,
    "prompts/list": _CACHE_HINT,
    "resources/list": _CACHE_HINT,
    "resources/read": _CACHE_HINT,
    "resources/templates/list": _CACHE_HINT,
}


def build(dispatcher: Dispatcher, offered: Sequence[ToolEntry] | None = None) -> Server[Dispatcher]:
    """Build an MCP server that offers the tools of *dispatcher*, in both protocol eras.

    It has prompts and completions if it offers the tool that they call, and pages if it offers a
    tool that shows one. *offered* are the tools that any caller may see, by default those whose
    vendor has a key in the settings.
    """
    settings = dispatcher.settings
    if offered is None:
        offered = offered_tools(settings, with_pages=True)
    schemas = {name: input_schema(tool.arguments) for name, tool in dispatcher.tools.items()}
    handlers = ToolHandlers(dispatcher, offered)

    @asynccontextmanager
    async def lifespan(_: Server[Dispatcher]) -> AsyncGenerator[Dispatcher]:
        async with dispatcher:
            yield dispatcher

    def schema_of(name: str) -> Mapping[str, Any] | None:
        return schemas.get(name)

    server = Server(
        "incident-desk",
        version=__version__,
        instructions=instructions(settings, offered),
        lifespan=lifespan,
        on_list_tools=handlers.list,
        on_call_tool=handlers.call,
        cache_hints=_CACHE_HINTS,
        get_tool_input_schema=schema_of,
    )
    if are_offered(offered):
        PromptHandlers(dispatcher).add_to(server)
    if have_pages(offered):
        ResourceHandlers(offered).add_to(server)
        server.middleware.append(AppsMiddleware(dispatcher))
    return server
