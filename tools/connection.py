"""A connection to one vendor: HTTP client, API key, limits."""

import ssl
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import anyio
import httpx

from tools.budget import Budget
from tools.limits import Limits
from tools.network_fault import Way
from tools.vendor import Vendor

if TYPE_CHECKING:
    # Only `incident-desk http` shares requests.
    from tools.flights import Flights

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Attempt:
    """A finished request to a vendor.

    * `key_id`: the short name of the key that the request was sent with.
    * `number`: 0 for the first attempt, 1 for the first retry.
    * `waited_s`: seconds in the queue of the budget.
    * `took_s`: seconds from the end of that wait until the answer was read.
    * `outcome`: `ok`, the code of an error, or `cancelled`.
    """

    vendor: str
    key_id: str
    number: int
    waited_s: float
    took_s: float
    outcome: str


Observe = Callable[[Attempt], None]
"""Called after every attempt. It must not wait for anything."""
Progress = Callable[[int, int], Awaitable[None]]
"""Called during a long call, with the amount done and the total amount."""


@dataclass
class CallRecord:
    """Facts about a call that are collected while it runs.

    * `began_at`: when the call began, in the time of the event loop. As long as that is not known,
      it is infinite, so that no earlier request counts as later.
    * `is_sandbox`: whether a reply had the sandbox's made-up data.
    * `clock_ahead`: how far the vendor's clock is ahead of ours, by the last reply.
    * `stall`: what did not happen in the request that the deadline interrupted. Empty if nothing
      more is known than that the vendor did not answer.
    * `was_sent`: whether the deadline interrupted a request that had been sent in time. False if
      all such requests had their turn too late or not at all, and None if there were none.
    * `timeout_message`: makes the message of a timeout from the call's time limit in seconds. A
      tool that sends many requests can set it, to say how much it has read. An empty message
      means that nothing was read.
    * `on_error`: called if the call ends with an error that is not `retryable`.
    * `page`: what a page that shows the answer needs to ask again, also after an error.

    `tools.request.get` sets `is_sandbox`, `clock_ahead`, `stall` and `was_sent`.
    """

    began_at: float = float("inf")
    is_sandbox: bool = False
    clock_ahead: timedelta = timedelta()
    stall: str = ""
    was_sent: bool | None = None
    timeout_message: Callable[[float], str] | None = None
    on_error: list[Callable[[], None]] = field(default_factory=list)
    page: dict[str, Any] = field(default_factory=dict)


def utc_now() -> datetime:
    return datetime.now(UTC)


async def ignore_progress(done: int, total: int) -> None:
    pass


@dataclass(frozen=True)
class Connection:
    """A connection to one vendor: HTTP client, API key, limits.

    All calls share the fields from `vendor` to `flights`. `key_name` is the name of the key
    in messages, and `key_id` its short name in metrics. The `key` itself is only used to remove it
    from the vendor's answers: `http` already sends it. `proxy_variable` is the setting that names
    the proxy, if there is one.

    `parsing` is held while an answer is parsed. So the event loop does other work after each page,
    even if eight pages arrive together.

    `flights` shares requests with other calls. None if each call sends its own.

    Each call has its own `caller`, `progress` and `record`. The `budget` gives every `caller` its
    turn.
    """

    vendor: Vendor
    http: httpx.AsyncClient
    budget: Budget
    limits: Limits = Limits()
    clock: Clock = utc_now
    observe: Observe = lambda _: None
    key_name: str = "the key"
    key_id: str = "service"
    key: str = field(default="", repr=False)
    proxy_variable: str = "HTTPS_PROXY"
    parsing: anyio.Lock = field(default_factory=anyio.Lock)
    flights: "Flights | None" = None

    caller: Hashable = ""
    progress: Progress = ignore_progress
    record: CallRecord = field(default_factory=CallRecord)

    @property
    def way(self) -> Way:
        url = self.http.base_url
        return Way(url.netloc.decode("ascii"), self.vendor.url_variable, self.proxy_variable)


def is_plain_http(base_url: str) -> bool:
    """Whether requests to *base_url* have no TLS."""
    return base_url.lower().startswith("http:")


async def _ignore_redirect(response: httpx.Response) -> None:
    """Remove the address of a redirect, which is never followed.

    httpx would read it all the same, and raises errors of many types for a wrong one.
    """
    response.headers.pop("location", None)


def connect(
    vendor: Vendor,
    base_url: str,
    key: str,
    *,
    proxy_variable: str = "HTTPS_PROXY",
    limits: Limits = Limits(),
    clock: Clock = utc_now,
    observe: Observe = lambda _: None,
    tls: ssl.SSLContext | Literal[True] = True,
    transport: httpx.AsyncBaseTransport | None = None,
    budget: Budget | None = None,
    flights: "Flights | None" = None,
) -> Connection:
    """Make a connection. TCP connections open with the first request, and are kept alive.

    The caller must close its `http`. *tls* is True or a TLS context. With True, httpx loads
    certifi's certificates, or those of SSL_CERT_FILE or SSL_CERT_DIR. With a *transport*, requests
    go to that instead of the network. Without a *budget*, the connection has one of its own.

    Raises:
        ImportError: the proxy needs a package that is not installed.
        ValueError, httpx.InvalidURL: the base URL, a proxy's URL or NO_PROXY is wrong.
    """
    return Connection(
        vendor=vendor,
        http=_http_client(vendor, base_url, key, limits, tls, transport),
        budget=budget or Budget(limits.max_in_flight, requests_per_minute(vendor, limits)),
        limits=limits,
        clock=clock,
        observe=observe,
        key=key,
        proxy_variable=proxy_variable,
        flights=flights,
    )


def _http_client(
    vendor: Vendor,
    base_url: str,
    key: str,
    limits: Limits,
    tls: ssl.SSLContext | Literal[True],
    transport: httpx.AsyncBaseTransport | None,
) -> httpx.AsyncClient:
    # Requests decode the host again, which can fail.
    _ = httpx.URL(base_url).host
    # `tools.body` can decode only gzip within its limit.
    headers = {
        "Accept-Encoding": "gzip",
        **vendor.headers,
        "Authorization": f"Bearer {key}",
    }
    return httpx.AsyncClient(
        base_url=base_url,
        headers=headers,
        # There are no other timeouts: the deadline of the call covers reading and writing.
        timeout=httpx.Timeout(None, connect=limits.connect_time_s),
        limits=httpx.Limits(
            max_connections=limits.max_in_flight, max_keepalive_connections=limits.max_in_flight
        ),
        follow_redirects=False,
        event_hooks={"response": [_ignore_redirect]},
        # Plain http is only for this machine: a proxy would take the key off it.
        trust_env=not is_plain_http(base_url),
        verify=tls,
        transport=transport,
    )


def requests_per_minute(vendor: Vendor, limits: Limits) -> int:
    """The limit of the settings, or nine tenths of the vendor's."""
    return limits.requests_per_minute or vendor.requests_per_minute * 9 // 10
