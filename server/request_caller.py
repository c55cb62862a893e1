"""Finds the caller of an MCP request."""

from typing import Any

from mcp.server import ServerRequestContext

from server.caller import Caller
from server.dispatcher import Dispatcher


def caller_of(context: ServerRequestContext[Dispatcher]) -> Caller:
    """The caller of an MCP request."""
    # Over HTTP, middleware has identified the caller. Over stdio there is only one.
    request: Any = context.request
    if request is None:
        return context.lifespan_context.own_caller
    caller: Caller = request.state.principal.caller
    return caller
