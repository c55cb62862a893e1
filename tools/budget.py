"""How much of a vendor's patience one key may use: requests in flight, and requests a minute."""

from collections import deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager

import anyio

from tools.errors import RateLimited


class Budget:
    """Requests queue here instead of being refused by the vendor. Callers take turns.

    A caller's next request waits for at most one request of each other caller. The requests of
    one caller keep their order. The pace is a token bucket: a burst of a tenth of a minute's
    requests, refilled evenly.
    """

    def __init__(self, in_flight: int, per_minute: int) -> None:
        self.in_flight = in_flight
        self._free = in_flight
        self._interval = 60 / per_minute
        self._burst_s = 6.0
        self._next = float("-inf")
        """When the bucket will have been refilled for all requests so far."""
        self._queues: dict[Hashable, deque[anyio.Event]] = {}
        """By caller. The first request of the first caller has the next turn."""

    @asynccontextmanager
    async def place(self, caller: Hashable = "") -> AsyncIterator[None]:
        """A place in the queue and then among the requests in flight.

        Raises:
            RateLimited: the deadline of the cancel scope around ends before the turn would come.
        """
        await self._turn(caller)
        try:
            yield
        finally:
            self._free += 1
            self._wake_next()

    async def _turn(self, caller: Hashable) -> None:
        self._pause_s(self._ahead(caller))
        request = anyio.Event()
        self._queues.setdefault(caller, deque()).append(request)
        self._wake_next()
        try:
            await request.wait()
            # A cancelled request has taken nothing yet: neither a place nor a part of the pace.
            await anyio.sleep(self._pause_s())
            self._free -= 1
            self._next = max(self._next, anyio.current_time()) + self._interval
            # The caller goes behind all others.
            self._queues[caller] = self._queues.pop(caller)
        finally:
            self._queues[caller].remove(request)
            if not self._queues[caller]:
                del self._queues[caller]
            self._wake_next()

    def _wake_next(self) -> None:
        if self._free and self._queues:
            next(iter(self._queues.values()))[0].set()

    def _ahead(self, caller: Hashable) -> int:
        """How many of the queued requests come before a new one of *caller*."""
        own = len(self._queues.get(caller, ()))
        ahead, turns = 0, own + 1
        for other, queue in self._queues.items():
            if other == caller:
                # This caller and those behind it have one turn less before that.
                turns = own
            ahead += min(len(queue), turns)
        return ahead

    def _pause_s(self, ahead: int = 0) -> float:
        """Seconds until the pace allows a request that has *ahead* others before it.

        Raises:
            RateLimited: the deadline ends before.
        """
        now = anyio.current_time()
        turn = max(self._next, now) + ahead * self._interval - self._burst_s
        pause_s = max(turn - now, 0)
        if pause_s and turn > anyio.current_effective_deadline():
            message = "Too many calls at once for the vendor's rate limit."
            raise RateLimited(message, retry_after_s=int(pause_s) + 1)
        return pause_s
