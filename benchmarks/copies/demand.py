"""Accounts that ask for more than the vendor allows, beside one that asks once a second.

Every call searches for other words, so no answer can serve another call.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from itertools import count
from random import Random
from typing import Any

from benchmarks.copies.client import Call, Client
from benchmarks.copies.service import Service

BALANCED = tuple(f"balanced-{number}" for number in range(12))
"""Accounts whose calls a load balancer sends to any copy."""
PINNED = tuple(f"pinned-{number}" for number in range(6))
"""Accounts whose calls all go to one copy."""
READER, LIGHT = "reader", "light"
NAMES = (*BALANCED, *PINNED, READER, LIGHT)
AT_ONCE = 6
"""Calls that an account makes at the same time. Each is followed by the next one."""
LIGHT_EVERY_S = 1

_words = count()


def page() -> dict[str, Any]:
    """The arguments of a call with one request, which no other call sends."""
    return {"search": f"words {next(_words)}", "page_size": 5}


def reading() -> dict[str, Any]:
    """The arguments of a call that reads 5,000 incidents."""
    return {"similar_to": f"database connection pool {next(_words)}"}


class Balancer:
    """The connections of one caller. Each call goes to one of the *ports*, at random."""

    def __init__(self, account: str, token: str, ports: Sequence[int], seed: int) -> None:
        self._clients = [Client(account, token, port) for port in ports]
        self._random = Random(seed)

    async def call(self, arguments: Mapping[str, Any], *, is_retry: bool = False) -> Call:
        return await self._random.choice(self._clients).call(arguments, is_retry=is_retry)

    def close(self) -> None:
        for client in self._clients:
            client.close()


class Demand:
    """Callers of one service until the monotonic clock shows *until*. `calls` are the finished."""

    def __init__(self, service: Service, tokens: Mapping[str, str], until: float) -> None:
        self.calls: list[Call] = []
        self._service = service
        self._tokens = tokens
        self._until = until
        self._seeds = count()

    async def saturate(self, balanced: Sequence[str], pinned: Sequence[str] = ()) -> None:
        """Let all these accounts call, and the reader and the light one beside them."""
        ports = self._service.ports
        async with asyncio.TaskGroup() as tasks:
            for account in balanced:
                for _ in range(AT_ONCE):
                    tasks.create_task(self._keep_asking(account, ports))
            for number, account in enumerate(pinned):
                for _ in range(AT_ONCE):
                    port = ports[number % len(ports)]
                    tasks.create_task(self._keep_asking(account, [port]))
            tasks.create_task(self._keep_reading())
            tasks.create_task(self._ask_now_and_then())

    def _caller(self, account: str, ports: Sequence[int]) -> Balancer:
        return Balancer(account, self._tokens[account], ports, next(self._seeds))

    async def _keep_asking(self, account: str, ports: Sequence[int]) -> None:
        """Send the next call when the last one has ended, or when it asks to come back."""
        caller = self._caller(account, ports)
        is_retry = False
        while time.monotonic() < self._until:
            call = await caller.call(page(), is_retry=is_retry)
            self.calls.append(call)
            is_retry = call.retry_after_s > 0
            await asyncio.sleep(call.retry_after_s)
        caller.close()

    async def _keep_reading(self) -> None:
        """Read 5,000 incidents again and again."""
        caller = self._caller(READER, self._service.ports)
        while time.monotonic() < self._until:
            call = await caller.call(reading())
            self.calls.append(call)
            await asyncio.sleep(call.retry_after_s)
        caller.close()

    async def _ask_now_and_then(self) -> None:
        """A call every `LIGHT_EVERY_S` seconds."""
        caller = self._caller(LIGHT, self._service.ports)
        while (began := time.monotonic()) < self._until:
            self.calls.append(await caller.call(page()))
            await asyncio.sleep(max(0, began + LIGHT_EVERY_S - time.monotonic()))
        caller.close()
