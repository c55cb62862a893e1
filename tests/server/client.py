"""A client's ends of two pipes, for tests that look at single lines."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import anyio

from server.stdio.wire import Wire

ENVELOPE = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "client", "version": "1"},
}


def request(method: str, id_: Any = 1, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": id_, "method": method, **({"params": params} if params else {})}


def initialize(id_: Any = 0, version: str = "2025-11-25") -> dict[str, Any]:
    client = {"name": "client", "version": "1"}
    return request("initialize", id_, protocolVersion=version, capabilities={}, clientInfo=client)


class Client:
    """Says lines, and hears them."""

    def __init__(self, source: int, sink: int) -> None:
        self.source = source
        self.sink = sink
        self._heard = bytearray()

    def say(self, *messages: dict[str, Any]) -> None:
        for message in messages:
            self.say_bytes(json.dumps(message).encode() + b"\n")

    def say_bytes(self, line: bytes) -> None:
        assert os.write(self.sink, line) == len(line)

    def leave(self) -> None:
        os.close(self.sink)
        self.sink = -1

    async def hear(self) -> Any:
        """The next message, or None at the end."""
        with anyio.fail_after(20):
            while b"\n" not in self._heard:
                await anyio.wait_readable(self.source)
                chunk = os.read(self.source, 1 << 16)
                if not chunk:
                    assert not self._heard
                    return None
                self._heard += chunk
        line, _, self._heard = self._heard.partition(b"\n")
        return json.loads(line)

    def unheard(self) -> bytes:
        """What there is already beyond the messages heard."""
        try:
            return bytes(self._heard) + os.read(self.source, 1 << 16)
        except BlockingIOError:
            return bytes(self._heard)


@contextmanager
def piped() -> Iterator[tuple[Client, Wire]]:
    to_server, from_client = os.pipe()
    to_client, from_server = os.pipe()
    for descriptor in (to_server, from_server, to_client, from_client):
        os.set_blocking(descriptor, False)
    client = Client(to_client, from_client)
    try:
        yield client, Wire(to_server, from_server)
    finally:
        for descriptor in (to_server, from_server, client.source, client.sink):
            if descriptor >= 0:
                os.close(descriptor)
