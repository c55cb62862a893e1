"""Limits how many requests go to a vendor at the same time, and in a minute."""

from collections import deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager

import anyio

from tools.errors import RateLimited

_BURST_S = 6.0
"""The requests of this many seconds may be sent at once."""


class Budget:
    """A queue for the requests to a vendor, which would refuse too many. Callers take turns.

    A caller's next request waits for at most one request of each other caller. The requests of
    one caller keep their order. The pace is a token bucket: it holds a tenth of a minute's
    requests, and is refilled evenly.
    """

    def __init__(self, in_flight: int, per_minute: int) -> None:
        self.in_flight = in_flight
        self._free = in_flight
        self._interval_s = 60 / per_minute
        self._refilled_at = float("-inf")
        """When the bucket will be full again if no more requests are sent."""
        self._queues: dict[Hashable, deque[anyio.Event]] = {}
        """By caller. The first request of the first caller has the next turn."""

    @asynccontextmanager
    async def place(self, caller: Hashable = "") -> AsyncIterator[None]:
        """Wait for a turn, then hold one of the places for requests in flight.

        Raises:
            RateLimited: the deadline of the call is before its turn.
        """
        await self._turn(caller)
        try:
            yield
        finally:
            self._free += 1
            self._wake_next()

    async def _turn(self, caller: Hashable) -> None:
        # A request whose turn would be too late is refused now, and does not join the queue.
        self._pause_s(self._requests_before(caller))
        request = anyio.Event()
        self._queues.setdefault(caller, deque()).append(request)
        self._wake_next()
        try:
            await request.wait()
            # A request that is cancelled here has taken neither a place nor a token.
            await anyio.sleep(self._pause_s())
            self._free -= 1
            self._refilled_at = max(self._refilled_at, anyio.current_time()) + self._interval_s
            self._move_to_end(caller)
        finally:
            self._queues[caller].remove(request)
            if not self._queues[caller]:
                del self._queues[caller]
            self._wake_next()

    def _move_to_end(self, caller: Hashable) -> None:
        self._queues[caller] = self._queues.pop(caller)

    def _wake_next(self) -> None:
        if self._free and self._queues:
            next_queue = next(iter(self._queues.values()))
            next_queue[0].set()

    def _requests_before(self, caller: Hashable) -> int:
        """How many of the queued requests are sent before a new one of *caller*."""
        turns_of_caller = len(self._queues.get(caller, ()))
        count = 0
        turns = turns_of_caller + 1
        for other, queue in self._queues.items():
            if other == caller:
                # This caller, and those after it, have one turn less before the new request.
                turns = turns_of_caller
            count += min(len(queue), turns)
        return count

    def _pause_s(self, requests_before: int = 0) -> float:
        """Seconds until the bucket has a token for a request, after *requests_before* others.

        Raises:
            RateLimited: the deadline ends before that.
        """
        now = anyio.current_time()
        refilled_at = max(self._refilled_at, now) + requests_before * self._interval_s
        turn = refilled_at - _BURST_S
        pause_s = max(turn - now, 0)
        if pause_s and turn > anyio.current_effective_deadline():
            message = "Too many calls at once for the vendor's rate limit."
            raise RateLimited(message, retry_after_s=int(pause_s) + 1)
        return pause_s
