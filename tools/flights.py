"""Shares requests: what several calls ask a vendor at the same time, with one key, is sent once."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import anyio
from anyio.abc import TaskGroup

from tools.answer_memory import AnswerMemory
from tools.outgoing_request import OutgoingRequest
from tools.reply import Reply, Reuse

if TYPE_CHECKING:
    from types import TracebackType

T = TypeVar("T")

Source = Literal["flight", "memory"]
"""Where the answer to another call's request was: still on its way, or in memory."""


JOINABLE_S = 5.0
"""How long after it was sent a request may get further calls.

The connection of a request can be lost without a sign. If calls could always join it, and each one
moved its deadline, then no caller with this question would ever get an answer.
"""


class Flight:
    """A request that is on its way, and the calls that wait for its answer.

    The request is that of the first call. It waits in the queue of the caller whose turn comes
    first. Its deadline is the latest one of the calls. It is cancelled only when the last call
    leaves.
    """

    _replies: tuple[Reply[bytes], Reply[Any]]
    """The answer, and the same answer parsed for the first call."""

    def __init__(self, request: OutgoingRequest[Any]) -> None:
        self.request = request
        self._scope = anyio.CancelScope(deadline=anyio.current_effective_deadline())
        self._has_ended = anyio.Event()
        self._calls = 0
        self._error: Exception | None = None
        self._traceback: TracebackType | None = None

    def can_serve(self, reuse: Reuse, call_began_at: float) -> bool:
        """Whether a call that began at that time may wait for the answer."""
        may_hang = anyio.current_time() - self.request.sent_at > JOINABLE_S
        if self._scope.cancel_called or may_hang:
            return False
        if self.request.is_unsent or reuse is Reuse.ANY:
            return True
        return reuse is not Reuse.UNSENT and self.request.sent_at >= call_began_at

    async def run(self, keep: Callable[[Reply[bytes]], None]) -> None:
        """Send the request, and *keep* its answer."""
        with self._scope:
            try:
                self._replies = await self.request.send()
                keep(self._replies[0])
            except Exception as error:
                # Each of the calls raises it, and would add its own frames to the traceback.
                self._error, self._traceback = error, error.__traceback__
            self._has_ended.set()

    async def reply_to(self, request: OutgoingRequest[T]) -> Reply[T]:
        """Wait for the answer, and parse it for the call of *request*.

        Raises:
            Exception: see `OutgoingRequest.send`.
        """
        if request is not self.request:
            self.request.join(request.connection.caller)
        await self._wait(request)
        if self._error:
            raise self._error.with_traceback(self._traceback)
        reply, parsed_reply = self._replies
        if request is self.request:
            return parsed_reply
        return await request.parse(reply)

    async def _wait(self, request: OutgoingRequest[Any]) -> None:
        self._calls += 1
        self._scope.deadline = max(self._scope.deadline, anyio.current_effective_deadline())
        try:
            await self._has_ended.wait()
        except anyio.get_cancelled_exc_class():
            self.request.record_interruption(request.connection.record)
            raise
        finally:
            self._calls -= 1
            if not self._calls:
                self._scope.cancel()


class Flights:
    """The requests with one key that are on their way, and the answers of the last seconds.

    The requests run in *tasks*. When another call's request served a call, *observe* gets the
    vendor, the short name of the key, and the source.
    """

    def __init__(
        self,
        tasks: TaskGroup,
        memory: AnswerMemory,
        observe: Callable[[str, str, Source], None] = lambda *_: None,
    ) -> None:
        self._tasks = tasks
        self._memory = memory
        self._observe = observe
        self._flights: dict[str, Flight] = {}
        """By URL. Where there are several, the one that began last."""

    async def reply(self, request: OutgoingRequest[T], reuse: Reuse) -> Reply[T]:
        """The answer to *request*, or to the same request of another call.

        Raises:
            Exception: see `OutgoingRequest.send`.
        """
        url = str(request.url)
        record = request.connection.record
        call_began_at = record.began_at
        # Answers with other keys are never found: each key has an object of this class.
        key = (self, url)
        # An answer that contradicts itself is an error, too, and errors are not remembered.
        record.on_error.append(partial(self._memory.forget, key))
        known_reply = self._memory.recall(key, reuse, call_began_at)
        if known_reply:
            self._observe_reuse(request, "memory")
            return await request.parse(known_reply)
        flight = self._flights.get(url)
        if flight and flight.can_serve(reuse, call_began_at):
            reply = await flight.reply_to(request)
            self._observe_reuse(request, "flight")
            return reply
        return await self._start(request, url, reuse).reply_to(request)

    def _observe_reuse(self, request: OutgoingRequest[Any], source: Source) -> None:
        self._observe(request.connection.vendor.name, request.connection.key_id, source)

    def _start(self, request: OutgoingRequest[Any], url: str, reuse: Reuse) -> Flight:
        flight = self._flights[url] = Flight(request)
        self._tasks.start_soon(self._run, flight, url, reuse)
        return flight

    async def _run(self, flight: Flight, url: str, reuse: Reuse) -> None:
        def keep(reply: Reply[bytes]) -> None:
            # The many answers that a proof reads would take the place of those that are reused.
            if reuse is not Reuse.UNSENT:
                self._memory.keep((self, url), reply, flight.request.sent_at)

        try:
            await flight.run(keep)
        finally:
            if self._flights.get(url) is flight:
                del self._flights[url]
