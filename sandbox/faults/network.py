"""Faults of the network: the bytes of the right answer come late, in part, or not at all."""

from collections.abc import Callable
from dataclasses import replace

from sandbox.faults.case import Case
from sandbox.route import Reply, Send, send_whole
from sandbox.wire import Wire


def delay(reply: Reply, case: Case) -> Reply:
    """`delay:SECONDS` (by default 0.5): the answer comes late."""
    seconds = float(case.argument or 0.5)

    def send(wire: Wire, head: bytes, body: bytes) -> None:
        wire.pause(seconds)
        send_whole(wire, head, body)

    return replace(reply, send=send)


def slow(reply: Reply, case: Case) -> Reply:
    """`slow:SECONDS` (by default 5): the body comes in small pieces, and takes this long."""
    seconds = float(case.argument or 5)

    def send(wire: Wire, head: bytes, body: bytes) -> None:
        wire.send(head)
        step = 1 + len(body) // 5_000
        for start in range(0, len(body), step):
            wire.pause(seconds * step / len(body))
            wire.send(body[start : start + step])

    return replace(reply, send=send)


def reset(reply: Reply, case: Case) -> Reply:
    """The connection is reset before the answer."""
    return replace(reply, send=lambda wire, head, body: wire.reset())


def reset_in_body(reply: Reply, case: Case) -> Reply:
    """The connection is reset in the middle of the body."""
    return replace(reply, send=_half(Wire.reset))


def truncated(reply: Reply, case: Case) -> Reply:
    """The connection is closed in the middle of the body, before its `Content-Length`."""
    return replace(reply, send=_half(Wire.close))


def endless(reply: Reply, case: Case) -> Reply:
    """The body never ends. Only the client can close the connection."""

    def send(wire: Wire, head: bytes, body: bytes) -> None:
        wire.send(head + body[:-1])
        while True:
            wire.send(b" " * 65_536)

    return replace(reply, headers={**reply.headers, "Content-Length": str(10**15)}, send=send)


def _half(then: Callable[[Wire], None]) -> Send:
    def send(wire: Wire, head: bytes, body: bytes) -> None:
        wire.send(head + body[: len(body) // 2])
        wire.pause(0.02)  # A reset discards what the client has not read yet.
        then(wire)

    return send
