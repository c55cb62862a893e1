"""The sandbox, on a real socket, and an agent: a real MCP client of a server that asks it."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest
from mcp import Client

from sandbox.serving import VENDORS as EMULATED
from sandbox.serving import Sandbox, serve
from server.app import build
from server.dispatcher import Dispatcher
from server.settings import Settings

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
"""The instant that the sandbox's data ends at, and the server's clock."""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """One for all tests that only read."""
    with serve(now=NOW) as running:
        yield running


def settings_for(sandbox: Sandbox, **options: str) -> Settings:
    """Settings that reach *sandbox* with the given path options for both vendors, where they know them."""
    return Settings(
        keys=dict.fromkeys(EMULATED, "key"),
        urls={vendor: sandbox.url(vendor, **options) for vendor in EMULATED},
    )


@pytest.fixture
async def dispatcher(sandbox: Sandbox, anyio_backend: str) -> AsyncIterator[Dispatcher]:
    """The tools without MCP around them."""
    async with Dispatcher(settings_for(sandbox), clock=lambda: NOW) as dispatcher:
        yield dispatcher


@pytest.fixture(params=["auto", "legacy"])
async def agent(
    sandbox: Sandbox, anyio_backend: str, request: pytest.FixtureRequest
) -> AsyncIterator[Client]:
    """An MCP client talking to our server talking to the sandbox, in each protocol era."""
    async with Client(
        build(Dispatcher(settings_for(sandbox), clock=lambda: NOW)), mode=request.param
    ) as client:
        yield client
