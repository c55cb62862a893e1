"""The sandbox's end of a TCP connection."""

import os
import socket
import struct
import threading


class Wire:
    """Sends bytes, or fails as a network does."""

    def __init__(self, connection: socket.socket, stopping: threading.Event) -> None:
        self._connection = connection
        self._stopping = stopping
        self.closed = False

    def send(self, data: bytes) -> None:
        self._connection.sendall(data)

    def pause(self, seconds: float) -> None:
        """Wait.

        Raises:
            ConnectionAbortedError: the sandbox stops meanwhile.
        """
        if self._stopping.wait(seconds):
            raise ConnectionAbortedError

    def close(self) -> None:
        """Close the connection in the normal way after what was sent."""
        self.closed = True

    def reset(self) -> None:
        """Close the connection with a TCP reset."""
        # With a linger time of 0, closing sends a reset. Detach first: otherwise the server would
        # shut the connection down in the normal way.
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self._connection.detach())
        self.closed = True
