"""MCP Apps: tools that show a page to people, for clients that can show pages.

https://modelcontextprotocol.io/specification/2026-01-26/extensions/apps

The first answers over stdio need only this module.
"""

from collections.abc import Iterable

from tools.catalogue import ToolEntry

EXTENSION = "io.modelcontextprotocol/ui"
MIME_TYPE = "text/html;profile=mcp-app"
CLIENT_CAPABILITIES = {"extensions": {EXTENSION: {"mimeTypes": [MIME_TYPE]}}}
"""What a client declares that shows pages."""


def shows_pages(capabilities: object) -> bool:
    """Whether a client with these *capabilities* shows pages.

    A client that declares the extension in another form does not.
    """
    match capabilities:
        case {"extensions": {"io.modelcontextprotocol/ui": {"mimeTypes": [*mime_types]}}}:
            return MIME_TYPE in mime_types
    return False


def have_pages(tools: Iterable[ToolEntry]) -> bool:
    """Whether one of *tools* shows a page."""
    return any(entry.page_uri for entry in tools)
