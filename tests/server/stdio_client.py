"""A real MCP client that starts the server as a subprocess, as hosts do."""

import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from tests.apps import EXTENSIONS
from tests.pages import ROOT


@asynccontextmanager
async def start(mode: Any, *arguments: str, **environ: str) -> AsyncIterator[Client]:
    """A client of `python -m server` with *arguments*. *mode* is the SDK's, such as `auto`."""
    async with Client(stdio_client(_server(arguments, environ)), mode=mode) as client:
        yield client


@asynccontextmanager
async def start_with_pages(mode: Any, *arguments: str, **environ: str) -> AsyncIterator[Client]:
    """The same for a client that shows pages."""
    transport = stdio_client(_server(arguments, environ))
    async with Client(transport, mode=mode, extensions=EXTENSIONS) as client:
        yield client


def _server(arguments: tuple[str, ...], environ: Mapping[str, str]) -> StdioServerParameters:
    return StdioServerParameters(
        command=sys.executable, args=["-m", "server", *arguments], env={**environ}, cwd=ROOT
    )
