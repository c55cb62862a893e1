"""A connection to the sandbox that records its requests, and a function that asks over it."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest

from sandbox.serving import Sandbox
from tests.conftest import NO_CERTIFICATES, NOW
from tools.connection import Connection, connect
from tools.rootly import ROOTLY
from tools.rootly.list_arguments import ListIncidents
from tools.rootly.list_incidents import TOOL
from tools.validation import validate

Sent = tuple[Connection, list[httpx.URL]]


@pytest.fixture
async def sent(sandbox: Sandbox, anyio_backend: str) -> AsyncIterator[Sent]:
    url = sandbox.url("rootly")
    connection = connect(ROOTLY, url, "key", clock=lambda: NOW, tls=NO_CERTIFICATES)
    urls: list[httpx.URL] = []

    async def record(request: httpx.Request) -> None:
        urls.append(request.url)

    connection.http.event_hooks = {"request": [record]}
    yield connection, urls
    await connection.http.aclose()


async def ask(connection: Connection, arguments: Mapping[str, Any]) -> Any:
    """The `Answer` of `list_incidents`, before its layout."""
    return await TOOL.run(validate(ListIncidents, arguments, now=NOW, vendor="Rootly"), connection)
