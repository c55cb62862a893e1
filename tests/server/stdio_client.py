"""A real MCP client that starts the server as a subprocess, as hosts do."""

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from mcp import Client, StdioServerParameters
from mcp.client import ClientExtension
from mcp.client.stdio import stdio_client

from tests.pages import ROOT


@asynccontextmanager
async def start(
    mode: Any, *arguments: str, extensions: Sequence[ClientExtension] = (), **environ: str
) -> AsyncIterator[Client]:
    """A client of `python -m server` with *arguments*. *mode* is the SDK's, such as `auto`."""
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "server", *arguments], env=environ, cwd=ROOT
    )
    async with Client(stdio_client(server), mode=mode, extensions=extensions) as client:
        yield client
