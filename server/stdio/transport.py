"""MCP messages between the wire and the SDK, on the event loop alone.

The SDK's own transport spends most of a call in hops between threads: a ping takes 1.15 ms there,
and 0.5 ms here.
"""

import asyncio
import signal
from collections import deque
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Self

import anyio
from mcp import types
from mcp.server.lowlevel import Server
from mcp.shared.message import ServerMessageMetadata, SessionMessage

from server.stdio.messages import UnreadableError, parse
from server.stdio.wire import MAX_LINE, Wire

MAX_CALLS = 64
"""Calls in flight. Further calls wait their turn."""
MAX_WAITING = 256
"""Calls that wait before nothing more is read."""
MAX_UNSENT = 8 * 1024 * 1024
"""Bytes that a client may leave unread before no call begins and nothing more is read."""
_FAREWELL_S = 1
"""How long a client that has left may take to read the last answers."""


def serve(
    app: Server[Any],
    wire: Wire,
    opening: Mapping[str, Any] | None = None,
    lines: Iterable[bytes | None] = (),
) -> None:
    """Serve until *wire* ends or a signal comes. See `Transport` for *opening* and *lines*."""
    # `anyio.run` would wait, at the end, for a DNS look-up that hangs in a thread.
    asyncio.new_event_loop().run_until_complete(_serve(app, Transport(wire, opening), lines))


async def _serve(app: Server[Any], transport: "Transport", lines: Iterable[bytes | None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, transport.end)
    await transport.run(app, lines)


class Transport:
    """Both of the SDK's streams in one: it receives the client's messages, and sends to the client.

    *opening* is a request of our own, for a client whose opening request was answered early. The
    SDK gets it first, and gets nothing else before it has answered. That answer is not sent.
    """

    def __init__(self, wire: Wire, opening: Mapping[str, Any] | None = None) -> None:
        self._wire = wire
        self._opening = opening
        self._is_opening = False
        self._inbox = deque[SessionMessage]()
        self._in_flight = set[types.RequestId]()
        self._queue = deque[types.JSONRPCRequest]()
        self._changed = asyncio.Event()
        self._is_reading = False
        self._is_writing = False

    async def run(self, app: Server[Any], lines: Iterable[bytes | None] = ()) -> None:
        """Serve *app*. *lines* were read from the wire before."""
        for line in lines:
            self._take(line)
        self._adjust()
        await app.run(self, self, app.create_initialization_options())
        self.end()
        with anyio.move_on_after(_FAREWELL_S):
            while self._wire.unsent:
                await self._change()
        self._wire.unsent.clear()
        self._adjust()

    def end(self) -> None:
        """Read nothing more. The SDK then cancels the calls in flight, and answers them."""
        self._wire.end()
        while self._queue:
            call = self._queue.popleft()
            self._refuse(call.id, types.CONNECTION_CLOSED, "Connection closed")
        self._adjust()

    async def receive(self) -> SessionMessage:
        if self._opening is not None:
            request = types.JSONRPCRequest(jsonrpc="2.0", id="opening", **self._opening)
            self._opening = None
            self._is_opening = True
            return SessionMessage(request)
        while self._is_opening or not self._inbox:
            if self._wire.has_ended and not self._is_opening:
                raise anyio.EndOfStream
            await self._change()
        return self._inbox.popleft()

    async def send(self, item: SessionMessage) -> None:
        if self._is_opening:
            # The client has had its answer.
            self._is_opening = False
            self._changed.set()
            return
        message = item.message
        if (
            isinstance(message, types.JSONRPCResponse | types.JSONRPCError)
            and message.id is not None
        ):
            self._in_flight.discard(message.id)
        self._write(message)

    async def aclose(self) -> None:
        self.end()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _take(self, line: bytes | None) -> None:
        if line is None:
            limit = f"The message is longer than {MAX_LINE // 2**20} MB"
            self._refuse(None, types.INVALID_REQUEST, limit)
            return
        if not line.strip():
            return
        try:
            message = parse(line)
        except UnreadableError as error:
            self._refuse(error.id, error.code, str(error))
        else:
            self._dispatch(message)

    def _dispatch(self, message: types.JSONRPCMessage) -> None:
        match message:
            case types.JSONRPCRequest(method="tools/call"):
                self._queue.append(message)
                self._begin_calls()
                return
            case types.JSONRPCNotification(method="notifications/cancelled", params=params):
                self._forget((params or {}).get("requestId"))
        self._inbox.append(SessionMessage(message))

    def _forget(self, id_: object) -> None:
        self._queue = deque(call for call in self._queue if call.id != id_)

    def _begin_calls(self) -> None:
        while self._queue and self._has_room:
            call = self._queue.popleft()
            self._in_flight.add(call.id)
            # The SDK does not answer a call that the client has cancelled.
            settle = partial(self._settle, call.id)
            metadata = ServerMessageMetadata(on_request_unanswered=settle)
            self._inbox.append(SessionMessage(call, metadata))

    @property
    def _has_room(self) -> bool:
        return len(self._in_flight) < MAX_CALLS and len(self._wire.unsent) < MAX_UNSENT

    async def _settle(self, id_: types.RequestId) -> None:
        self._in_flight.discard(id_)
        self._adjust()

    def _refuse(self, id_: types.RequestId | None, code: int, message: str) -> None:
        error = types.ErrorData(code=code, message=message)
        self._write(types.JSONRPCError(jsonrpc="2.0", id=id_, error=error))

    def _write(self, message: types.JSONRPCMessage) -> None:
        self._wire.write(message.model_dump_json(by_alias=True, exclude_unset=True).encode())
        self._adjust()

    def _on_readable(self) -> None:
        for line in self._wire.read():
            self._take(line)
        if self._wire.has_ended:
            self.end()
        self._adjust()

    def _on_writable(self) -> None:
        self._wire.flush()
        self._adjust()

    def _adjust(self) -> None:
        """Start queued calls, register or remove the pipe callbacks, and wake waiters."""
        self._begin_calls()
        self._watch_source()
        self._watch_sink()
        self._changed.set()

    def _watch_source(self) -> None:
        has_room = len(self._queue) < MAX_WAITING and len(self._wire.unsent) < MAX_UNSENT
        is_reading = has_room and not self._wire.has_ended
        if is_reading == self._is_reading:
            return
        self._is_reading = is_reading
        loop = asyncio.get_running_loop()
        if is_reading:
            loop.add_reader(self._wire.source, self._on_readable)
        else:
            loop.remove_reader(self._wire.source)

    def _watch_sink(self) -> None:
        is_writing = bool(self._wire.unsent)
        if is_writing == self._is_writing:
            return
        self._is_writing = is_writing
        loop = asyncio.get_running_loop()
        if is_writing:
            loop.add_writer(self._wire.sink, self._on_writable)
        else:
            loop.remove_writer(self._wire.sink)

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()
