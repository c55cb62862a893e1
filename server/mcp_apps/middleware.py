"""MCP middleware: a client that does not show pages sees nothing of MCP Apps."""

from collections.abc import Mapping
from typing import Any, cast

from mcp.server import ServerRequestContext
from mcp.server.context import CallNext, HandlerResult

from server.mcp_apps import EXTENSION
from server.mcp_apps.client import client_shows_pages
from server.mcp_apps.resources import METHODS, unknown_method


class AppsMiddleware:
    """A middleware for the SDK's server, which has resources and the extension.

    *instructions* are for clients that show pages.
    """

    def __init__(self, instructions: str) -> None:
        self._instructions = instructions

    async def __call__(
        self, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        if ctx.request_id is None:
            # This is a notification. It has no answer, so there is nothing to leave out.
            return await call_next(ctx)
        if ctx.method in METHODS and not client_shows_pages(ctx):
            raise unknown_method(ctx)
        result = await call_next(ctx)
        if ctx.method not in ("initialize", "server/discover"):
            return result
        # The SDK has already converted the result to a dict.
        description = cast("Mapping[str, Any]", result)
        if not client_shows_pages(ctx):
            return without_pages(description)
        # In the handshake era, the SDK leaves extensions out.
        capabilities = {**description["capabilities"], "extensions": {EXTENSION: {}}}
        return {**description, "capabilities": capabilities, "instructions": self._instructions}


def without_pages(description: Mapping[str, Any]) -> dict[str, Any]:
    """The server's *description* of itself without resources and without the extension."""
    capabilities = dict(description["capabilities"])
    capabilities.pop("resources", None)
    capabilities.pop("extensions", None)
    return {**description, "capabilities": capabilities}
