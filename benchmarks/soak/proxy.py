"""A TCP proxy with network faults: it cuts, delays, repeats and splits bytes.

It does not know HTTP, or the faults of the sandbox.
"""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

import anyio
import anyio.lowlevel
from anyio.abc import ByteStream, SocketAttribute

_CLOSED = (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError, OSError)
_DELAYS_S = (0.02, 0.2, 1.0)
_MAX_PIECES = 200
"""The most pieces that one chunk is split into."""


class _Cut(Exception):
    """The connection ends here."""


async def _cut(client: ByteStream, chunk: bytes, rng: Random) -> None:
    """Send some of the bytes, and close the connection."""
    await client.send(chunk[: rng.randrange(len(chunk))] or chunk[:1])
    raise _Cut


async def _delay(client: ByteStream, chunk: bytes, rng: Random) -> None:
    """Send all of the bytes, but late."""
    await anyio.sleep(rng.choice(_DELAYS_S))
    await client.send(chunk)


async def _repeat(client: ByteStream, chunk: bytes, rng: Random) -> None:
    """Send some of the bytes twice: perhaps the head of a response, or its end."""
    begin = rng.randrange(len(chunk))
    end = rng.randint(begin + 1, len(chunk))
    await client.send(chunk[:end] + chunk[begin:])


async def _split(client: ByteStream, chunk: bytes, rng: Random) -> None:
    """Send all of the bytes, in pieces of different lengths."""
    rest = chunk
    for _ in range(rng.randrange(_MAX_PIECES)):
        size = rng.choice((1, 2, 7, 100))
        await client.send(rest[:size])
        await anyio.lowlevel.checkpoint()
        rest = rest[size:]
        if not rest:
            return
    await client.send(rest)


FAULTS: Mapping[str, Callable[[ByteStream, bytes, Random], Awaitable[None]]] = {
    "cut": _cut,
    "delay": _delay,
    "repeat": _repeat,
    "split": _split,
}


@dataclass(frozen=True)
class Proxy:
    """A running proxy.

    `faults`: How often each fault was applied.
    """

    port: int
    faults: Counter[str]


@asynccontextmanager
async def proxied(port: int, rng: Random, rate: float) -> AsyncIterator[Proxy]:
    """Run a proxy to *port* during the block. A share *rate* of all chunks meets a fault."""
    faults = Counter[str]()

    async def serve(client: ByteStream) -> None:
        async with client:
            try:
                vendor = await anyio.connect_tcp("127.0.0.1", port)
            except OSError:
                return
            async with vendor, anyio.create_task_group() as tasks:
                tasks.start_soon(forward, client, vendor, tasks.cancel_scope)
                await answer(client, vendor)
                tasks.cancel_scope.cancel()

    async def forward(client: ByteStream, vendor: ByteStream, scope: anyio.CancelScope) -> None:
        try:
            async for chunk in client:
                await vendor.send(chunk)
        except _CLOSED:
            pass
        scope.cancel()

    async def answer(client: ByteStream, vendor: ByteStream) -> None:
        try:
            async for chunk in vendor:
                if rng.random() < rate:
                    name = rng.choice([*FAULTS])
                    faults[name] += 1
                    await FAULTS[name](client, chunk, rng)
                else:
                    await client.send(chunk)
        except (*_CLOSED, _Cut):
            pass

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, serve)
        yield Proxy(listener.extra(SocketAttribute.local_port), faults)
        tasks.cancel_scope.cancel()
