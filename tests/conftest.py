"""The sandbox, on a real socket, and an agent: a real MCP client of a server that asks it."""

from collections.abc import AsyncIterator, Iterator

import pytest
from mcp import Client

from evals.settings import NOW as NOW
from evals.settings import settings_for as settings_for
from sandbox.serving import Sandbox, serve
from server.app import build
from server.dispatcher import Dispatcher


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """One for all tests that only read."""
    with serve(now=NOW) as running:
        yield running


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
