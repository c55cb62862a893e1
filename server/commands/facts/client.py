"""Sends GET requests to a vendor, counts them, and keeps what its answers say about its clock."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import anyio
import httpx

from server.commands.facts.fact import NotSeen
from tools.connection import Connection
from tools.errors import InvalidArguments, Rejected, ToolError
from tools.json_values import as_mapping
from tools.request import get, loads
from tools.retry_after import read_date

MAX_REQUESTS = 40
"""For all vendors together, retries included."""
_REFUSALS = (400, 403, 404, 415, 422)
"""The statuses that answer a question: the vendor did not accept this request."""
_FAILURES_IN_A_ROW = 3
"""After so many requests without an answer, no more are sent."""
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Answer:
    """An answer of the vendor. A refusal has an empty body."""

    status: int
    headers: Mapping[str, str]
    body: Mapping[str, Any]


class Counter:
    """Counts the requests to all vendors. *notice* is called with each new number."""

    def __init__(self, notice: Callable[[int], None] = lambda _: None) -> None:
        self.number = 0
        self._notice = notice

    def count(self) -> None:
        """Count a request that is about to be sent.

        Raises:
            NotSeen: it would be one too many.
        """
        if self.number == MAX_REQUESTS:
            raise NotSeen(f"the limit of {MAX_REQUESTS} requests was reached")
        self.number += 1
        self._notice(self.number)


@dataclass
class ClockDifference:
    """How far the vendor's clock may be ahead of ours, by all answers so far."""

    least: timedelta = timedelta.min
    most: timedelta = timedelta.max

    def narrow(self, date: datetime, began: datetime, ended: datetime) -> None:
        """*date* has whole seconds. The request *began* before that time and *ended* after it."""
        self.least = max(self.least, date - ended)
        self.most = min(self.most, date + _SECOND - began)


class Client:
    """Asks one vendor through *connection*, one request after the other."""

    def __init__(self, connection: Connection, counter: Counter) -> None:
        self.title = connection.vendor.title
        self.requests = 0
        self.difference = ClockDifference()
        self._connection = connection
        self._counter = counter
        # The status and headers of the last answer, even if its body could not be read.
        self._status = 0
        self._headers: Mapping[str, str] = {}
        self._failures = 0
        self._end_reason = ""
        hooks = connection.http.event_hooks
        connection.http.event_hooks = {
            "request": [*hooks["request"], self._on_request],
            "response": [*hooks["response"], self._on_answer],
        }

    @property
    def is_sandbox(self) -> bool:
        return self._connection.record.is_sandbox

    async def get(self, path: str, params: Mapping[str, str]) -> Answer:
        """GET *path*. A refusal is an answer, too.

        Raises:
            NotSeen: there was no answer, or it says nothing about the request.
        """
        if self._end_reason:
            raise NotSeen(self._end_reason)
        timeout_s = self._connection.limits.timeout_s
        try:
            with anyio.fail_after(timeout_s):
                return await self._get(path, params)
        except TimeoutError:
            raise self._failure(f"{self.title} did not answer within {timeout_s:g} s") from None

    async def get_as(self, media_type: str | None, path: str, params: Mapping[str, str]) -> Answer:
        """GET *path* with another `Content-Type`, or with None without that header.

        Raises:
            NotSeen: as for `get`.
        """
        headers = self._connection.http.headers
        usual = headers.pop("Content-Type", None)
        if media_type is not None:
            headers["Content-Type"] = media_type
        try:
            return await self.get(path, params)
        finally:
            headers.pop("Content-Type", None)
            if usual is not None:
                headers["Content-Type"] = usual

    async def _get(self, path: str, params: Mapping[str, str]) -> Answer:
        self._status, self._headers = 0, {}
        began = self._connection.clock()
        try:
            body = (await get(self._connection, path, params, loads)).body
        except (InvalidArguments, UnicodeEncodeError):
            raise NotSeen("what would have to be asked does not fit into a URL") from None
        except ToolError as error:
            if self._status not in _REFUSALS:
                raise self._failure(self._reason(error)) from None
            body = {}
        self._failures = 0
        date = read_date(self._headers.get("date", ""))
        if date:
            self.difference.narrow(date, began, self._connection.clock())
        return Answer(self._status, self._headers, as_mapping(body))

    def _reason(self, error: ToolError) -> str:
        """Why there is no answer. The vendor's own words may have texts of the account."""
        if isinstance(error, Rejected):
            return f"{self.title} refuses this with {self._status}"
        return str(error).rstrip(".")

    def _failure(self, reason: str) -> NotSeen:
        """The exception for a request without an answer. After several, no more are sent."""
        self._failures += 1
        if self._failures >= _FAILURES_IN_A_ROW or self._status == 401:
            self._end_reason = reason
        return NotSeen(reason)

    async def _on_request(self, _: httpx.Request) -> None:
        self._counter.count()
        self.requests += 1

    async def _on_answer(self, response: httpx.Response) -> None:
        self._status, self._headers = response.status_code, response.headers
