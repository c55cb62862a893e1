"""One request after the other, callers in rotation."""

import asyncio
from collections import deque

from server.http.callers import Caller


class Turns:
    """Keeps the rounds of the event loop short. A turn lasts for *rounds* of them.

    In each round the loop does whatever can be done by then. If a hundred requests that arrive together
    were all begun in one round, every other call would wait for all of them, once for each round that it needs.
    """

    def __init__(self, rounds: int) -> None:
        self._rounds = rounds
        self._rounds_left = 0
        self._waiting: dict[tuple[str, str], deque[asyncio.Future[None]]] = {}
        """By caller. The first one has the next turn."""

    async def turn(self, caller: Caller) -> None:
        """Wait for the caller's turn."""
        if not self._rounds_left:
            self._begin()
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(caller.identity, deque()).append(waiter)
        await waiter

    def _begin(self) -> None:
        self._rounds_left = self._rounds
        asyncio.get_running_loop().call_soon(self._round)

    def _round(self) -> None:
        self._rounds_left -= 1
        if self._rounds_left:
            asyncio.get_running_loop().call_soon(self._round)
            return
        while self._waiting:
            waiter = self._next()
            # A caller that has gone away meanwhile needs no turn.
            if not waiter.done():
                waiter.set_result(None)
                self._begin()
                return

    def _next(self) -> asyncio.Future[None]:
        identity = next(iter(self._waiting))
        waiters = self._waiting.pop(identity)
        waiter = waiters.popleft()
        if waiters:
            # Behind all other callers.
            self._waiting[identity] = waiters
        return waiter
