"""A connection to one vendor: HTTP client, API key, limits."""

import ssl
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

import httpx

from tools.budget import Budget
from tools.limits import Limits
from tools.vendor import Vendor

CONNECT_TIMEOUT_S = 10
"""If a connection is not open by then, the request is retried."""

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Attempt:
    """A finished request to a vendor.

    * `number`: 0 for the first attempt, 1 for the first retry.
    * `waited_s`: the time that the request waited in the queue of the budget.
    * `took_s`: the time from then until the answer was read.
    * `outcome`: `ok`, the code of an error, or `cancelled`.
    """

    vendor: str
    number: int
    waited_s: float
    took_s: float
    outcome: str


Observe = Callable[[Attempt], None]
"""Called after every attempt, in the task of its call. It must be quick."""
Progress = Callable[[int, int], Awaitable[None]]
"""Called during a long call, with the amount done and the total amount."""


@dataclass
class CallRecord:
    """What is known about a call while it runs.

    * `is_sandbox`: whether a reply had the sandbox's made-up data.
    * `clock_ahead`: how far the vendor's clock is ahead of ours, by the last reply.
    * `timeout_message`: a tool that reads for a long time may set it. It takes the seconds that the
      call had, and says how far the tool came.

    `tools.request.get` sets the first two.
    """

    is_sandbox: bool = False
    clock_ahead: timedelta = timedelta()
    timeout_message: Callable[[float], str] | None = None


def utc_now() -> datetime:
    return datetime.now(UTC)


async def ignore_progress(done: int, total: int) -> None:
    pass


@dataclass(frozen=True)
class Connection:
    """What a tool needs to ask its vendor.

    Calls share the first group of fields. `key_name` names the key in messages. The `key` itself is
    only here to be removed from what the vendor sends.

    Each call has its own `caller`, `progress` and `record`. Callers take turns in the `budget`.
    """

    vendor: Vendor
    http: httpx.AsyncClient
    budget: Budget
    limits: Limits = Limits()
    clock: Clock = utc_now
    observe: Observe = lambda _: None
    key_name: str = "the key"
    key: str = field(default="", repr=False)

    caller: Hashable = ""
    progress: Progress = ignore_progress
    record: CallRecord = field(default_factory=CallRecord)


def connect(
    vendor: Vendor,
    base_url: str,
    key: str,
    *,
    key_name: str = "the key",
    limits: Limits = Limits(),
    clock: Clock = utc_now,
    observe: Observe = lambda _: None,
    tls: ssl.SSLContext | Literal[True] = True,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Connection:
    """Make a connection that opens with the first request and is kept alive.

    Close its `http` at the end. Without a *tls* context, it loads the system's certificates itself.
    With a *transport*, requests go to that instead of the network.
    """
    # Only encodings that `tools.body` can decode within its limit are accepted.
    headers = {
        "Accept-Encoding": "gzip",
        **vendor.headers,
        "Authorization": f"Bearer {key}",
    }
    http = httpx.AsyncClient(
        base_url=base_url,
        headers=headers,
        # The deadline of the call limits everything else.
        timeout=httpx.Timeout(None, connect=CONNECT_TIMEOUT_S),
        limits=httpx.Limits(
            max_connections=limits.max_in_flight, max_keepalive_connections=limits.max_in_flight
        ),
        follow_redirects=False,
        verify=tls,
        transport=transport,
    )
    per_minute = limits.requests_per_minute or vendor.requests_per_minute * 9 // 10
    return Connection(
        vendor=vendor,
        http=http,
        budget=Budget(limits.max_in_flight, per_minute),
        limits=limits,
        clock=clock,
        observe=observe,
        key_name=key_name,
        key=key,
    )
