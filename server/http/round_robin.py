"""Round-robin scheduling: principals take turns to start a request."""

import asyncio
from collections import deque

from server.http.principal import Principal


class RoundRobin:
    """Starts one request per *rounds* rounds of the event loop. Principals take turns.

    In each round, the event loop runs everything that is ready. If a hundred requests started in
    the same round, every other call would wait for all of them, once per round that it needs. While
    four accounts sent bursts, a call of another account waited at most 0.1 s. Without this class,
    it waited 0.6 s for small bodies, and 5 to 7 s for large ones (benchmarks/README.md).
    """

    def __init__(self, rounds: int) -> None:
        self._rounds = rounds
        self._rounds_left = 0
        self._waiters: dict[tuple[str, str], deque[asyncio.Future[None]]] = {}
        """The requests that wait, by the identity of the principal. The first principal is next."""

    async def wait_for_turn(self, principal: Principal) -> None:
        if not self._rounds_left:
            self._start_turn()
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.setdefault(principal.identity, deque()).append(waiter)
        await waiter

    def _start_turn(self) -> None:
        self._rounds_left = self._rounds
        asyncio.get_running_loop().call_soon(self._end_round)

    def _end_round(self) -> None:
        self._rounds_left -= 1
        if self._rounds_left:
            asyncio.get_running_loop().call_soon(self._end_round)
            return
        while self._waiters:
            waiter = self._pop_next()
            # A waiter is done if its request was cancelled.
            if not waiter.done():
                waiter.set_result(None)
                self._start_turn()
                return

    def _pop_next(self) -> asyncio.Future[None]:
        identity = next(iter(self._waiters))
        waiters = self._waiters.pop(identity)
        waiter = waiters.popleft()
        if waiters:
            # Put the principal after all others.
            self._waiters[identity] = waiters
        return waiter
