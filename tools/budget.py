"""Limits how many requests go to a vendor at the same time, and in a minute."""

import math
from collections import deque
from collections.abc import AsyncIterator, Hashable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import anyio
from anyio.lowlevel import checkpoint

from tools.errors import RateLimited
from tools.promised_turns import PromisedTurns
from tools.token_bucket import TokenBucket


@dataclass(frozen=True)
class Demand:
    """The use of a budget.

    * `sent`: requests that were sent since the last look.
    * `waiting`: requests that could be sent now, if only the pace allowed it.
    * `callers`: the number of callers who sent a request or wait.
    """

    sent: int
    waiting: int
    callers: int


class QueuedRequest:
    """A request in the queue of its `caller`.

    `woken` is set when its turn may have come, or the pace changed while it is the next one.
    """

    def __init__(self, caller: Hashable) -> None:
        self.caller = caller
        self.woken = anyio.Event()


class Budget:
    """A queue for the requests to a vendor, which would refuse too many. Callers take turns.

    A caller's next request waits for at most one request of each other caller. The requests of
    one caller keep their order. A caller that is refused is promised a turn. The pace is a token
    bucket: it holds the requests of `burst_s` seconds (by default a tenth of a minute's), and is
    refilled evenly.
    """

    def __init__(self, in_flight: int, per_minute: float, burst_s: float = 6.0) -> None:
        self.in_flight = in_flight
        self._free = in_flight
        self._bucket = TokenBucket(per_minute, burst_s)
        self._expected_per_s = per_minute / 60
        self._queues: dict[Hashable, deque[QueuedRequest]] = {}
        """By caller. The first request of the first caller has the next turn."""
        self._promised_turns = PromisedTurns()
        self._sent = 0
        self._senders: set[Hashable] = set()

    def set_pace(
        self, per_minute: float, *, until: float = math.inf, expected: float | None = None
    ) -> None:
        """Send *per_minute* requests a minute from now on. The next request notices immediately.

        After *until*, a time of the event loop's clock, the bucket is not refilled before the next
        pace is set. *expected* is the pace of the near future, if that is another one: whether a
        request can have its turn before its deadline is computed with it.
        """
        self._bucket.set_pace(per_minute, anyio.current_time(), until)
        self._expected_per_s = (per_minute if expected is None else expected) / 60
        # Only this one: with leases, the pace changes many times a second.
        self._wake_next()

    def per_minute(self, now: float) -> float:
        """The present pace. *now* is a time of the event loop's clock."""
        return self._bucket.per_minute(now)

    def round_s(self, caller: Hashable) -> float:
        """Seconds in which *caller* and all who wait have one turn each, at the expected pace."""
        return len(self._queues.keys() | {caller}) / self._expected_per_s

    def take_demand(self) -> Demand:
        """The use since the last look."""
        waiting = sum(len(queue) for queue in self._queues.values())
        demand = Demand(
            sent=self._sent,
            waiting=min(waiting, self._free),
            callers=len(self._senders | self._queues.keys()),
        )
        self._sent = 0
        self._senders.clear()
        return demand

    def place(self, caller: Hashable = "") -> AbstractAsyncContextManager[None]:
        """Wait for a turn, then hold one of the places for requests in flight.

        Raises:
            RateLimited: the deadline of the call is before its turn.
        """
        return self.place_of(QueuedRequest(caller))

    @asynccontextmanager
    async def place_of(self, request: QueuedRequest) -> AsyncIterator[None]:
        """The same for a request that other callers may join.

        Raises:
            RateLimited: the deadline of the call is before its turn.
        """
        await self._turn(request)
        try:
            yield
        finally:
            self._free += 1
            self._wake_next()

    def join(self, request: QueuedRequest, caller: Hashable) -> None:
        """Let *caller* wait for *request*, too, if it was not sent yet.

        If the caller would be served earlier than the one whose request it is, the request moves
        to its queue. So nobody waits for the many other requests of somebody who asked the same.

        Raises:
            RateLimited: the deadline of the call is before the turn of the request.
        """
        last = len(self._queues.get(caller, ()))
        before = self._requests_before(request.caller, self._position(request))
        if self._requests_before(caller, last) < before:
            is_queued = request in self._queues.get(request.caller, ())
            if is_queued:
                self._leave(request)
            request.caller = caller
            if is_queued:
                self._enter(request)
            self._wake_next()
        self._check_deadline(request, caller)

    def _enter(self, request: QueuedRequest) -> None:
        self._queues.setdefault(request.caller, deque()).append(request)

    def _leave(self, request: QueuedRequest) -> None:
        queue = self._queues[request.caller]
        queue.remove(request)
        if not queue:
            del self._queues[request.caller]

    def _position(self, request: QueuedRequest) -> int:
        """The position of *request* in the queue of its caller; the last one if it is not there."""
        queue = self._queues.get(request.caller, deque())
        return queue.index(request) if request in queue else len(queue)

    async def _turn(self, request: QueuedRequest) -> None:
        # A request whose turn would be too late is refused now, and does not join the queue.
        now = anyio.current_time()
        time_share = self._promised_turns.time_share(request.caller, now)
        self._check_deadline(request, request.caller, time_share)
        self._promised_turns.take(request.caller, now)
        self._enter(request)
        try:
            # A request that is cancelled here has taken neither a place nor a token.
            await checkpoint()
            await self._wait_for_turn(request)
            self._free -= 1
            self._bucket.take(anyio.current_time())
            self._sent += 1
            caller = request.caller
            self._senders.add(caller)
            self._queues[caller] = self._queues.pop(caller)  # Its caller is the last one now.
        finally:
            self._leave(request)
            self._wake_next()

    async def _wait_for_turn(self, request: QueuedRequest) -> None:
        while True:
            pause_s = self._pause_s(request)
            if not pause_s:
                return
            self._check_deadline(request, request.caller)
            request.woken = anyio.Event()
            with anyio.move_on_after(pause_s):
                await request.woken.wait()

    def _pause_s(self, request: QueuedRequest) -> float:
        """Seconds until *request* can be sent, if nothing changes before that."""
        if not self._free or self._next_request() is not request:
            return math.inf
        return self._bucket.wait_s(anyio.current_time())

    def _next_request(self) -> QueuedRequest | None:
        for queue in self._queues.values():
            return queue[0]
        return None

    def _wake_next(self) -> None:
        request = self._next_request()
        if request and self._free:
            request.woken.set()

    def _requests_before(self, caller: Hashable, position: int) -> int:
        """How many requests are sent before the one at *position* in the queue of *caller*."""
        count = 0
        turns = position + 1
        for other, queue in self._queues.items():
            if other == caller:
                # This caller, and those after it, have one turn less before that request.
                turns = position
            count += min(len(queue), turns)
        return count

    def _check_deadline(
        self, request: QueuedRequest, caller: Hashable, time_share: float = 1
    ) -> None:
        """Refuse *caller* if the turn of *request* is after this share of the time that is left.

        Raises:
            RateLimited: that is so, at the expected pace.
        """
        now = anyio.current_time()
        before = self._requests_before(request.caller, self._position(request))
        missing = 1 - self._bucket.tokens(now) + before
        wait_s = missing / self._expected_per_s
        left_s = anyio.current_effective_deadline() - now
        if wait_s <= max(left_s * time_share, 0):
            return
        interval_s = 1 / self._expected_per_s
        turn = self._promised_turns.promise(caller, now + wait_s, interval_s, now)
        message = "Too many calls at once for the vendor's rate limit."
        raise RateLimited(message, retry_after_s=int(turn - now) + 1)
