"""A vendor in the place of the network, for what the sandbox cannot do."""

import json
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx

from server.dispatcher import Dispatcher
from server.settings import KEYS, Settings
from server.single_flight import SingleFlight
from tests.conftest import NOW
from tools.connection import Clock, Connection, connect
from tools.limits import Limits
from tools.rootly import ROOTLY
from tools.vendor import Vendor

LIMITS = Limits(timeout_s=5, backoff_s=0.001, requests_per_minute=100_000)
EMPTY: Mapping[str, Any] = {"data": [], "links": {"next": None}}
_URL = "https://vendor.invalid"
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
    handler: Handler, *, vendor: Vendor = ROOTLY, key: str = "key", **limits: Any
) -> AsyncIterator[Connection]:
    """A connection whose requests *handler* answers; *limits* replace some of `LIMITS`."""
    connection = connect(
        vendor,
        _URL,
        key,
        limits=replace(LIMITS, **limits),
        clock=lambda: NOW,
        transport=httpx.MockTransport(handler),
    )
    async with connection.http:
        yield connection


@asynccontextmanager
async def mocked_dispatcher(
    handler: Handler,
    *,
    key: str = "key",
    clock: Clock = lambda: NOW,
    single_flight: SingleFlight | None = None,
    **limits: Any,
) -> AsyncIterator[Dispatcher]:
    """A dispatcher for which *handler* is both vendors; *limits* replace some of `LIMITS`."""
    settings = Settings(
        keys=dict.fromkeys(KEYS, key),
        urls=dict.fromkeys(KEYS, _URL),
        limits=replace(LIMITS, **limits),
    )
    transport = httpx.MockTransport(handler)
    async with Dispatcher(
        settings, clock=clock, transport=transport, single_flight=single_flight
    ) as dispatcher:
        yield dispatcher
