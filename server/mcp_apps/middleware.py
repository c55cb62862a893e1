"""MCP middleware: a caller who is offered no page sees nothing of MCP Apps."""

from typing import Any, cast

from mcp.server import ServerRequestContext
from mcp.server.context import CallNext, HandlerResult

from server.dispatcher import Dispatcher
from server.instructions import instructions, offered_to
from server.mcp_apps import EXTENSION, have_pages
from server.mcp_apps.client import client_shows_pages
from server.mcp_apps.resources import METHODS, unknown_method
from server.request_caller import caller_of
from tools.catalogue import ToolEntry

_DESCRIPTIONS = ("initialize", "server/discover")
"""The methods whose answers describe the server."""


class AppsMiddleware:
    """A middleware for the SDK's server, which has resources and the extension."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._settings = dispatcher.settings

    async def __call__(
        self, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        if ctx.request_id is None:
            # This is a notification. It has no answer, so there is nothing to leave out.
            return await call_next(ctx)
        if ctx.method in METHODS and not have_pages(self._offered(ctx)):
            raise unknown_method(ctx)
        result = await call_next(ctx)
        if ctx.method not in _DESCRIPTIONS:
            return result
        # The SDK has already converted the result to a dict.
        description = cast("dict[str, Any]", result)
        offered = self._offered(ctx)
        has_keys = bool(caller_of(ctx).keys)
        capabilities = _capabilities(description["capabilities"], has_pages=have_pages(offered))
        return {
            **description,
            "capabilities": capabilities,
            "instructions": instructions(self._settings, offered, has_keys=has_keys),
        }

    def _offered(self, ctx: ServerRequestContext[Any, Any]) -> list[ToolEntry]:
        """The tools that the caller of this request may call."""
        with_pages = client_shows_pages(ctx)
        return offered_to(self._settings, caller_of(ctx), with_pages=with_pages)


def _capabilities(capabilities: dict[str, Any], *, has_pages: bool) -> dict[str, Any]:
    """The server's *capabilities*, for a caller who is offered a page or none."""
    if has_pages:
        # In the handshake era, the SDK leaves extensions out.
        return {**capabilities, "extensions": {EXTENSION: {}}}
    hidden = ("resources", "extensions")
    return {name: value for name, value in capabilities.items() if name not in hidden}
