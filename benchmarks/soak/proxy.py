"""A TCP proxy that does to bytes what networks do on a bad day: it knows nothing of HTTP, nor of the sandbox's own faults."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

import anyio
import anyio.lowlevel
from anyio.abc import ByteStream, SocketAttribute

_GONE = (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError, OSError)
_DELAYS_S = (0.02, 0.2, 1.0)
_PIECES = 200
"""At most so many pieces are made of one chunk."""


class _Cut(Exception):
    """The connection ends here."""


async def _cut(client: ByteStream, chunk: bytes, rng: Random) -> None:
    """Some of the bytes, and the end."""
    await client.send(chunk[: rng.randrange(len(chunk))] or chunk[:1])
    raise _Cut


async def _delay(client: ByteStream, chunk: bytes, rng: Random) -> None:
    await anyio.sleep(rng.choice(_DELAYS_S))
    await client.send(chunk)


async def _repeat(client: ByteStream, chunk: bytes, rng: Random) -> None:
    """Some of the bytes twice, and with them perhaps the head of a response, or its end."""
    begin = rng.randrange(len(chunk))
    end = rng.randint(begin + 1, len(chunk))
    await client.send(chunk[:end] + chunk[begin:])


async def _split(client: ByteStream, chunk: bytes, rng: Random) -> None:
    """All of the bytes, in pieces of any length."""
    left = chunk
    for _ in range(rng.randrange(_PIECES)):
        size = rng.choice((1, 2, 7, 100))
        await client.send(left[:size])
        await anyio.lowlevel.checkpoint()
        left = left[size:]
        if not left:
            return
    await client.send(left)


FAULTS: Mapping[str, Callable[[ByteStream, bytes, Random], Awaitable[None]]] = {
    "cut": _cut,
    "delay": _delay,
    "repeat": _repeat,
    "split": _split,
}


@dataclass(frozen=True)
class Proxy:
    port: int
    met: Counter[str]
    """How often each fault was met."""


@asynccontextmanager
async def proxied(port: int, rng: Random, rate: float) -> AsyncIterator[Proxy]:
    """A proxy to *port*, for as long as the block lasts. A chunk of a response meets a fault at this *rate*."""
    met = Counter[str]()

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
        except _GONE:
            pass
        scope.cancel()

    async def answer(client: ByteStream, vendor: ByteStream) -> None:
        try:
            async for chunk in vendor:
                if rng.random() < rate:
                    name = rng.choice([*FAULTS])
                    met[name] += 1
                    await FAULTS[name](client, chunk, rng)
                else:
                    await client.send(chunk)
        except (*_GONE, _Cut):
            pass

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, serve)
        yield Proxy(listener.extra(SocketAttribute.local_port), met)
        tasks.cancel_scope.cancel()
