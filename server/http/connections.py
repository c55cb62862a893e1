"""One client's connection, which has to get on with it: uvicorn's, with bounds on time and bytes."""

import asyncio
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

from server.http.settings import Limits

_LINGER_S = 1.0
_THROWN_AWAY = 16 * 1024 * 1024


class Connection(AutoHTTPProtocol):  # type: ignore[valid-type, misc]
    """uvicorn bounds neither how long a request takes to arrive, nor how long an answer takes to be fetched, nor what is
    sent after an answer was given; and its bound on connections turns away new clients in favour of idle ones.

    `cycle` is uvicorn's name for a request and its answer.
    """

    transport: asyncio.Transport
    loop: asyncio.AbstractEventLoop
    connections: "set[Connection]"
    cycle: Any

    def __init__(self, limits: Limits, **uvicorn: Any) -> None:
        super().__init__(**uvicorn)
        self._limits = limits
        self._cycle: Any = None
        self._received = 0
        """Bytes since the last complete head, or since the last complete request."""
        self._receiving: asyncio.TimerHandle | None = None
        self._sending: asyncio.TimerHandle | None = None
        self._waiting_since: float | None = None
        self._cut_off = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._mind()
        if len(self.connections) > self._limits.connections:
            waiting = [other for other in self.connections if other._waiting_since is not None]
            min(waiting, key=lambda other: other._waiting_since or 0).transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._cut_off:
            return
        self._received += len(data)
        super().data_received(data)
        if not self.transport.is_closing():
            self._mind()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self.transport.is_closing():
            self._mind()

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._receiving, self._sending):
            if timer:
                timer.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._sending = self.loop.call_later(self._limits.send_s, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._sending:
            self._sending.cancel()

    def _mind(self) -> None:
        """Set the clock, and count, by what the client owes us: a head, a body, or nothing."""
        if self.cycle is not self._cycle:
            self._cycle, self._received = self.cycle, 0
            self._stop_clock()
        owes_body = self.cycle is not None and self.cycle.more_body
        owes_head = self.cycle is None or (self.cycle.response_complete and not owes_body)
        if not owes_body and not owes_head:
            self._received, self._waiting_since = 0, None
            self._stop_clock()
            return
        if self._waiting_since is None:
            self._waiting_since = self.loop.time()
        if self._received > self._allowed(owes_body):
            self._refuse(b"413 Content Too Large" if owes_body else b"431 Request Header Fields Too Large")
        elif self._receiving is None and (owes_body or self.cycle is None or self._received):
            limit_s = self._limits.body_s if owes_body else self._limits.head_s
            self._receiving = self.loop.call_later(limit_s, self._refuse, b"408 Request Timeout")

    def _allowed(self, owes_body: bool) -> int:
        if not owes_body:
            return self._limits.head
        if self.cycle.response_started:
            # A body that was refused is thrown away for a while: few clients read an answer before they have sent all.
            return _THROWN_AWAY
        # Small chunks come with much wrapping.
        return self._limits.head + 2 * self._limits.body

    def _stop_clock(self) -> None:
        if self._receiving:
            self._receiving.cancel()
            self._receiving = None

    def _refuse(self, status: bytes) -> None:
        self._cut_off = True
        self._stop_clock()
        if self.transport.is_closing() or (self.cycle is not None and self.cycle.more_body and self.cycle.response_started):
            self.transport.abort()
            return
        # Closing at once, with bytes unread, would take the answer away from the client again.
        self.transport.write(b"HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n" % status)
        self.transport.write_eof()
        self.loop.call_later(_LINGER_S, self.transport.abort)
