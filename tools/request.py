"""A GET request for a call: builds the URL, retries within the call's deadline.

`outgoing_request.py` sends it once, and `flights.py` shares it with other calls.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import anyio
import httpx

from tools.connection import Connection
from tools.errors import InvalidArguments
from tools.outgoing_request import OutgoingRequest, Retriable
from tools.reply import Reply, Reuse

T = TypeVar("T")
Params = Mapping[str, str]

MAX_URL = 8_000
"""Characters of a URL. Common proxies accept no more."""


async def get(
    connection: Connection,
    path: str,
    params: Params,
    parse: Callable[[bytes], T],
    reuse: Reuse = Reuse.NEVER,
) -> Reply[T]:
    """GET *path* and *parse* the body.

    *parse* raises ValueError for a body that it cannot read. The deadline is that of the cancel
    scope around the call. A failure that may pass is retried, as long as enough time is left.
    *reuse* says whether another call's answer is as good as a new one.

    Raises:
        ToolError: the vendor could not be reached, refused the request, or answered in an
            undocumented form.
    """
    url = _url(connection, path, params)
    retries = connection.limits.retries
    for number in range(retries + 1):
        request = OutgoingRequest(connection, url, parse, number)
        try:
            return await _reply(request, reuse)
        except Retriable as retriable:
            retry_at = retriable.retry_at
            last_retry_at = anyio.current_effective_deadline() - connection.limits.retry_time_s
            if number == retries or retry_at > last_retry_at:
                # Other calls may raise the same error.
                error = retriable.error.with_traceback(None)
                raise error from retriable.__cause__
        await anyio.sleep_until(retry_at)
    raise AssertionError("the last attempt answers or raises")


async def _reply(request: OutgoingRequest[T], reuse: Reuse) -> Reply[T]:
    """The answer to *request*, or to the same request of another call."""
    flights = request.connection.flights
    if flights and reuse is not Reuse.NEVER:
        return await flights.reply(request, reuse)
    _, reply = await request.send()
    return reply


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
