"""An HTTP response that sends its head together with its body where possible."""

import asyncio
from collections.abc import Iterator
from http import HTTPStatus

from starlette.types import Message, Send

from server.http.drain import Drain

_HOLD_S = 0.02


class HeldResponse:
    """Holds back the head of a response until the body starts, and then up to 20 ms for its end.

    The SDK sends the head of an event stream first, and its single event a little later. If the
    head arrives while Debian's Caddy is still sending the request body, Caddy can take the head for
    the whole response. Then the client gets status 200 with an empty body. This happened to 2 of
    38,000 responses, and to none of 32,000 that were held back.

    `must_close` adds `Connection: close`. It is set until a client that expects 100 Continue gets
    it. After a response without 100 Continue, the client may send either the body or its next
    request, and the server could not know which. The header is also added once *drain* has begun.
    Then the client sends its next request to another process.

    `session_id` is sent with a response that has the status 200.
    """

    def __init__(self, send: Send, drain: Drain, *, must_close: bool = False) -> None:
        self.must_close = must_close
        self.session_id: str | None = None
        self._drain = drain
        self._send = send
        self._head: Message = {}
        self._body = bytearray()
        self._is_sent = False
        self._lock = asyncio.Lock()
        self._timer: asyncio.Task[None] | None = None

    async def send(self, message: Message) -> None:
        async with self._lock:
            if self._is_sent:
                await self._send(message)
            elif message["type"] == "http.response.start":
                self._head = message
            else:
                self._body += message.get("body", b"")
                await self._hold(more_body=message.get("more_body", False))

    def discard(self) -> None:
        """Discard what has not been sent."""
        if self._timer:
            self._timer.cancel()

    async def _hold(self, *, more_body: bool) -> None:
        if not more_body:
            await self._release(more_body=False)
        elif self._body and self._timer is None:
            self._timer = asyncio.create_task(self._release_later())

    async def _release_later(self) -> None:
        await asyncio.sleep(_HOLD_S)
        async with self._lock:
            if not self._is_sent:
                await self._release(more_body=True)

    async def _release(self, *, more_body: bool) -> None:
        self._is_sent = True
        self._head = {**self._head, "headers": [*self._headers()]}
        # Both run in the same round of the event loop, so `CoalescingTransport` joins them.
        await self._send(self._head)
        body = bytes(self._body)
        await self._send({"type": "http.response.body", "body": body, "more_body": more_body})
        self._body.clear()

    def _headers(self) -> Iterator[tuple[bytes, bytes]]:
        yield from self._head.get("headers", ())
        if self.must_close or self._drain.has_begun:
            yield b"connection", b"close"
        if self.session_id and self._head["status"] == HTTPStatus.OK:
            yield b"mcp-session-id", self.session_id.encode()
