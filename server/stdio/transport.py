"""Passes MCP messages between the line stream and the SDK, in one thread.

The SDK's own transport passes each message from thread to thread: a ping takes 1.15 ms there, and
0.5 ms here.
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

from server.stdio.line_stream import MAX_LINE_BYTES, LineStream
from server.stdio.messages import UnreadableError, parse

MAX_RUNNING_CALLS = 64
"""Calls of tools, and completions, that run at the same time. Further ones wait in a queue."""
MAX_QUEUED_CALLS = 256
"""While so many calls are in the queue, nothing is read."""
MAX_SEND_BUFFER_BYTES = 8 * 1024 * 1024
"""While the client leaves so many bytes unread, no call starts and nothing is read."""
_FAREWELL_S = 1
"""At the end, the client has so long to read the last answers."""


def serve(
    app: Server[Any],
    stream: LineStream,
    opening: Mapping[str, Any] | None = None,
    lines: Iterable[bytes | None] = (),
) -> None:
    """Serve until *stream* ends, or SIGINT or SIGTERM arrives.

    `Transport` describes *opening*. *lines* were read from *stream* before.
    """
    # At the end, `anyio.run` would wait for a DNS look-up that hangs in a thread.
    asyncio.new_event_loop().run_until_complete(_serve(app, Transport(stream, opening), lines))


async def _serve(app: Server[Any], transport: "Transport", lines: Iterable[bytes | None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, transport.end)
    await transport.run(app, lines)


class Transport:
    """The two streams that the SDK needs: one from the client, and one to the client.

    *opening* is a request of our own, in place of one that was answered early. The SDK gets it
    first, and gets nothing else before it has answered. The client does not get that answer.
    """

    def __init__(self, stream: LineStream, opening: Mapping[str, Any] | None = None) -> None:
        self._stream = stream
        self._opening = opening
        """None after the SDK has got it."""
        self._is_opening = False
        """Whether the SDK has got the opening and has not answered it yet."""
        self._inbox = deque[SessionMessage]()
        """Messages for the SDK."""
        self._running_ids = set[types.RequestId | None]()
        self._queue = deque[types.JSONRPCRequest]()
        """Calls that have to wait until others have ended."""
        self._changed = asyncio.Event()
        self._is_reading = False
        self._is_writing = False

    async def run(self, app: Server[Any], lines: Iterable[bytes | None] = ()) -> None:
        """Serve *app*. *lines* were read from the line stream before."""
        for line in lines:
            self._handle_line(line)
        self._update()
        await app.run(self, self, app.create_initialization_options())
        self.end()
        with anyio.move_on_after(_FAREWELL_S):
            while self._stream.send_buffer:
                await self._wait_for_change()
        self._stream.send_buffer.clear()
        self._update()

    def end(self) -> None:
        """Read nothing more. The SDK then cancels the running calls, and answers them."""
        self._stream.end()
        while self._queue:
            call = self._queue.popleft()
            self._refuse(call.id, types.CONNECTION_CLOSED, "Connection closed")
        self._update()

    async def receive(self) -> SessionMessage:
        if self._opening is not None:
            request = types.JSONRPCRequest(jsonrpc="2.0", id="opening", **self._opening)
            self._opening = None
            self._is_opening = True
            return SessionMessage(request)
        while self._is_opening or not self._inbox:
            if self._stream.has_ended and not self._is_opening:
                raise anyio.EndOfStream
            await self._wait_for_change()
        return self._inbox.popleft()

    async def send(self, item: SessionMessage) -> None:
        if self._is_opening:
            # This answers the opening. The client already has its answer.
            self._is_opening = False
            self._changed.set()
            return
        message = item.message
        if isinstance(message, types.JSONRPCResponse | types.JSONRPCError):
            self._running_ids.discard(message.id)
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

    def _handle_line(self, line: bytes | None) -> None:
        if line is None:
            problem = f"The message is longer than {MAX_LINE_BYTES // 2**20} MB"
            self._refuse(None, types.INVALID_REQUEST, problem)
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
            case types.JSONRPCRequest(method="tools/call" | "completion/complete"):
                self._queue.append(message)
                self._start_calls()
                return
            case types.JSONRPCNotification(method="notifications/cancelled", params=params):
                self._drop_queued_call((params or {}).get("requestId"))
        self._inbox.append(SessionMessage(message))

    def _drop_queued_call(self, id_: object) -> None:
        self._queue = deque(call for call in self._queue if call.id != id_)

    def _start_calls(self) -> None:
        while self._queue and self._may_start_call:
            call = self._queue.popleft()
            self._running_ids.add(call.id)
            # The SDK does not answer a call that the client has cancelled. It calls this instead.
            on_unanswered = partial(self._forget_unanswered, call.id)
            metadata = ServerMessageMetadata(on_request_unanswered=on_unanswered)
            self._inbox.append(SessionMessage(call, metadata))

    @property
    def _may_start_call(self) -> bool:
        return len(self._running_ids) < MAX_RUNNING_CALLS and not self._is_send_buffer_full

    @property
    def _is_send_buffer_full(self) -> bool:
        return len(self._stream.send_buffer) >= MAX_SEND_BUFFER_BYTES

    async def _forget_unanswered(self, id_: types.RequestId) -> None:
        self._running_ids.discard(id_)
        self._update()

    def _refuse(self, id_: types.RequestId | None, code: int, message: str) -> None:
        error = types.ErrorData(code=code, message=message)
        self._write(types.JSONRPCError(jsonrpc="2.0", id=id_, error=error))

    def _write(self, message: types.JSONRPCMessage) -> None:
        self._stream.write(message.model_dump_json(by_alias=True, exclude_unset=True).encode())
        self._update()

    def _on_readable(self) -> None:
        for line in self._stream.read():
            self._handle_line(line)
        if self._stream.has_ended:
            self.end()
        self._update()

    def _on_writable(self) -> None:
        self._stream.flush()
        self._update()

    def _update(self) -> None:
        """Start queued calls, register or remove the event loop's callbacks, and wake waiters."""
        self._start_calls()
        self._watch_source()
        self._watch_sink()
        self._changed.set()

    def _watch_source(self) -> None:
        may_read = len(self._queue) < MAX_QUEUED_CALLS and not self._is_send_buffer_full
        is_reading = may_read and not self._stream.has_ended
        if is_reading == self._is_reading:
            return
        self._is_reading = is_reading
        loop = asyncio.get_running_loop()
        if is_reading:
            loop.add_reader(self._stream.source, self._on_readable)
        else:
            loop.remove_reader(self._stream.source)

    def _watch_sink(self) -> None:
        is_writing = bool(self._stream.send_buffer)
        if is_writing == self._is_writing:
            return
        self._is_writing = is_writing
        loop = asyncio.get_running_loop()
        if is_writing:
            loop.add_writer(self._stream.sink, self._on_writable)
        else:
            loop.remove_writer(self._stream.sink)

    async def _wait_for_change(self) -> None:
        self._changed.clear()
        await self._changed.wait()
