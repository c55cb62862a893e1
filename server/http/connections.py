"""A uvicorn protocol with limits for each client connection: time, bytes and the number of chunks."""

import asyncio
import re
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

from server.http.front_door import FrontDoor
from server.http.gathered import Gathered
from server.http.refusal import Refusal
from server.http.settings import Limits

_LINGER_S = 1.0
_DISCARDED = 16 * 1024 * 1024
_LONE_END = re.compile(rb"(?<!\r)\n|\r(?!\n)")
_MAX_PIPELINED = 64 * 1024
_REASONS = {400: "invalid_http", 408: "timeout", 413: "too_large", 431: "too_large"}
"""What a refusal is called in the metrics."""
_PIECE = 4 * 1024
"""h11 takes any head that arrives in whole, and 64 KB of short lines hold the loop for 40 ms."""
_MAX_CHUNKS = 1_500
"""Parsing one chunk takes about 7 µs, however little is in it, and 64 KB that arrive together can hold 11,000."""


class _Parser(h11.Connection):
    """h11's parser, which also refuses what proxies and servers understand in different ways, and too many chunks."""

    _chunks = 0
    _is_chunked = False
    _pending = b""
    """A carriage return that was read, while what follows it was not."""

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        is_head = self.their_state is h11.IDLE
        before, _ = self.trailing_data if is_head or self._is_chunked else (b"", False)
        event = super().next_event()
        if isinstance(event, h11.Request):
            self._chunks = 0
            self._is_chunked = _check_framing(event)
        elif isinstance(event, h11.Data) and event.chunk_start:
            self._chunks += 1
            if self._chunks > _MAX_CHUNKS:
                raise h11.RemoteProtocolError("too many chunks")
        if before:
            self._check_lines(before, event)
        if isinstance(event, h11.EndOfMessage):
            self._is_chunked = False
        return event

    def _check_lines(self, before: bytes, event: object) -> None:
        """Check what was read of *before*, but for the content: nothing but lines, or parts of them.

        Raises:
            h11.RemoteProtocolError: a line does not end with CRLF. h11 takes LF alone for an end, and others do not.
        """
        left, _ = self.trailing_data
        content = len(event.data) if isinstance(event, h11.Data) else 0
        lines = self._pending + before[: len(before) - len(left) - content]
        self._pending = b"\r" if lines.endswith(b"\r") else b""
        if _LONE_END.search(lines.removesuffix(self._pending)):
            raise h11.RemoteProtocolError("a line that does not end with CRLF")


def _check_framing(request: h11.Request) -> bool:
    """Whether the body comes in chunks.

    Raises:
        h11.RemoteProtocolError: where the request ends is not certain (RFC 9112, 6.3), or it asks for a tunnel.
    """
    names = {name for name, _ in request.headers}
    if b"content-length" in names and b"transfer-encoding" in names:
        raise h11.RemoteProtocolError("two lengths")
    if request.http_version not in (b"1.0", b"1.1") or request.method == b"CONNECT":
        raise h11.RemoteProtocolError("not an HTTP/1.1 request for a resource")
    return b"transfer-encoding" in names


