"""A client that writes and reads single lines, for tests of the protocol."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import anyio

from server.stdio.line_stream import LineStream

ENVELOPE = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "client", "version": "1"},
}


def request(method: str, id_: Any = 1, **params: Any) -> dict[str, Any]:
    message = {"jsonrpc": "2.0", "id": id_, "method": method}
    if params:
        message["params"] = params
    return message


def initialize(id_: Any = 0, version: str = "2025-11-25") -> dict[str, Any]:
    client = {"name": "client", "version": "1"}
    return request("initialize", id_, protocolVersion=version, capabilities={}, clientInfo=client)


class Client:
    """Writes lines to one pipe, and reads lines from another."""

    def __init__(self, source: int, sink: int) -> None:
        self.source = source
        self.sink = sink
        self._received = bytearray()

    def send(self, *messages: dict[str, Any]) -> None:
        for message in messages:
            self.send_bytes(json.dumps(message).encode() + b"\n")

    def send_bytes(self, line: bytes) -> None:
        assert os.write(self.sink, line) == len(line)

    def leave(self) -> None:
        os.close(self.sink)
        self.sink = -1

    async def receive(self) -> Any:
        """The next message, or None at the end."""
        with anyio.fail_after(20):
            while b"\n" not in self._received:
                await anyio.wait_readable(self.source)
                chunk = os.read(self.source, 1 << 16)
                if not chunk:
                    assert not self._received
                    return None
                self._received += chunk
        line, _, self._received = self._received.partition(b"\n")
        return json.loads(line)

    def unread(self) -> bytes:
        """What has arrived after the last message that was read."""
        try:
            return bytes(self._received) + os.read(self.source, 1 << 16)
        except BlockingIOError:
            return bytes(self._received)


@contextmanager
def pipes() -> Iterator[tuple[Client, LineStream]]:
    """A client and the stream of its server, in this process."""
    to_server, from_client = os.pipe()
    to_client, from_server = os.pipe()
    for descriptor in (to_server, from_server, to_client, from_client):
        os.set_blocking(descriptor, False)
    client = Client(to_client, from_client)
    try:
        yield client, LineStream(to_server, from_server)
    finally:
        for descriptor in (to_server, from_server, client.source, client.sink):
            if descriptor >= 0:
                os.close(descriptor)
