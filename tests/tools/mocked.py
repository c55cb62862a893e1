"""A vendor in the place of the network, for what the sandbox cannot do."""

import json
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx

from server.dispatcher import Dispatcher
from server.settings import KEYS, Settings
from tests.conftest import NOW
from tools.answer import Answer
from tools.budget import Budget
from tools.connection import Connection
from tools.rootly import ROOTLY
from tools.tool import Tool
from tools.vendor import Vendor

EMPTY: Mapping[str, Any] = {"data": [], "links": {"next": None}}
Handler = (
    Callable[[httpx.Request], httpx.Response]
    | Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]
)


def reply(
    status: int = 200, body: Any = EMPTY, headers: Mapping[str, str] | None = None
) -> httpx.Response:
    """A response whose body is still to be read, as over a network."""
    return httpx.Response(
        status, headers=headers, stream=httpx.ByteStream(json.dumps(body).encode())
    )


@asynccontextmanager
async def mocked(
    handler: Handler,
    *,
    vendor: Vendor = ROOTLY,
    key: str = "key",
    timeout_s: float = 5,
    backoff_s: float = 0.001,
    in_flight: int = 8,
    per_minute: int = 100_000,
) -> AsyncIterator[Connection]:
    """A connection whose requests *handler* answers."""
    transport, headers = (
        httpx.MockTransport(handler),
        {**vendor.headers, "Authorization": f"Bearer {key}"},
    )
    async with httpx.AsyncClient(
        transport=transport, base_url="https://vendor.invalid", headers=headers, trust_env=False
    ) as http:
        budget = Budget(in_flight, per_minute)
        yield Connection(
            vendor,
            http,
            budget,
            timeout_s,
            backoff_s=backoff_s,
            clock=lambda: NOW,
            key_name="THE_KEY",
            key=key,
        )


@asynccontextmanager
async def mocked_desk(
    handler: Handler, *, vendor: Vendor = ROOTLY, key: str = "key", **options: Any
) -> AsyncIterator[Dispatcher]:
    """A dispatcher whose vendor is *handler*; *options* are those of `mocked`."""
    timeout_s = options.get("timeout_s", 5)
    async with (
        mocked(handler, vendor=vendor, key=key, **options) as connection,
        Dispatcher(
            Settings(keys=dict.fromkeys(KEYS, key), timeout_s=timeout_s), clock=lambda: NOW
        ) as dispatcher,
    ):
        dispatcher.tools = {
            name: _with(tool, connection)
            for name, tool in dispatcher.tools.items()
            if tool.vendor is vendor
        }
        yield dispatcher


def _with(tool: Tool[Any], connection: Connection) -> Tool[Any]:
    async def run(question: Any, _: Connection) -> Answer:
        return await tool.run(question, connection)

    return replace(tool, run=run)
