"""How much of a vendor's patience one key may use: requests in flight, and requests a minute."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from tools.errors import RateLimited


class Budget:
    """Requests queue here, first come first served, instead of being refused by the vendor.

    The pace is a token bucket: a burst of a tenth of a minute's requests, refilled evenly.
    """

    def __init__(self, in_flight: int, per_minute: int) -> None:
        self.in_flight = in_flight
        self._places = anyio.Semaphore(in_flight)
        self._interval = 60 / per_minute
        self._burst_s = 6.0
        self._next = float("-inf")
        """When the bucket will have been refilled for all requests so far."""

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A place in the queue and then among the requests in flight.

        Raises:
            RateLimited: the caller's deadline ends before its turn would come.
        """
        async with self._places:
            now = anyio.current_time()
            turn = max(self._next - self._burst_s, now)
            if turn > max(now, anyio.current_effective_deadline()):
                raise RateLimited("Too many calls at once for the vendor's rate limit.", retry_after_s=int(turn - now) + 1)
            self._next = max(self._next, now) + self._interval
            await anyio.sleep(turn - now)
            yield
