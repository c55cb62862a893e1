"""A connection to a stub of a vendor, which answers each GET request from its head."""

import asyncio
from collections.abc import Callable


class StubConnection(asyncio.Protocol):
    """Writes what *answer* makes of the head of each request: the bytes of a response."""

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self._answer = answer
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            self._transport.write(self._answer(head))
