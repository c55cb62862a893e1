"""The caller of an MCP request."""

from collections.abc import Hashable
from typing import Any

from mcp.server import ServerRequestContext


def caller_of(context: ServerRequestContext[Any]) -> Hashable:
    """Identifies the caller. Callers take turns if requests to a vendor have to wait."""
    # Over HTTP, middleware has identified the caller. Over stdio there is only one.
    request: Any = context.request
    return "" if request is None else request.state.principal.identity
