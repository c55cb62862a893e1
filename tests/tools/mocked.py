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
from tools.limits import Limits
from tools.rootly import ROOTLY
from tools.tool import Tool
from tools.vendor import Vendor

LIMITS = Limits(timeout_s=5, backoff_s=0.001, requests_per_minute=100_000)
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
    **limits: Any,
) -> AsyncIterator[Connection]:
    """A connection whose requests *handler* answers; *limits* replace some of `LIMITS`."""
    transport, headers = (
        httpx.MockTransport(handler),
        {**vendor.headers, "Authorization": f"Bearer {key}"},
    )
    async with httpx.AsyncClient(
        transport=transport, base_url="https://vendor.invalid", headers=headers, trust_env=False
    ) as http:
        held = replace(LIMITS, **limits)
        yield Connection(
            vendor,
            http,
            Budget(held.max_in_flight, held.requests_per_minute or 1),
            held,
            clock=lambda: NOW,
            key_name="THE_KEY",
            key=key,
        )


@asynccontextmanager
async def mocked_desk(
    handler: Handler, *, vendor: Vendor = ROOTLY, key: str = "key", **limits: Any
) -> AsyncIterator[Dispatcher]:
    """A dispatcher whose vendor is *handler*; *limits* replace some of `LIMITS`."""
    async with (
        mocked(handler, vendor=vendor, key=key, **limits) as connection,
        Dispatcher(
            Settings(keys=dict.fromkeys(KEYS, key), limits=replace(LIMITS, **limits)),
            clock=lambda: NOW,
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
