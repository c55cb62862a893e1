"""One GET request to a vendor: waits for its turn, sends it, reads and parses the answer."""

import logging
import random
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

import anyio
import httpx
from anyio.lowlevel import checkpoint

from tools.body import CutOff
from tools.budget import QueuedRequest
from tools.causes import log_text
from tools.connection import Attempt, CallRecord, Connection
from tools.errors import ToolError
from tools.failure import failure, readable
from tools.network_fault import NetworkFailure, classify, stall
from tools.reply import Reply
from tools.request_trace import RequestTrace
from tools.response import parse_success, read_refusal, read_success
from tools.retry_after import read_date, retry_after_s

logger = logging.getLogger(__name__)

T = TypeVar("T")

RETRIED_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
SANDBOX_HEADER = "x-incident-desk-sandbox"
_SHORTEST_KEY = 16
_LEAST_S = 0.1
"""A request that the deadline interrupts sooner did not have the time for an answer."""


class Retriable(Exception):
    """A failure that may pass.

    * `wait_s`: how long the vendor asks to wait, if it does.
    * `retry_at`: when to send the request again, in the time of the event loop. All calls that
      share the request have the same moment, so that they share the next request, too.
    """

    def __init__(self, error: ToolError, wait_s: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait_s = wait_s
        self.retry_at = float("inf")


class OutgoingRequest(Generic[T]):
    """One attempt at a GET request, for one call.

    * `number`: 0 for the first attempt, 1 for the first retry.
    * `sent_at`: when it was sent, in the time of the event loop. Before that it is infinite.
    """

    def __init__(
        self, connection: Connection, url: httpx.URL, parse: Callable[[bytes], T], number: int
    ) -> None:
        self.connection = connection
        self.url = url
        self.number = number
        self.sent_at = float("inf")
        self._queued = QueuedRequest(connection.caller)
        self._parse = parse
        self._trace = RequestTrace(url)

    @property
    def is_unsent(self) -> bool:
        """Whether it still waits for its turn."""
        return self.sent_at == float("inf")

    def record_interruption(self, record: CallRecord) -> None:
        """Record how far the request was when the deadline of the call of *record* came."""
        had_time = anyio.current_time() - self.sent_at >= _LEAST_S
        record.was_sent = record.was_sent or had_time
        if had_time:
            record.stall = stall(self.connection.way, self._trace)

    async def send(self) -> tuple[Reply[bytes], Reply[T]]:
        """The answer, and the same answer parsed.

        Raises:
            Retriable: it failed, and a retry may help.
            ToolError: it failed otherwise, or the deadline is before its turn.
        """
        try:
            return await self._send()
        except anyio.get_cancelled_exc_class():
            self.record_interruption(self.connection.record)
            raise

    async def _send(self) -> tuple[Reply[bytes], Reply[T]]:
        queued_at = time.monotonic()
        async with self.connection.budget.place_of(self._queued):
            waited_s = time.monotonic() - queued_at
            with _report(self.connection, self.number, waited_s=waited_s):
                self.sent_at = anyio.current_time()
                reply = await self._fetch()
                return reply, await self.parse(reply)

    def join(self, caller: Hashable) -> None:
        """Let *caller* wait for the answer, too.

        Raises:
            RateLimited: the deadline of the call is before the turn of the request.
        """
        if self.is_unsent:
            self.connection.budget.join(self._queued, caller)

    async def parse(self, reply: Reply[bytes]) -> Reply[T]:
        """*reply* parsed for the call, whose record then has what it says about the vendor.

        Raises:
            UnexpectedResponse: the body cannot be parsed.
        """
        connection = self.connection
        async with connection.parsing:
            # Between two pages, everything that waits gets its turn.
            await checkpoint()
            body = parse_success(reply.body, self._parse, connection.vendor.title)
        connection.record.is_sandbox |= reply.is_sandbox
        connection.record.clock_ahead = reply.ahead
        return Reply(body, reply.at, reply.ahead, reply.is_sandbox)

    async def _fetch(self) -> Reply[bytes]:
        """Send the request, and read a successful answer.

        Raises:
            Retriable: it failed, and a retry may help.
            ToolError: it failed otherwise.
        """
        connection = self.connection
        extensions = {"trace": self._trace}
        try:
            async with connection.http.stream("GET", self.url, extensions=extensions) as response:
                # Neither vendor documents another success, and 206 is only a part of an answer.
                if response.status_code != 200:
                    raise await _refusal(connection, response)
                body = await read_success(response, connection.vendor.title)
        except (httpx.TransportError, OSError, CutOff) as error:
            raise _network_failure(connection, error, self._trace) from error
        return _reply(connection, body, response.headers)


@contextmanager
def _report(connection: Connection, number: int, *, waited_s: float) -> Iterator[None]:
    """Report the attempt inside the block to `connection.observe`, whatever its outcome."""
    began = time.monotonic()
    outcome = "cancelled"
    try:
        yield
        outcome = "ok"
    except Retriable as retriable:
        outcome = retriable.error.code
        retriable.retry_at = anyio.current_time() + _pause_s(connection, number, retriable)
        _log_failure(connection, number, retriable.error, retriable.__cause__)
        raise
    except ToolError as error:
        outcome = error.code
        _log_failure(connection, number, error, error.__cause__)
        raise
    finally:
        took_s = time.monotonic() - began
        vendor, key_id = connection.vendor.name, connection.key_id
        connection.observe(Attempt(vendor, key_id, number, waited_s, took_s, outcome))


def _pause_s(connection: Connection, number: int, retriable: Retriable) -> float:
    """Seconds to wait before the next attempt: twice as long after each one.

    They are random, so that different requests are not all sent again together.
    """
    backoff_s = connection.limits.backoff_s * 2.0**number
    backoff_s *= random.uniform(0.5, 1.5)  # noqa: S311
    return max(retriable.wait_s or 0, backoff_s)


def _log_failure(
    connection: Connection, number: int, error: ToolError, cause: BaseException | None
) -> None:
    if logger.isEnabledFor(logging.DEBUG):
        reason = f"{error.code}; {log_text(cause)}" if cause else error.code
        logger.debug("%s: attempt %d failed: %s", connection.vendor.name, number + 1, reason)


def _reply(connection: Connection, body: bytes, headers: httpx.Headers) -> Reply[bytes]:
    at = connection.clock()
    vendor_time = read_date(headers.get("date", "")) or at
    return Reply(
        body=_without_key(body, connection.key),
        at=at,
        ahead=vendor_time - at,
        is_sandbox=SANDBOX_HEADER in headers,
    )


def _without_key(body: bytes, key: str) -> bytes:
    """*body* without the key, in case the vendor repeats it.

    A very short key stays: it is not a real one, and it may be a part of any word.
    """
    secret = key.encode()
    if len(secret) < _SHORTEST_KEY or secret not in body:
        return body
    return body.replace(secret, b"[removed]")


def _network_failure(
    connection: Connection, error: Exception, trace: RequestTrace
) -> Retriable | NetworkFailure:
    """The error for *error*, which interrupted the request."""
    fault = classify(error, connection.way, trace)
    network_failure = NetworkFailure(connection.vendor.title, fault)
    if fault.may_pass:
        return Retriable(network_failure)
    return network_failure


async def _refusal(connection: Connection, response: httpx.Response) -> ToolError | Retriable:
    """The error for a response without success."""
    status = response.status_code
    body = await read_refusal(response)
    wait_s = None
    if status in (429, 503):
        wait_s = retry_after_s(response.headers, readable(body), connection.clock())
    error = failure(
        connection.vendor,
        status,
        body,
        key_name=connection.key_name,
        key=connection.key,
        retry_after_s=wait_s,
    )
    if status in RETRIED_STATUSES:
        return Retriable(error, wait_s)
    return error
