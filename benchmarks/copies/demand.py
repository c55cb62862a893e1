"""Accounts that ask for more than the vendor allows, beside one that asks once a second.

Every call searches for other words, so no answer can serve another call.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from benchmarks.copies.client import Call, Client
from benchmarks.copies.service import Service

SPREAD = [f"spread-{number}" for number in range(10)]
"""Accounts whose connections are on different copies."""
PINNED = [f"pinned-{number}" for number in range(10)]
"""Accounts whose connections are all on one copy."""
CONNECTIONS = 4
"""Of each of these accounts. Each connection sends the next call when the last one has ended."""
READER, LIGHT = "reader", "light"
NAMES = (*SPREAD, *PINNED, READER, LIGHT)
LIGHT_EVERY_S = 1

_words = count()


def page() -> dict[str, Any]:
    """The arguments of a call with one request, which no other call sends."""
    return {"search": f"words {next(_words)}", "page_size": 5}


def reading() -> dict[str, Any]:
    """The arguments of a call that reads 5,000 incidents."""
    return {"similar_to": f"database connection pool {next(_words)}"}


async def saturate(service: Service, tokens: Mapping[str, str], until: float) -> list[Call]:
    """All accounts call until the monotonic clock shows *until*. Returns the finished calls."""
    calls: list[Call] = []
    ports = service.ports

    def client(account: str, copy: int) -> Client:
        return Client(account, tokens[account], ports[copy % len(ports)])

    async with asyncio.TaskGroup() as tasks:
        for number in range(len(SPREAD)):
            for connection in range(CONNECTIONS):
                spread = client(SPREAD[number], number + connection)
                tasks.create_task(keep_asking(spread, until, calls))
                pinned = client(PINNED[number], number)
                tasks.create_task(keep_asking(pinned, until, calls))
        tasks.create_task(keep_reading(client(READER, 0), until, calls))
        light = [client(LIGHT, copy) for copy in range(len(ports))]
        tasks.create_task(ask_now_and_then(light, until, calls))
    return calls


async def keep_asking(client: Client, until: float, calls: list[Call]) -> None:
    """Send the next call when the last one has ended, or after the time that it asks to wait."""
    is_retry = False
    while time.monotonic() < until:
        call = await client.call(page(), is_retry=is_retry)
        calls.append(call)
        is_retry = call.retry_after_s > 0
        await asyncio.sleep(call.retry_after_s)
    client.close()


async def keep_reading(client: Client, until: float, calls: list[Call]) -> None:
    """Read 5,000 incidents again and again."""
    while time.monotonic() < until:
        call = await client.call(reading())
        calls.append(call)
        await asyncio.sleep(call.retry_after_s)
    client.close()


async def ask_now_and_then(clients: Sequence[Client], until: float, calls: list[Call]) -> None:
    """A call every `LIGHT_EVERY_S` seconds, to each copy in turn."""
    for number in count():
        began = time.monotonic()
        if began >= until:
            break
        calls.append(await clients[number % len(clients)].call(page()))
        await asyncio.sleep(max(0, began + LIGHT_EVERY_S - time.monotonic()))
    for client in clients:
        client.close()
