"""Asks a dispatcher, and keeps what came over the wire for it."""

import json
from collections.abc import AsyncIterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from server.dispatcher import Dispatcher, Result
from tools.connection import Connection
from tools.tool import Tool


@dataclass
class Wire:
    """The last response of a call that could be its answer: its status, and the body up to what anyone would compare."""

    status: int = 0
    body: bytearray = field(default_factory=bytearray)
    MOST = 4 << 20

    def document(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            return None


async def ask(
    dispatcher: Dispatcher, tool: str, arguments: Mapping[str, Any]
) -> tuple[Result, Wire]:
    """Only of a desk whose tools are `recorded`."""
    wire = Wire()
    _wire.set(wire)
    return await dispatcher.call(tool, arguments), wire


def recorded(tool: Tool[Any]) -> Tool[Any]:
    async def run(question: Any, connection: Connection) -> Any:
        if _record not in connection.http.event_hooks["response"]:
            connection.http.event_hooks = {"response": [_record]}
        return await tool.run(question, connection)

    return replace(tool, run=run)


_wire: ContextVar[Wire | None] = ContextVar("wire", default=None)


async def _record(response: httpx.Response) -> None:
    wire = _wire.get()
    if wire is not None and not _is_check(response.request.url.params):
        wire.status = response.status_code
        wire.body.clear()
        response.stream = _Tee(response.stream, wire)  # type: ignore[arg-type]


def _is_check(parameters: httpx.QueryParams) -> bool:
    """Whether it was only asked if filters are heeded: a list of incidents is always sorted."""
    return "page[size]" in parameters and "sort" not in parameters


class _Tee(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream, wire: Wire) -> None:
        self._stream, self._wire = stream, wire

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            if len(self._wire.body) < Wire.MOST:
                self._wire.body += chunk
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
