"""Serving MCP over stdin and stdout."""

import anyio
from mcp.server.stdio import stdio_server

from server import logs
from server.app import build
from server.desk import Desk
from server.sandboxed import sandboxed
from server.settings import Settings


def serve_stdio(settings: Settings) -> int:
    """Serve until stdin ends."""
    logs.configure(settings.log_level, settings.keys.values())
    with sandboxed(settings) as settings_:
        anyio.run(_serve, settings_)
    return 0


async def _serve(settings: Settings) -> None:
    app = build(Desk(settings))
    async with stdio_server() as (read, write):
        await app.run(read, write, app.create_initialization_options())
