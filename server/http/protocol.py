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
_MAX_DISCARDED = 16 * 1024 * 1024
_LONE_CR_OR_LF = re.compile(rb"(?<!\r)\n|\r(?!\n)")
_MAX_PIPELINED = 64 * 1024
_REASONS = {400: "invalid_http", 408: "timeout", 413: "too_large", 431: "too_large"}
"""The names of refusals in the metrics, by status."""
_PIECE = 4 * 1024
"""h11 parses a head that arrives in one piece at once: 64 KB of short lines take 40 ms."""
_MAX_CHUNKS = 1_500
"""To parse a chunk of any size takes about 7 µs, and 64 KB can hold 11,000 chunks."""


class _StrictParser(h11.Connection):
    """An h11 parser that refuses ambiguous framing, ambiguous line ends and too many chunks.

    Framing is ambiguous if proxies and servers can read it differently.
    """

    _chunks = 0
    _is_chunked = False
    _pending = b""
    """A carriage return whose next byte has not arrived yet."""

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        unparsed = b""
        if self._is_chunked or self.their_state is h11.IDLE:
            unparsed, _ = self.trailing_data
        event = super().next_event()
        if isinstance(event, h11.Request):
            self._chunks = 0
            self._is_chunked = _check_framing(event)
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
        """Check the lines that *event* was parsed from: *unparsed* without content and the rest.

        Raises:
            h11.RemoteProtocolError: a line does not end with CRLF. h11 also accepts LF alone, and
                other parsers do not.
        """
        rest, _ = self.trailing_data
        content_bytes = len(event.data) if isinstance(event, h11.Data) else 0
        lines = self._pending + unparsed[: len(unparsed) - len(rest) - content_bytes]
        self._pending = b"\r" if lines.endswith(b"\r") else b""
        if _LONE_CR_OR_LF.search(lines.removesuffix(self._pending)):
            raise h11.RemoteProtocolError("a line that does not end with CRLF")


def _check_framing(request: h11.Request) -> bool:
    """Whether the body is chunked.

    Raises:
        h11.RemoteProtocolError: the end of the request is ambiguous (RFC 9112, 6.3), or it asks
            for a tunnel.
    """
    names = {name for name, _ in request.headers}
    if b"content-length" in names and b"transfer-encoding" in names:
        raise h11.RemoteProtocolError("two lengths")
    if request.http_version not in (b"1.0", b"1.1") or request.method == b"CONNECT":
        raise h11.RemoteProtocolError("not an HTTP/1.1 request for a resource")
    return b"transfer-encoding" in names


class LimitedH11Protocol(H11Protocol):
    """Limits what uvicorn leaves unlimited.

    These are the time until a request has arrived, the time until a client has fetched a response,
    and the bytes after a response. If there are too many connections, the one that has been idle
    longest is closed, and the new one stays.

    h11 is used because it never follows an `Upgrade`, and reads the body that comes with one.
    `conn` is its state. `cycle` is uvicorn's object for one request and its response.
    """

    app: AccessMiddleware
    connections: "set[LimitedH11Protocol]"  # type: ignore[assignment]
    cycle: Any

    def __init__(self, limits: HttpLimits, **uvicorn: Any) -> None:
        super().__init__(**uvicorn)
        self.conn = _StrictParser(h11.SERVER, limits.head)
        self._limits = limits
        self._part: tuple[object, object] | None = None
        """The request that the client is sending, and the state of its parser."""
        self._part_bytes = 0
        """How much of that part has arrived."""
        self._receive_timer: asyncio.TimerHandle | None = None
        self._send_timer: asyncio.TimerHandle | None = None
        self._idle_since: float | None = None
        """When we began to wait for the client. None while a request is served."""
        self._is_refused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        coalescing = CoalescingTransport(transport, self.loop)  # type: ignore[arg-type]
        super().connection_made(coalescing)  # type: ignore[arg-type]
        self._update_timer()
        if len(self.connections) > self._limits.connections:
            self._close_longest_idle()

    def _close_longest_idle(self) -> None:
        idle = [other for other in self.connections if other._idle_since is not None]
        longest = min(idle, key=lambda other: other._idle_since or 0)
        longest.transport.abort()
        log = (
            "INCIDENT_DESK_HTTP_MAX_CONNECTIONS is reached, "
            "and the connection that was idle longest has ended"
        )
        self.app.on_refusal(Refusal(503, "too_many_connections", "", log=log))

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), _PIECE):
            if self._is_refused:
                return
            piece = data[start : start + _PIECE]
            self._part_bytes += len(piece)
            super().data_received(piece)
            self._update_timer()

    def handle_events(self) -> None:
        super().handle_events()
        # While another request is waiting in the buffer, uvicorn stops reading, and would not
        # notice that the client has left.
        is_paused = self.flow.read_paused and self.conn.their_state is not h11.SEND_BODY
        if is_paused and len(self.conn.trailing_data[0]) <= _MAX_PIPELINED:
            self.flow.resume_reading()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._update_timer()

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
        """Called by uvicorn if h11 cannot parse the request."""
        is_too_long = self.conn.their_state is h11.ERROR and self._part_bytes > self._limits.head
        self._refuse(431 if is_too_long else 400)

    def _update_timer(self) -> None:
        """Start, keep or stop the timer for what the client must send now: a head or a body."""
        if self._is_refused or self.transport.is_closing():
            return
        state = self.conn.their_state
        if (self.cycle, state) != self._part:
            self._part = (self.cycle, state)
            self._part_bytes = len(self.conn.trailing_data[0])
            self._stop_receive_timer()
        if state not in (h11.IDLE, h11.SEND_BODY):
            self._idle_since = None
            return
        if self._idle_since is None:
            self._idle_since = self.loop.time()
        if state is h11.SEND_BODY:
            self._limit_part(self._max_body_bytes(), self._limits.body_s)
        elif self.cycle is None or self._part_bytes:
            self._limit_part(self._limits.head, self._limits.head_s)

    def _limit_part(self, max_bytes: int, max_s: float) -> None:
        if self._part_bytes > max_bytes:
            self._refuse(413)
        elif self._receive_timer is None:
            self._receive_timer = self.loop.call_later(max_s, self._refuse, 408)

    def _max_body_bytes(self) -> int:
        if self.cycle.response_started:
            # The rest of a refused body is discarded, because most clients read the response only
            # after they have sent everything.
            return _MAX_DISCARDED
        # The application limits the content. The rest is for chunk sizes and chunk extensions.
        return 2 * self._limits.body + self._limits.head

    def _refuse(self, status: int) -> None:
        """Answer with *status* instead of the application, and close the connection."""
        if self._is_refused:
            return
        self._is_refused = True
        self.app.on_refusal(Refusal(status, _REASONS[status], ""))
        self._stop_receive_timer()
        if self.transport.is_closing() or self._has_response_started():
            self.transport.abort()
            return
        if self.cycle is not None:
            # The application must not answer as well.
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
