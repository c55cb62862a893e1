"""Round-robin scheduling of requests by principal."""

import asyncio
from collections import deque

from server.http.principal import Principal


class RoundRobin:
    """Starts one request in every *rounds* rounds of the event loop, principals in rotation.

    In each round the loop runs everything that is ready. If a hundred requests that arrive together
    all started in one round, every other call would wait for all of them, in each round that it
    needs. Beside four accounts that send bursts, a call waits at most 0.1 s; without this it waited
    0.6 s for small bodies, and 5 to 7 s for large ones (benchmarks/README.md).
    """

    def __init__(self, rounds: int) -> None:
        self._rounds = rounds
        self._rounds_left = 0
        self._waiters: dict[tuple[str, str], deque[asyncio.Future[None]]] = {}
        """By principal. The first principal is next."""

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
            # After all other principals.
            self._waiters[identity] = waiters
        return waiter
