"""The sandbox's end of one connection, and what may be done to it."""

import os
import socket
import struct
import threading


class Wire:
    """Sends bytes, or treats the client as a failing network would."""

    def __init__(self, connection: socket.socket, stopping: threading.Event) -> None:
        self._connection = connection
        self._stopping = stopping
        self.closed = False

    def send(self, data: bytes) -> None:
        self._connection.sendall(data)

    def pause(self, seconds: float) -> None:
        """Wait, but not for longer than the sandbox lives.

        Raises: ConnectionAbortedError when the sandbox stops.
        """
        if self._stopping.wait(seconds):
            raise ConnectionAbortedError

    def close(self) -> None:
        """Send nothing more: the connection ends in an orderly way."""
        self.closed = True

    def reset(self) -> None:
        """End the connection with a TCP reset."""
        # A socket with no time to linger is reset when closed; detached, so that nothing says an orderly goodbye first.
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self._connection.detach())
        self.closed = True