class Connection(H11Protocol):
    """Bounds what uvicorn leaves unbounded: how long a request takes to arrive, how long a client takes to fetch an answer,
    and what is sent after the answer was given. When there are too many connections, the longest idle one ends, and not the
    new one.

    h11 parses, because it never follows an `Upgrade` and reads the body that comes with one. `conn` is its state, and `cycle`
    is uvicorn's name for a request and its answer.
    """

    app: FrontDoor
    connections: "set[Connection]"  # type: ignore[assignment]
    cycle: Any

    def __init__(self, limits: Limits, **uvicorn: Any) -> None:
        super().__init__(**uvicorn)
        self.conn = _Parser(h11.SERVER, limits.head)
        self._limits = limits
        self._part: tuple[object, object] | None = None
        """The request, and the part of it that the client has to send now."""
        self._received = 0
        """Bytes of that part."""
        self._receive_timer: asyncio.TimerHandle | None = None
        self._send_timer: asyncio.TimerHandle | None = None
        self._waiting_since: float | None = None
        """When we began to wait for the client. None while a request is served."""
        self._refused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(Gathered(transport, self.loop))  # type: ignore[arg-type]
        self._watch()
        if len(self.connections) > self._limits.connections:
            waiting = [other for other in self.connections if other._waiting_since is not None]
            longest = min(waiting, key=lambda other: other._waiting_since or 0)
            longest.transport.abort()
            log = "INCIDENT_DESK_HTTP_MAX_CONNECTIONS is reached, and the connection that was idle longest has ended"
            self.app.refused(Refusal(503, "too_many_connections", "", log=log))

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), _PIECE):
            if self._refused:
                return
            piece = data[start : start + _PIECE]
            self._received += len(piece)
            super().data_received(piece)
            self._watch()

    def handle_events(self) -> None:
        super().handle_events()
        # uvicorn stops reading while it serves a request that another one follows, and would not see that the client leaves.
        waits = self.flow.read_paused and self.conn.their_state is not h11.SEND_BODY
        if waits and len(self.conn.trailing_data[0]) <= _MAX_PIPELINED:
            self.flow.resume_reading()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_receive_timer()
        self._stop_send_timer()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._send_timer = self.loop.call_later(self._limits.send_s, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_send_timer()

    def send_400_response(self, msg: str) -> None:
        """Called by uvicorn for what h11 cannot parse."""
        too_long = self.conn.their_state is h11.ERROR and self._received > self._limits.head
        self._refuse(431 if too_long else 400)

    def _watch(self) -> None:
        """Start, keep or stop the timer, by what the client has to send: a head, a body or nothing."""
        if self._refused or self.transport.is_closing():
            return
        state = self.conn.their_state
        if (self.cycle, state) != self._part:
            self._part = (self.cycle, state)
            self._received = len(self.conn.trailing_data[0])
            self._stop_receive_timer()
        if state not in (h11.IDLE, h11.SEND_BODY):
            self._waiting_since = None
            return
        if self._waiting_since is None:
            self._waiting_since = self.loop.time()
        if state is h11.SEND_BODY:
            self._expect(self._max_body(), self._limits.body_s)
        elif self.cycle is None or self._received:
            self._expect(self._limits.head, self._limits.head_s)

    def _expect(self, max_bytes: int, seconds: float) -> None:
        if self._received > max_bytes:
            self._refuse(413)
        elif self._receive_timer is None:
            self._receive_timer = self.loop.call_later(seconds, self._refuse, 408)

    def _max_body(self) -> int:
        if self.cycle.response_started:
            # The rest of a refused body is discarded: few clients read an answer before they have sent everything.
            return _DISCARDED
        # The application counts the content. This is for chunk lengths and chunk extensions.
        return 2 * self._limits.body + self._limits.head

    def _refuse(self, status: int) -> None:
        """Answer *status* in place of the application, and end the connection."""
        if self._refused:
            return
        self._refused = True
        self.app.refused(Refusal(status, _REASONS[status], ""))
        self._stop_receive_timer()
        if self.transport.is_closing() or self._has_answered():
            self.transport.abort()
            return
        if self.cycle is not None:
            # The application must not answer as well.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        head = b"HTTP/1.1 %d %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        self.transport.write(head % (status, STATUS_PHRASES[status]))
        # Closing at once, with bytes unread, would take the answer away from the client again.
        self.transport.write_eof()
        self.loop.call_later(_LINGER_S, self.transport.abort)

    def _has_answered(self) -> bool:
        """Whether an answer to the request that is arriving has begun."""
        if self.cycle is None or not self.cycle.response_started:
            return False
        is_body = self._part == (self.cycle, h11.SEND_BODY)
        return is_body or not self.cycle.response_complete

    def _stop_receive_timer(self) -> None:
        if self._receive_timer:
            self._receive_timer.cancel()
            self._receive_timer = None

    def _stop_send_timer(self) -> None:
        if self._send_timer:
            self._send_timer.cancel()
            self._send_timer = None
