"""One GET, from parameters to a parsed body, within the call's deadline, with every failure named."""

import json
import random
import ssl
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import anyio
import httpx

from tools.body import TooLong, read
from tools.connection import Attempt, Connection
from tools.errors import InvalidArguments, ToolError, Unavailable, UnexpectedResponse
from tools.failure import failure, is_error, readable
from tools.retry_after import read_date, retry_after_s

T = TypeVar("T")
Params = Mapping[str, str]

MAX_BODY = 16 * 1024 * 1024
"""Bytes of a body, decoded, that are read. A page of 100 unslimmed incidents has some 2 MB."""
MAX_ERROR_BODY = 64 * 1024
MAX_URL = 8_000
"""Characters of a URL, which is what front doors commonly take."""
_SHORTEST_KEY = 16
RETRIES = 2
RETRIED = frozenset({408, 429, 500, 502, 503, 504})
SANDBOX_HEADER = "x-incident-desk-sandbox"


@dataclass(frozen=True)
class Reply(Generic[T]):
    """A parsed answer, and whether it is the sandbox's made-up data.

    `at` is when it came, by our clock; the vendor's `Date` was *ahead* of that.
    """

    body: T
    at: datetime
    sandbox: bool
    ahead: timedelta = timedelta()


async def get(
    connection: Connection, path: str, params: Params, parse: Callable[[bytes], T]
) -> Reply[T]:
    """GET *path* and *parse* the body, which raises ValueError for what it does not know.

    The deadline is that of the cancel scope around: retries happen only while it leaves them a fair time.

    Raises:
        ToolError: the vendor could not be reached, refused, or answered what it does not document.
    """
    url = _url(connection, path, params)
    for attempt in range(RETRIES + 1):
        asked = time.monotonic()
        try:
            async with connection.budget.place(connection.caller):
                with _observed(connection, attempt, waited_s=time.monotonic() - asked):
                    return await _once(connection, url, parse)
        except _Retriable as failed:
            wait = max(failed.wait_s or 0, _backoff(connection, attempt))
            if attempt == RETRIES or not _leaves_fair_time(connection, wait):
                raise failed.error from failed.__cause__
        await anyio.sleep(wait)
    raise AssertionError("the last attempt answers or raises")


def _url(connection: Connection, path: str, params: Params) -> httpx.URL:
    """Raises:
    InvalidArguments: the URL is too long.
    """
    url = f"{str(connection.http.base_url).rstrip('/')}{path}"
    if params:
        url += f"?{httpx.QueryParams(params)}"
    # httpx.URL itself refuses more than 65,536 characters, as a mistake of its caller.
    if len(url) > MAX_URL:
        raise InvalidArguments(
            f"The question is too long for a URL ({len(url):,} of {MAX_URL:,} characters): give fewer values."
        )
    return httpx.URL(url)


def loads(body: bytes) -> Any:
    """*body* as JSON, for a `parse`.

    Raises:
        ValueError: it is none, or nested too deeply.
    """
    try:
        return json.loads(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None


class _Retriable(Exception):
    """A failure that may pass; `wait_s` is the vendor's word for when."""

    def __init__(self, error: ToolError, wait_s: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait_s = wait_s


@contextmanager
def _observed(connection: Connection, number: int, *, waited_s: float) -> Iterator[None]:
    began, outcome = time.monotonic(), "cancelled"
    try:
        yield
        outcome = "ok"
    except _Retriable as failed:
        outcome = failed.error.code
        raise
    except ToolError as error:
        outcome = error.code
        raise
    finally:
        connection.observe(
            Attempt(connection.vendor.name, number, waited_s, time.monotonic() - began, outcome)
        )


def _backoff(connection: Connection, attempt: int) -> float:
    return connection.limits.backoff_s * (1 << attempt) * random.uniform(0.5, 1.5)  # noqa: S311


def _leaves_fair_time(connection: Connection, wait_s: float) -> bool:
    # On the vendors' bad days a page takes 10 to 20 s: a retry that would be cut off only adds to their load.
    fair_s = min(10, connection.limits.timeout_s / 5)
    return anyio.current_time() + wait_s + fair_s <= anyio.current_effective_deadline()


async def _once(connection: Connection, url: httpx.URL, parse: Callable[[bytes], T]) -> Reply[T]:
    vendor = connection.vendor
    try:
        async with connection.http.stream("GET", url) as response:
            # Neither vendor documents another success, and 206 is a part of an answer.
            if response.status_code != 200:
                raise await _refused(connection, response)
            body = _without_key(await read(response, MAX_BODY), connection.key)
    except httpx.TimeoutException as error:
        raise _Retriable(Unavailable(f"{vendor.title} could not be reached in time.")) from error
    except (httpx.TransportError, ssl.SSLError, OSError) as error:
        raise _Retriable(
            Unavailable(f"{vendor.title} could not be reached, or broke off its answer.")
        ) from error
    except TooLong:
        raise UnexpectedResponse(
            f"{vendor.title}'s answer is longer than {MAX_BODY // 2**20} MB: ask for fewer rows, or for a narrower view."
        ) from None
    except zlib.error:
        raise UnexpectedResponse(f"{vendor.title}'s answer is not readable.") from None
    try:
        parsed = parse(body)
    except ValueError as error:
        document = readable(body)
        what = (
            "an error with a success status"
            if is_error(document)
            else "in a shape that it does not document"
        )
        raise UnexpectedResponse(f"{vendor.title} answered {what}.") from error
    at = connection.clock()
    date = read_date(response.headers.get("date", "")) or at
    return Reply(parsed, at, SANDBOX_HEADER in response.headers, date - at)


def _without_key(body: bytes, key: str) -> bytes:
    """*body* without the key, in case the vendor repeats it. A short key is none: it may stand in any word."""
    secret = key.encode()
    return (
        body.replace(secret, b"[removed]")
        if len(secret) >= _SHORTEST_KEY and secret in body
        else body
    )


async def _refused(connection: Connection, response: httpx.Response) -> ToolError | _Retriable:
    try:
        body = await read(response, MAX_ERROR_BODY)
    except (TooLong, zlib.error):
        body = b""
    wait = (
        retry_after_s(response.headers, readable(body), connection.clock())
        if response.status_code in (429, 503)
        else None
    )
    error = failure(
        connection.vendor,
        response.status_code,
        body,
        key_name=connection.key_name,
        key=connection.key,
        retry_after_s=wait,
    )
    return _Retriable(error, wait) if response.status_code in RETRIED else error
