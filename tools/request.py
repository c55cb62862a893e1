"""One GET request: builds the URL, retries within the call's deadline, parses the body."""

import json
import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import anyio
import httpx
from anyio.lowlevel import checkpoint

from tools.body import CutOff
from tools.causes import log_text
from tools.connection import Attempt, Connection
from tools.errors import InvalidArguments, ToolError
from tools.failure import failure, readable
from tools.network_fault import NetworkFailure, classify, stall
from tools.request_trace import RequestTrace
from tools.response import parse_success, read_refusal, read_success
from tools.retry_after import read_date, retry_after_s

logger = logging.getLogger(__name__)

T = TypeVar("T")
Params = Mapping[str, str]

MAX_URL = 8_000
"""Characters of a URL. Common proxies accept no more."""
RETRIED_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
SANDBOX_HEADER = "x-incident-desk-sandbox"
_SHORTEST_KEY = 16


@dataclass(frozen=True)
class Reply(Generic[T]):
    """A parsed answer.

    * `at`: the time when it arrived, by our clock.
    * `ahead`: how far the vendor's clock was ahead of ours.
    """

    body: T
    at: datetime
    ahead: timedelta = timedelta()


async def get(
    connection: Connection, path: str, params: Params, parse: Callable[[bytes], T]
) -> Reply[T]:
    """GET *path* and *parse* the body.

    *parse* raises ValueError for a body that it cannot read. The deadline is that of the cancel
    scope around the call. A failure that may pass is retried, as long as enough time is left.

    Raises:
        ToolError: the vendor could not be reached, refused the request, or answered in an
            undocumented form.
    """
    url = _url(connection, path, params)
    retries = connection.limits.retries
    for attempt in range(retries + 1):
        queued_at = time.monotonic()
        try:
            async with connection.budget.place(connection.caller):
                with _attempt(connection, attempt, waited_s=time.monotonic() - queued_at):
                    return await _once(connection, url, parse)
        except _Retriable as retriable:
            wait_s = max(retriable.wait_s or 0, _backoff_s(connection, attempt))
            is_too_late = wait_s + connection.limits.retry_time_s > _remaining_s()
            if attempt == retries or is_too_late:
                raise retriable.error from retriable.__cause__
        await anyio.sleep(wait_s)
    raise AssertionError("the last attempt answers or raises")


def loads(body: bytes) -> Any:
    """*body* as JSON, for a `parse`.

    Raises:
        ValueError: it is not valid JSON, or nested too deeply.
    """
    try:
        return json.loads(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _url(connection: Connection, path: str, params: Params) -> httpx.URL:
    """The URL of the request.

    Raises:
        InvalidArguments: it is too long.
    """
    url = f"{str(connection.http.base_url).rstrip('/')}{path}"
    if params:
        url += f"?{httpx.QueryParams(params)}"
    # httpx.URL raises an error of its own for more than 65,536 characters.
    if len(url) > MAX_URL:
        raise InvalidArguments(
            f"The question is too long for a URL ({len(url):,} of {MAX_URL:,} characters): "
            "give fewer values."
        )
    return httpx.URL(url)


class _Retriable(Exception):
    """A failure that may pass. `wait_s` is how long the vendor asks to wait, if it does."""

    def __init__(self, error: ToolError, wait_s: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait_s = wait_s


@contextmanager
def _attempt(connection: Connection, number: int, *, waited_s: float) -> Iterator[None]:
    """Report the attempt inside the block to `connection.observe`, whatever its outcome."""
    began = time.monotonic()
    outcome = "cancelled"
    try:
        yield
        outcome = "ok"
    except _Retriable as retriable:
        outcome = retriable.error.code
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


def _log_failure(
    connection: Connection, number: int, error: ToolError, cause: BaseException | None
) -> None:
    if logger.isEnabledFor(logging.DEBUG):
        reason = f"{error.code}; {log_text(cause)}" if cause else error.code
        logger.debug("%s: attempt %d failed: %s", connection.vendor.name, number + 1, reason)


def _backoff_s(connection: Connection, attempt: int) -> float:
    """Seconds to wait before the next attempt: twice as long after each one.

    They are random, so that callers do not all retry together.
    """
    return connection.limits.backoff_s * 2.0**attempt * random.uniform(0.5, 1.5)  # noqa: S311


def _remaining_s() -> float:
    """Seconds until the deadline of the call."""
    return anyio.current_effective_deadline() - anyio.current_time()


async def _once(connection: Connection, url: httpx.URL, parse: Callable[[bytes], T]) -> Reply[T]:
    """One attempt. It notes in the call's record what the reply says about the vendor."""
    body, headers = await _fetch(connection, url)
    at = connection.clock()
    async with connection.parsing:
        # Between two pages, everything that waits gets its turn.
        await checkpoint()
        parsed = parse_success(body, parse, connection.vendor.title)
    vendor_time = read_date(headers.get("date", "")) or at
    reply = Reply(parsed, at, vendor_time - at)
    connection.record.is_sandbox |= SANDBOX_HEADER in headers
    connection.record.clock_ahead = reply.ahead
    return reply


async def _fetch(connection: Connection, url: httpx.URL) -> tuple[bytes, httpx.Headers]:
    """The body and headers of a successful answer.

    Raises:
        _Retriable: it failed, and a retry may help.
        ToolError: it failed otherwise.
    """
    trace = RequestTrace(url)
    try:
        async with connection.http.stream("GET", url, extensions={"trace": trace}) as response:
            # Neither vendor documents another success, and 206 is only a part of an answer.
            if response.status_code != 200:
                raise await _refusal(connection, response)
            body = await read_success(response, connection.vendor.title)
    except anyio.get_cancelled_exc_class():
        connection.record.stall = stall(connection.way, trace)
        raise
    except (httpx.TransportError, OSError, CutOff) as error:
        raise _network_failure(connection, error, trace) from error
    return _without_key(body, connection.key), response.headers


def _network_failure(
    connection: Connection, error: Exception, trace: RequestTrace
) -> _Retriable | NetworkFailure:
    """The error for *error*, which interrupted the request."""
    fault = classify(error, connection.way, trace)
    network_failure = NetworkFailure(connection.vendor.title, fault)
    if fault.may_pass:
        return _Retriable(network_failure)
    return network_failure


def _without_key(body: bytes, key: str) -> bytes:
    """*body* without the key, in case the vendor repeats it.

    A very short key stays: it is not a real one, and it may be a part of any word.
    """
    secret = key.encode()
    if len(secret) < _SHORTEST_KEY or secret not in body:
        return body
    return body.replace(secret, b"[removed]")


async def _refusal(connection: Connection, response: httpx.Response) -> ToolError | _Retriable:
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
        return _Retriable(error, wait_s)
    return error
