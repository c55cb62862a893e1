"""A uvicorn protocol with time and size limits for each client connection."""

import asyncio
import re
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

from server.http.access import AccessMiddleware
from server.http.coalescing import CoalescingTransport
from server.http.refusal import Refusal
from server.http.settings import HttpLimits

_LINGER_S = 1.0
"""The client has so long to read a refusal. Then the socket is closed."""
_STOP_GRACE_S = 0.5
"""At a stop, an idle connection is closed after this time."""
_MAX_DISCARDED_BYTES = 16 * 1024 * 1024
_MAX_PIPELINED_BYTES = 64 * 1024
_PIECE_BYTES = 4 * 1024
"""h11 parses all the data that it gets without a pause: 40 ms for 64 KB of short lines.

Other clients must wait meanwhile, so h11 gets the data in pieces.
"""
_MAX_CHUNKS = 1_500
"""h11 takes about 7 µs for each chunk: 10 ms for 1,500. A body of 64 KB can have 11,000 chunks."""
_LONE_CR_OR_LF = re.compile(rb"(?<!\r)\n|\r(?!\n)")
"""An LF without a CR before it, or a CR without an LF after it."""
_REASONS = {400: "invalid_http", 408: "timeout", 413: "too_large", 431: "too_large"}
"""The `reason` label in the metrics, by HTTP status."""


class _StrictParser(h11.Connection):
    """An h11 parser that refuses ambiguous framing, ambiguous line ends and too many chunks.

    Something is ambiguous if a proxy and a server can read it differently. uvicorn answers every
    `h11.RemoteProtocolError` with 400, and drops its text.
    """

    _chunks = 0
    _is_chunked = False
    _trailing_cr = b""
    """A carriage return whose next byte has not arrived yet; otherwise empty."""

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        unparsed = b""
        # Only heads and chunked bodies have lines. For other bodies, the copy is saved.
        if self._is_chunked or self.their_state is h11.IDLE:
            unparsed, _ = self.trailing_data
        event = super().next_event()
        if isinstance(event, h11.Request):
            _check_request(event)
            self._chunks = 0
            self._is_chunked = b"transfer-encoding" in _header_names(event)
        elif isinstance(event, h11.Data) and event.chunk_start:
            self._chunks += 1
            if self._chunks > _MAX_CHUNKS:
                raise h11.RemoteProtocolError("too many chunks")
        if unparsed:
            self._check_lines(unparsed, event)
        if isinstance(event, h11.EndOfMessage):
            self._is_chunked = False
        return event

    def _check_lines(self, unparsed: bytes, event: object) -> None:
        """Check the ends of the lines that h11 has just parsed.

        *unparsed* is the buffer before that. It starts with these lines; the content of *event*
        and the data that h11 has not parsed yet come after them.

        Raises:
            h11.RemoteProtocolError: a line does not end with CRLF. h11 also accepts a lone LF.
                Other parsers may not, and then read the request differently.
        """
        still_unparsed, _ = self.trailing_data
        content_bytes = len(event.data) if isinstance(event, h11.Data) else 0
        lines_bytes = len(unparsed) - len(still_unparsed) - content_bytes
        lines = self._trailing_cr + unparsed[:lines_bytes]
        self._trailing_cr = b"\r" if lines.endswith(b"\r") else b""
        if _LONE_CR_OR_LF.search(lines.removesuffix(self._trailing_cr)):
            raise h11.RemoteProtocolError("a line that does not end with CRLF")


def _header_names(request: h11.Request) -> set[bytes]:
    return {name for name, _ in request.headers}


def _check_request(request: h11.Request) -> None:
    """Refuse what h11 accepts and proxies can read differently.

    Raises:
        h11.RemoteProtocolError: the body has two lengths (RFC 9112, 6.3), the version of HTTP is
            not 1.0 or 1.1, or the method is CONNECT.
    """
    if {b"content-length", b"transfer-encoding"} <= _header_names(request):
        raise h11.RemoteProtocolError("Content-Length and Transfer-Encoding together")
    if request.http_version not in (b"1.0", b"1.1"):
        raise h11.RemoteProtocolError("unsupported HTTP version")
    if request.method == b"CONNECT":
        raise h11.RemoteProtocolError("CONNECT")


