"""One vendor, as one key sees it."""

import sys
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.util import find_spec

import httpx

from tools.budget import Budget
from tools.limits import Limits
from tools.vendor import Vendor

if find_spec("sniffio") is None:
    # httpcore tries to import it four times a request, each time through the whole path; it goes without. So it fails at once.
    sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Attempt:
    """A request that was sent to a vendor, once it is over.

    `number` is 0 for a call's first. `waited_s` is the time until its turn in the budget came, `took_s` that until its answer
    was read. `outcome` is `ok`, an error's code, or `cancelled`.
    """

    vendor: str
    number: int
    waited_s: float
    took_s: float
    outcome: str


Observe = Callable[[Attempt], None]
"""Told of every attempt, in the call it belongs to; has to be quick."""
Progress = Callable[[int, int], Awaitable[None]]
"""Told how much is done, and of how much."""


def utc_now() -> datetime:
    return datetime.now(UTC)


async def _nobody_asked(done: int, of: int) -> None:
    pass


@dataclass(frozen=True)
class Connection:
    """What a tool needs to ask its vendor.

    `key_name` is what people know the key by; the `key` itself is only known so that it can be kept out of what a vendor
    says. Callers take turns in the `budget`: `caller` is who asks.
    """

    vendor: Vendor
    http: httpx.AsyncClient
    budget: Budget
    limits: Limits = Limits()
    clock: Clock = utc_now
    progress: Progress = _nobody_asked
    observe: Observe = lambda _: None
    key_name: str = "the key"
    key: str = field(default="", repr=False)
    caller: Hashable = ""


def connect(
    vendor: Vendor,
    base_url: str,
    key: str,
    *,
    key_name: str = "the key",
    limits: Limits = Limits(),
    clock: Clock = utc_now,
    observe: Observe = lambda _: None,
) -> Connection:
    """A connection that opens lazily and is kept alive; close its `http` at the end."""
    http = httpx.AsyncClient(
        base_url=base_url,
        # Only what `tools.request` can decode within bounds is accepted.
        headers={"Accept-Encoding": "gzip", **vendor.headers, "Authorization": f"Bearer {key}"},
        # A call's deadline bounds the rest.
        timeout=httpx.Timeout(None, connect=min(10, limits.timeout_s)),
        limits=httpx.Limits(
            max_connections=limits.max_in_flight, max_keepalive_connections=limits.max_in_flight
        ),
        follow_redirects=False,
    )
    per_minute = limits.requests_per_minute or vendor.requests_per_minute * 9 // 10
    return Connection(
        vendor,
        http,
        Budget(limits.max_in_flight, per_minute),
        limits,
        clock,
        observe=observe,
        key_name=key_name,
        key=key,
    )
