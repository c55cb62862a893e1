"""MCP messages over a wire, on the event loop alone: the SDK's own transport spends most of a call between threads."""

import asyncio
import signal
from collections import deque
from collections.abc import Collection, Iterable
from functools import partial
from typing import Any, Self

import anyio
from mcp import types
from mcp.server.lowlevel import Server
from mcp.shared.message import ServerMessageMetadata, SessionMessage
from mcp_types import jsonrpc_message_adapter
from pydantic import ValidationError
from pydantic_core import from_json

from server.wire import MAX_LINE, Wire

MAX_CALLS = 64
"""Calls in flight. Further ones wait their turn; when `MAX_WAITING` of them do, nothing more is read."""
MAX_WAITING = 256
MAX_UNSENT = 8 * 1024 * 1024
"""Bytes that a client may leave unread before no further call begins, and nothing more is read."""
_LAST_WORDS_S = 1
"""How long a client that has left may take to read what it is still told."""


def serve(
    app: Server[Any], wire: Wire, kept: Iterable[bytes | None] = (), dropped: Collection[str] = ()
) -> None:
    """Serve until *wire* ends or a signal comes; what then still runs ends with the process.

    Lines that were *kept* come first; answers to *dropped* ids are not sent.
    """
    # `anyio.run` would wait, at the end, for the look-up of a name that hangs in a thread.
    asyncio.new_event_loop().run_until_complete(_serve(app, Transport(wire, dropped), kept))


async def _serve(app: Server[Any], transport: "Transport", kept: Iterable[bytes | None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, transport.end)
    await transport.run(app, kept)


class Transport:
    """Both of the SDK's streams in one: from it comes what the client says, and what is sent to it goes to the client."""

    def __init__(self, wire: Wire, dropped: Collection[str] = ()) -> None:
        self._wire = wire
        self._dropped = dropped
        self._arrived = deque[SessionMessage]()
        self._calls = set[types.RequestId | None]()
        self._waiting = deque[types.JSONRPCRequest]()
        self._changed = asyncio.Event()
        self._is_reading = self._is_writing = False

    async def run(self, app: Server[Any], kept: Iterable[bytes | None] = ()) -> None:
        for line in kept:
            self._take(line)
        self._adjust()
        await app.run(self, self, app.create_initialization_options())
        self.end()
        with anyio.move_on_after(_LAST_WORDS_S):
            while self._wire.unsent:
                await self._change()
        self._wire.unsent.clear()
        self._adjust()

    def end(self) -> None:
        """Read nothing more. The SDK then cancels what is in flight, and tells the client."""
        self._wire.end()
        while self._waiting:
            self._refuse(self._waiting.popleft().id, types.CONNECTION_CLOSED, "Connection closed")
        self._adjust()

    async def receive(self) -> SessionMessage:
        while not self._arrived:
            if self._wire.ended:
                raise anyio.EndOfStream
            await self._change()
        return self._arrived.popleft()

    async def send(self, item: SessionMessage) -> None:
        message = item.message
        id_ = (
            message.id if isinstance(message, types.JSONRPCResponse | types.JSONRPCError) else None
        )
        if id_ not in self._dropped:
            self._calls.discard(id_)
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
            self._refuse(
                None, types.INVALID_REQUEST, f"The message is longer than {MAX_LINE // 2**20} MB"
            )
        elif line.strip():
            try:
                self._dispatch(_parsed(line))
            except _Unreadable as error:
                self._refuse(error.id, error.code, str(error))

    def _dispatch(self, message: types.JSONRPCMessage) -> None:
        if isinstance(message, types.JSONRPCRequest) and message.method == "tools/call":
            self._waiting.append(message)
            self._begin_calls()
            return
        if (
            isinstance(message, types.JSONRPCNotification)
            and message.method == "notifications/cancelled"
        ):
            cancelled = (message.params or {}).get("requestId")
            self._waiting = deque(call for call in self._waiting if call.id != cancelled)
        self._arrived.append(SessionMessage(message))

    def _begin_calls(self) -> None:
        while (
            self._waiting and len(self._calls) < MAX_CALLS and len(self._wire.unsent) < MAX_UNSENT
        ):
            call = self._waiting.popleft()
            self._calls.add(call.id)
            settle = partial(self._settle_cancelled, call.id)
            self._arrived.append(
                SessionMessage(call, ServerMessageMetadata(on_request_unanswered=settle))
            )

    async def _settle_cancelled(self, id_: types.RequestId) -> None:
        self._calls.discard(id_)
        self._adjust()

    def _refuse(self, id_: types.RequestId | None, code: int, message: str) -> None:
        self._write(
            types.JSONRPCError(
                jsonrpc="2.0", id=id_, error=types.ErrorData(code=code, message=message)
            )
        )

    def _write(self, message: types.JSONRPCMessage) -> None:
        self._wire.write(message.model_dump_json(by_alias=True, exclude_unset=True).encode())
        self._adjust()

    def _readable(self) -> None:
        for line in self._wire.read():
            self._take(line)
        if self._wire.ended:
            self.end()
        self._adjust()

    def _writable(self) -> None:
        self._wire.flush()
        self._adjust()

    def _adjust(self) -> None:
        """Begin what there is room for, watch the pipes as far as there is something to wait for, and wake who waits for it."""
        loop, wire = asyncio.get_running_loop(), self._wire
        self._begin_calls()
        is_reading = (
            not wire.ended and len(self._waiting) < MAX_WAITING and len(wire.unsent) < MAX_UNSENT
        )
        if is_reading and not self._is_reading:
            loop.add_reader(wire.source, self._readable)
        elif self._is_reading and not is_reading:
            loop.remove_reader(wire.source)
        is_writing = bool(wire.unsent)
        if is_writing and not self._is_writing:
            loop.add_writer(wire.sink, self._writable)
        elif self._is_writing and not is_writing:
            loop.remove_writer(wire.sink)
        self._is_reading, self._is_writing = is_reading, is_writing
        self._changed.set()

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()


class _Unreadable(Exception):
    def __init__(self, code: int, message: str, id_: types.RequestId | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.id = id_


def _parsed(line: bytes) -> types.JSONRPCMessage:
    try:
        message = jsonrpc_message_adapter.validate_json(line, by_name=False)
    except ValidationError as error:
        if error.errors(include_url=False, include_input=False)[0]["type"] == "json_invalid":
            raise _Unreadable(types.PARSE_ERROR, "The line is no JSON") from None
    else:
        # An id that is none makes a request look like a notification, which nobody would answer.
        if (
            not isinstance(message, types.JSONRPCNotification)
            or b'"id"' not in line
            or "id" not in from_json(line)
        ):
            return message
    wrong = from_json(line)
    id_ = wrong.get("id") if isinstance(wrong, dict) else None
    is_id = isinstance(id_, int | str) and not isinstance(id_, bool)
    raise _Unreadable(
        types.INVALID_REQUEST, "The line is no JSON-RPC 2.0 message", id_ if is_id else None
    )
