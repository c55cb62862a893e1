"""Accounts that ask for more than the vendor allows, beside one that asks once a second.

Every call searches for other words, so no answer can serve another call.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from random import Random
from typing import Any

from benchmarks.copies.client import Call, Client
from benchmarks.copies.service import Service

ACCOUNTS = tuple(f"account-{number}" for number in range(8))
"""Accounts that always ask for more than they get."""
AT_ONCE = 9
"""Calls that each of them makes at the same time. Each is followed by the next one."""
PEOPLE = tuple(f"person-{number}" for number in range(len(ACCOUNTS) * AT_ONCE))
"""Accounts that ask for as much together, each with one call at a time."""
READER, LIGHT = "reader", "light"
NAMES = (*ACCOUNTS, *PEOPLE, READER, LIGHT)
LIGHT_EVERY_S = 1

_words = count()


def page() -> dict[str, Any]:
    """The arguments of a call with one request, which no other call sends."""
    return {"search": f"words {next(_words)}", "page_size": 5}


def reading() -> dict[str, Any]:
    """The arguments of a call that reads 5,000 incidents."""
    return {"similar_to": f"database connection pool {next(_words)}"}


class Caller:
    """Makes one call after the other. They go to the copies at *ports* in *turns*."""

    def __init__(
        self, account: str, token: str, ports: Sequence[int], turns: Iterator[int]
    ) -> None:
        self._clients = [Client(account, token, port) for port in ports]
        self._turns = turns

    async def call(self, arguments: Mapping[str, Any], *, is_retry: bool = False) -> Call:
        client = self._clients[next(self._turns) % len(self._clients)]
        return await client.call(arguments, is_retry=is_retry)

    def close(self) -> None:
        for client in self._clients:
            client.close()


class Demand:
    """Accounts that use one service until the monotonic clock shows *until*.

    All calls of an account go to the same copy, as with the proxies in `deploy/`. Otherwise, if
    calls go *in_turn*, each goes to the next copy. `calls` are the finished ones.
    """

    def __init__(
        self, service: Service, tokens: Mapping[str, str], until: float, *, in_turn: bool = False
    ) -> None:
        self.calls: list[Call] = []
        self._service = service
        self._tokens = tokens
        self._until = until
        self._in_turn = in_turn
        self._turns = count()

    async def saturate(self, accounts: Sequence[str] = ACCOUNTS, at_once: int = AT_ONCE) -> None:
        """Let *accounts* call, with so many calls *at_once* each, and the two others."""
        async with asyncio.TaskGroup() as tasks:
            for account in accounts:
                for _ in range(at_once):
                    tasks.create_task(self._keep_asking(account))
            tasks.create_task(self._keep_reading())
            tasks.create_task(self._ask_now_and_then())

    def _caller(self, account: str) -> Caller:
        ports = self._service.ports
        if not self._in_turn:
            ports = [Random(account).choice(ports)]
        return Caller(account, self._tokens[account], ports, self._turns)

    async def _keep_asking(self, account: str) -> None:
        """Send the next call when the last one has ended, or when it asks to come back."""
        caller = self._caller(account)
        is_retry = False
        while time.monotonic() < self._until:
            call = await caller.call(page(), is_retry=is_retry)
            self.calls.append(call)
            is_retry = call.retry_after_s > 0
            await asyncio.sleep(call.retry_after_s)
        caller.close()

    async def _keep_reading(self) -> None:
        """Read 5,000 incidents again and again."""
        caller = self._caller(READER)
        while time.monotonic() < self._until:
            call = await caller.call(reading())
            self.calls.append(call)
            await asyncio.sleep(call.retry_after_s)
        caller.close()

    async def _ask_now_and_then(self) -> None:
        """A call every `LIGHT_EVERY_S` seconds."""
        caller = self._caller(LIGHT)
        while (began := time.monotonic()) < self._until:
            self.calls.append(await caller.call(page()))
            await asyncio.sleep(max(0, began + LIGHT_EVERY_S - time.monotonic()))
        caller.close()
