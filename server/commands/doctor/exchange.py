"""One request to a vendor, without retries: the answer, its times, and the connection."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from tools.body import CutOff
from tools.connection import Connection
from tools.network_fault import NetworkFailure, classify
from tools.outgoing_request import SANDBOX_HEADER
from tools.request_trace import CONNECT, HANDSHAKE, RequestTrace
from tools.response import read_refusal, read_success
from tools.retry_after import read_date
from tools.text import clean

_MAX_NAME = 60


@dataclass(frozen=True)
class Exchange:
    """A request and its answer.

    * `took_s`, `connect_s`, `handshake_s`: seconds for all of it, for the TCP connection with the
      resolution of the name, and for TLS. The last two are 0 on a connection that was open before.
    * `uses_proxy`: whether the connection goes through a proxy.
    * `tls`: the version of TLS; empty without TLS.
    * `issuer`: who issued the vendor's certificate; empty if that is not known.
    * `is_sandbox`: whether the answer is made up.
    * `ahead`: how far the vendor's clock is ahead of ours. None if it does not tell the time.
    """

    status: int
    body: bytes
    took_s: float
    connect_s: float
    handshake_s: float
    uses_proxy: bool
    tls: str
    issuer: str
    is_sandbox: bool
    ahead: timedelta | None


async def exchange(connection: Connection, path: str, params: Mapping[str, str]) -> Exchange:
    """Send a GET request for *path*. The cancel scope around it sets the deadline.

    Raises:
        NetworkFailure: there was no complete answer.
        UnexpectedResponse: the body is too long, or its encoding is not known.
    """
    url = httpx.URL(f"{str(connection.http.base_url).rstrip('/')}{path}", params=params)
    trace = _TimedTrace(url)
    began = time.monotonic()
    began_at = connection.clock()
    try:
        async with connection.http.stream("GET", url, extensions={"trace": trace}) as response:
            tls, issuer = _tls(response)
            if response.status_code == 200:
                body = await read_success(response, connection.vendor.title)
            else:
                body = await read_refusal(response)
    except (httpx.TransportError, OSError, CutOff) as error:
        fault = classify(error, connection.way, trace)
        raise NetworkFailure(connection.vendor.title, fault) from error
    return Exchange(
        status=response.status_code,
        body=body,
        took_s=time.monotonic() - began,
        connect_s=trace.seconds.get(CONNECT, 0),
        handshake_s=trace.seconds.get(HANDSHAKE, 0),
        uses_proxy=trace.uses_proxy,
        tls=tls,
        issuer=issuer,
        is_sandbox=SANDBOX_HEADER in response.headers,
        ahead=_ahead(response, began_at, connection.clock()),
    )


class _TimedTrace(RequestTrace):
    """Also measures the steps: `seconds` are by step."""

    def __init__(self, url: httpx.URL) -> None:
        super().__init__(url)
        self.seconds: dict[str, float] = {}
        self.uses_proxy = False
        self._began = time.monotonic()

    async def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        await super().__call__(event, info)
        self.uses_proxy |= self.is_at_proxy
        now = time.monotonic()
        if event.endswith(".started"):
            self._began = now
        elif event.endswith(".complete"):
            self.seconds[self.step] = self.seconds.get(self.step, 0) + now - self._began


def _tls(response: httpx.Response) -> tuple[str, str]:
    """The version of TLS, and the name of the certificate's issuer."""
    stream = response.extensions.get("network_stream")
    tls = stream.get_extra_info("ssl_object") if stream else None
    if tls is None:
        return "", ""
    certificate = tls.getpeercert() or {}
    names = {key: value for part in certificate.get("issuer", ()) for key, value in part}
    issuer = names.get("organizationName") or names.get("commonName") or ""
    return str(tls.version()), clean(issuer, _MAX_NAME)


def _ahead(response: httpx.Response, began: datetime, ended: datetime) -> timedelta | None:
    """How far the vendor's clock is ahead: the smallest difference that its `Date` allows.

    The vendor read its clock between *began* and *ended*, and left out the fractions of a second.
    """
    date = read_date(response.headers.get("date", ""))
    if date is None:
        return None
    if date > ended:
        return date - ended
    latest = date + timedelta(seconds=1)
    return min(latest - began, timedelta())
