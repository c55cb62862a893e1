"""The sandbox on a real socket, and a real MCP client of a server that uses it."""

import gc
import os
import signal
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import pytest
from mcp import Client

from evals.settings import NO_CERTIFICATES as NO_CERTIFICATES
from evals.settings import NOW as NOW
from evals.settings import settings_for as settings_for
from sandbox.serving import Sandbox, serve
from server.app import build
from server.dispatcher import Dispatcher
from tests.environment import build_wheel

# Nothing here uses TLS, and an HTTP client that loads certificates takes 19 ms for it.
os.environ.pop("SSL_CERT_FILE", None)
os.environ["SSL_CERT_DIR"] = os.devnull

# A shell starts its background jobs with SIGINT ignored, and so their children ignore it. Tests
# send it to processes that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Exempt the collected tests from garbage collection, which also waits until they are there.

    They are 300,000 objects, which each full collection would look at.
    """
    gc.disable()
    result = yield
    gc.collect()
    gc.freeze()
    gc.enable()
    return result


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this project."""
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """One sandbox for all tests that do not change its data."""
    with serve(now=NOW) as sandbox:
        yield sandbox


@pytest.fixture
async def dispatcher(sandbox: Sandbox, anyio_backend: str) -> AsyncIterator[Dispatcher]:
    """The tools without MCP."""
    async with Dispatcher(settings_for(sandbox), clock=lambda: NOW) as dispatcher:
        yield dispatcher


@pytest.fixture(params=["auto", "legacy"])
async def agent(
    sandbox: Sandbox, anyio_backend: str, request: pytest.FixtureRequest
) -> AsyncIterator[Client]:
    """An MCP client of our server, which uses the sandbox, in each protocol era."""
    async with Client(
        build(Dispatcher(settings_for(sandbox), clock=lambda: NOW)), mode=request.param
    ) as client:
        yield client
