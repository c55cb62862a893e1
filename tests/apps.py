"""An MCP client that shows pages."""

from typing import Any

from mcp.client import advertise

EXTENSION = "io.modelcontextprotocol/ui"
MIME_TYPE = "text/html;profile=mcp-app"
SHOWS_PAGES = {"mimeTypes": [MIME_TYPE]}
EXTENSIONS = (advertise(EXTENSION, SHOWS_PAGES),)
"""For `mcp.Client`."""
CAPABILITIES: dict[str, Any] = {"extensions": {EXTENSION: SHOWS_PAGES}}
"""What such a client sends."""
URI = "ui://incident-desk/board"
META = "incident-desk/board"
