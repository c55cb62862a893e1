"""Large bodies one after the other, callers in rotation."""

import asyncio
from collections import deque

from server.http.callers import Caller

_ROUNDS = 8
"""So many rounds of the event loop pass from reading a body to answering that its arguments are wrong."""


class Turns:
    """Keeps the rounds of the event loop short while large bodies are parsed and validated.

    The largest takes 10 ms. If a hundred that arrive together were worked on in one round, every other
    call would wait for all of them, once for each round that it needs: 7 s in all. While they are all in
    memory, a garbage collection takes 170 ms, too.
    """

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], deque[asyncio.Future[None]]] = {}
        """By caller. The first one has the next turn."""
        self._rounds_left = 0

    async def turn(self, caller: Caller) -> None:
        """Wait for the caller's turn, which lasts for `_ROUNDS` rounds of the event loop."""
        if not self._rounds_left:
            self._begin()
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(caller.identity, deque()).append(waiter)
        await waiter

    def _begin(self) -> None:
        self._rounds_left = _ROUNDS
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
