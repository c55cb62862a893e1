"""Finds out whether the client of an MCP request shows pages."""

from typing import Any

from mcp.server import ServerRequestContext

from server.mcp_apps import shows_pages


def client_shows_pages(context: ServerRequestContext[Any, Any]) -> bool:
    """Whether the client of this request has negotiated MCP Apps."""
    if context.method == "initialize":
        return shows_pages((context.params or {}).get("capabilities"))
    capabilities = context.session.client_capabilities
    if capabilities is not None:
        return shows_pages({"extensions": capabilities.extensions})
    # In the handshake era over HTTP, each request is answered by itself. Its session id says it.
    request: Any = context.request
    return request is not None and getattr(request.state, "shows_pages", False)
