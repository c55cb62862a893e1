"""An HTTP answer on its way to the client."""

import asyncio

from starlette.types import Message, Send

_HOLD_S = 0.02


class Answer:
    """Sends the head of an answer together with its body, if that comes soon.

    The SDK sends the head of an event stream first, and its one event in a moment. Debian's Caddy can take a head that arrives
    while it is still sending the request's body for the whole answer: its client gets 200 and nothing else. So the head waits
    for the first bytes of the body, and these wait up to 20 ms for the end.

    `must_close` adds `Connection: close`: for a client that waits for 100 Continue and will not get it. It may send the body
    or the next request, and nobody could tell which.
    """

    def __init__(self, send: Send, *, must_close: bool = False) -> None:
        self.must_close = must_close
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
                await self._hold(more=message.get("more_body", False))

    def drop(self) -> None:
        """Forget what was not sent yet."""
        if self._timer:
            self._timer.cancel()

    async def _hold(self, *, more: bool) -> None:
        if not more:
            await self._release(more=False)
        elif self._body and self._timer is None:
            self._timer = asyncio.create_task(self._release_later())

    async def _release_later(self) -> None:
        await asyncio.sleep(_HOLD_S)
        async with self._lock:
            if not self._is_sent:
                await self._release(more=True)

    async def _release(self, *, more: bool) -> None:
        self._is_sent = True
        if self.must_close:
            self._head = {
                **self._head,
                "headers": [*self._head.get("headers", ()), (b"connection", b"close")],
            }
        # Nothing else runs in between, so that `Gathered` writes both at once.
        await self._send(self._head)
        await self._send(
            {"type": "http.response.body", "body": bytes(self._body), "more_body": more}
        )
        self._body.clear()
