"""A request to a vendor, its reply, and the vendor itself."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

from sandbox.dial import Dial
from sandbox.store import Store
from sandbox.wire import Wire

Document = dict[str, Any]
Send = Callable[[Wire, bytes, bytes], None]
"""Sends the head and the body of a response."""


def send_whole(wire: Wire, head: bytes, body: bytes) -> None:
    """Send the whole response at once."""
    # One write: two small ones would wait for Nagle's algorithm and the client's acknowledgement.
    wire.send(head + body)


@dataclass(frozen=True)
class Request:
    """An HTTP request to one vendor. GET requests have no body."""

    method: str
    url: str
    """The URL of the request, without the query."""
    path: str
    """The path without its first segment, which is the vendor's, as in `/v1/incidents`."""
    query: Sequence[tuple[str, str]]
    headers: Message
    options: Mapping[str, str]
    """The value of each dial, and of each option for faults."""

    @property
    def token(self) -> str | None:
        """The bearer token. None if there is none, or if it is `invalid`."""
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or token in ("", "invalid"):
            return None
        return token


@dataclass(frozen=True)
class Reply:
    """An HTTP response, and how it is sent."""

    status: int
    body: Document | bytes
    """A JSON document, or bytes that are sent unchanged."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    send: Send = send_whole

    def payload(self) -> bytes:
        """The bytes of the body."""
        if isinstance(self.body, bytes):
            return self.body
        return json.dumps(self.body, separators=(",", ":")).encode()


@dataclass(frozen=True)
class Vendor:
    """An emulated vendor."""

    rows: str
    """The key of the rows in a successful answer."""
    dials: Mapping[str, Dial]
    """By name, the path parameters that change how the vendor behaves."""
    answer: Callable[[Store, Request], Reply]
    failure: Callable[[int], Reply]
    """The documented reply with an error status."""
    limits: Mapping[str, str]
    """The headers that describe the rate limit."""
