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
        return Caller(keys=context.lifespan_context.service_keys)
    caller: Caller = request.state.principal.caller
    return caller
