"""Follows a request on its way: which step began last, and with whom."""

from collections.abc import Mapping
from typing import Any

import httpx

CONNECT = "connect_tcp"
"""Includes the resolution of the name."""
HANDSHAKE = "start_tls"
REQUEST = "send_request_headers"
HEADERS = "receive_response_headers"
BODY = "receive_response_body"
_STEPS = frozenset({CONNECT, HANDSHAKE, REQUEST, HEADERS, BODY})
_DEFAULT_PORTS = {"http": 80, "https": 443}


class RequestTrace:
    """The progress of one request. It is the `trace` extension of httpx, which calls it.

    * `step`: the step that began last. It is empty before the first one, and if the transport does
      not report steps.
    * `is_at_proxy`: whether that step is between us and a proxy, and not the vendor.
    * `status`: the status of the last answer, also that of a proxy to CONNECT. 0 before the first.
    """

    def __init__(self, url: httpx.URL) -> None:
        self.step = ""
        self.is_at_proxy = False
        self.status = 0
        port = url.port or _DEFAULT_PORTS.get(url.scheme)
        self._address = (url.raw_host.decode("ascii"), port)

    async def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        """Record an event of httpcore, such as `connection.connect_tcp.started`."""
        name, _, state = event.rpartition(".")
        part, _, step = name.partition(".")
        if step not in _STEPS:
            return
        if state == "started":
            self._start(part, step, info)
        elif state == "complete" and step == HEADERS:
            _, self.status, *_ = info["return_value"]

    def _start(self, part: str, step: str, info: Mapping[str, Any]) -> None:
        self.step = step
        if step == CONNECT:
            self.is_at_proxy = (info["host"], info["port"]) != self._address
        elif part == "proxy":
            # This handshake goes through the tunnel of the proxy, to the vendor.
            self.is_at_proxy = False
