"""Makes a call, and records the bytes that the vendor sent for it."""

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
    """The last response of a call that could be its answer: status and body, up to MOST bytes."""

    MOST = 4 << 20

    status: int = 0
    body: bytearray = field(default_factory=bytearray)

    def document(self) -> Any:
        """The body as JSON; None if it is not valid JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


async def ask(
    dispatcher: Dispatcher, tool: str, arguments: Mapping[str, Any]
) -> tuple[Result, Wire]:
    """Call a tool of a dispatcher whose tools are `recorded`."""
    wire = Wire()
    _wire.set(wire)
    return await dispatcher.call(tool, arguments), wire


def recorded(tool: Tool[Any]) -> Tool[Any]:
    """The tool, recording its responses in the `Wire` of the call."""

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
    """Whether a request only probes a filter. A list of incidents is always sorted."""
    return "page[size]" in parameters and "sort" not in parameters


class _Tee(httpx.AsyncByteStream):
    """Passes a response on, and records it."""

    def __init__(self, stream: httpx.AsyncByteStream, wire: Wire) -> None:
        self._stream, self._wire = stream, wire

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            if len(self._wire.body) < Wire.MOST:
                self._wire.body += chunk
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