class LimitedH11Protocol(H11Protocol):
    """Adds limits to uvicorn's protocol:

    * the time and the bytes of a request's head, and of its body;
    * the time in which a client must read a response;
    * the bytes of a body that are discarded after its request was refused;
    * the number of connections. Over the limit, the connection that has waited longest for its
      client is closed. This is the new one if no other is waiting.

    h11 is used because it ignores `Upgrade` and still reads the request's body. `conn` is the h11
    connection, here a `_StrictParser`. `cycle` is uvicorn's object for one request and its
    response.
    """

    app: AccessMiddleware
    connections: "set[LimitedH11Protocol]"  # type: ignore[assignment]
    cycle: Any

    def __init__(self, limits: HttpLimits, **uvicorn: Any) -> None:
        super().__init__(**uvicorn)
        self.conn = _StrictParser(h11.SERVER, limits.head_bytes)
        self._limits = limits
        self._incoming: tuple[object, object] | None = None
        """The head or body that the client must send now, as `cycle` and the state of h11."""
        self._incoming_bytes = 0
        """Bytes of this head or body that have arrived."""
        self._receive_timer: asyncio.TimerHandle | None = None
        self._send_timer: asyncio.TimerHandle | None = None
        self._waiting_since: float | None = None
        """When we began to wait for the client; None while a request is served."""
        self._is_refused = False
        self._is_stopping = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        coalescing = CoalescingTransport(transport, self.loop)  # type: ignore[arg-type]
        super().connection_made(coalescing)  # type: ignore[arg-type]
        self._limit_receiving()
        if len(self.connections) > self._limits.connections:
            self._close_longest_waiting()

    def _close_longest_waiting(self) -> None:
        waiting = [other for other in self.connections if other._waiting_since is not None]
        longest = min(waiting, key=lambda other: other._waiting_since or 0)
        longest.transport.abort()
        log = (
            "INCIDENT_DESK_HTTP_MAX_CONNECTIONS is reached: "
            "the connection that waited longest for its client was closed"
        )
        self.app.on_refusal(Refusal(503, "too_many_connections", "", log=log))

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), _PIECE_BYTES):
            if self._is_refused:
                return
            piece = data[start : start + _PIECE_BYTES]
            self._incoming_bytes += len(piece)
            super().data_received(piece)
            self._limit_receiving()

    def handle_events(self) -> None:
        super().handle_events()
        # While another request waits in the buffer, uvicorn stops reading. Then it would not
        # notice that the client has left.
        waits_for_response = self.flow.read_paused and self.conn.their_state is not h11.SEND_BODY
        if waits_for_response and len(self.conn.trailing_data[0]) <= _MAX_PIPELINED_BYTES:
            self.flow.resume_reading()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._limit_receiving()
        if self._is_stopping:
            self._close_soon()

    def shutdown(self) -> None:
        """Called by uvicorn when it stops, after it closed the listening socket."""
        self._is_stopping = True
        self._close_soon()

    def _close_soon(self) -> None:
        """Close the connection if the client sends no other request soon.

        A proxy may have sent one already. If the connection were closed immediately, it would get
        lost.
        """
        self.loop.call_later(_STOP_GRACE_S, self._close_if_idle)

    def _close_if_idle(self) -> None:
        is_served = self.cycle is not None and not self.cycle.response_complete
        if not (is_served or self._incoming_bytes or self.transport.is_closing()):
            super().shutdown()

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
        """Called by uvicorn if the request cannot be parsed."""
        # h11 gives up on a head over its limit, but uvicorn does not pass on h11's reason. So the
        # size decides. After an error of `_StrictParser`, the state is not ERROR.
        has_h11_failed = self.conn.their_state is h11.ERROR
        is_too_long = has_h11_failed and self._incoming_bytes > self._limits.head_bytes
        self._refuse(431 if is_too_long else 400)

    def _limit_receiving(self) -> None:
        """Apply the limits to what the client must send now: a head, a body or nothing."""
        if self._is_refused or self.transport.is_closing():
            return
        state = self.conn.their_state
        if (self.cycle, state) != self._incoming:
            self._incoming = (self.cycle, state)
            self._incoming_bytes = len(self.conn.trailing_data[0])
            self._stop_receive_timer()
        if state not in (h11.IDLE, h11.SEND_BODY):
            self._waiting_since = None
            return
        if self._waiting_since is None:
            self._waiting_since = self.loop.time()
        if state is h11.SEND_BODY:
            self._limit_incoming(self._max_body_bytes(), self._limits.body_s)
        elif self.cycle is None or self._incoming_bytes:
            # Between two requests, uvicorn's own timer limits the time.
            self._limit_incoming(self._limits.head_bytes, self._limits.head_s)

    def _limit_incoming(self, max_bytes: int, max_s: float) -> None:
        """Refuse the head or body if it is too long. Otherwise start its timer, if none runs."""
        if self._incoming_bytes > max_bytes:
            self._refuse(413)
        elif self._receive_timer is None:
            self._receive_timer = self.loop.call_later(max_s, self._refuse, 408)

    def _max_body_bytes(self) -> int:
        if self.cycle.response_started:
            # The request was refused. Most clients read the response only after they have sent the
            # whole body, so the rest of it is read and discarded.
            return _MAX_DISCARDED_BYTES
        # The application limits the decoded content. This limit also allows for chunk sizes and
        # extensions.
        return 2 * self._limits.body_bytes + self._limits.head_bytes

    def _refuse(self, status: int) -> None:
        """Send a response with *status* before the application can, and close the connection."""
        if self._is_refused:
            return
        self._is_refused = True
        self.app.on_refusal(Refusal(status, _REASONS[status], ""))
        self._stop_receive_timer()
        if self.transport.is_closing() or self._has_response_started():
            self.transport.abort()
            return
        if self.cycle is not None:
            # Make the application stop: the client gets only one response.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        head = b"HTTP/1.1 %d %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        self.transport.write(head % (status, STATUS_PHRASES[status]))
        # If the socket were closed with unread bytes, the client would lose the response.
        self.transport.write_eof()
        self.loop.call_later(_LINGER_S, self.transport.abort)

    def _has_response_started(self) -> bool:
        """Whether the response to the request that is arriving has started."""
        if self.cycle is None or not self.cycle.response_started:
            return False
        response_is_to_this_request = self._incoming == (self.cycle, h11.SEND_BODY)
        return response_is_to_this_request or not self.cycle.response_complete

    def _stop_receive_timer(self) -> None:
        if self._receive_timer:
            self._receive_timer.cancel()
            self._receive_timer = None

    def _stop_send_timer(self) -> None:
        if self._send_timer:
            self._send_timer.cancel()
            self._send_timer = None
