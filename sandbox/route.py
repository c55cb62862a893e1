"""The shapes of a request, of the reply to it, and of the vendor that gives it."""

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


def whole(wire: Wire, head: bytes, body: bytes) -> None:
    # One write: two small ones would meet Nagle's algorithm and the client's delayed acknowledgement.
    wire.send(head + body)


@dataclass(frozen=True)
class Request:
    method: str
    url: str
    """As the client called it, up to the query."""
    path: str
    """What follows the vendor's segment, such as `/v1/incidents`."""
    query: Sequence[tuple[str, str]]
    headers: Message
    options: Mapping[str, str]
    """How the sandbox should behave: the value of each dial and each option of the faults."""

    @property
    def token(self) -> str | None:
        """The bearer token; `invalid` is none."""
        scheme, _, token = (self.headers.get("Authorization") or "").partition(" ")
        return token if scheme.lower() == "bearer" and token not in ("", "invalid") else None


@dataclass(frozen=True)
class Reply:
    status: int
    body: Document | bytes
    """A JSON document, or the bytes to send as they are."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    send: Send = whole

    def payload(self) -> bytes:
        return (
            self.body
            if isinstance(self.body, bytes)
            else json.dumps(self.body, separators=(",", ":")).encode()
        )


@dataclass(frozen=True)
class Vendor:
    rows: str
    """The key of a successful answer under which the rows are."""
    dials: Mapping[str, Dial]
    """The path parameters by which its behaviour can be changed."""
    answer: Callable[[Store, Request], Reply]
    failure: Callable[[int], Reply]
    """The documented answer of a status that is an error."""
    limits: Mapping[str, str]
    """The headers that say how many requests may be made."""
