"""A TCP server on loopback that treats its clients as a function says."""

import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from socketserver import ThreadingTCPServer
from threading import Thread
from typing import Any

Treatment = Callable[[socket.socket], None]
"""What a server does with a connection, which is closed afterwards."""


class TcpServer(ThreadingTCPServer):
    """`accepted` counts the connections."""

    def __init__(self, treat: Treatment, tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), _no_handler)
        self.treat = treat
        self.tls = tls
        self.accepted = 0

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def finish_request(self, request: Any, client_address: Any) -> None:
        self.accepted += 1
        # A client that goes away is what many tests are about.
        with suppress(OSError):
            connection = request
            if self.tls:
                connection = self.tls.wrap_socket(request, server_side=True)
            with connection:
                self.treat(connection)


def _no_handler(*_: Any) -> Any:
    raise AssertionError("finish_request is overridden")


@contextmanager
def serving(treat: Treatment, tls: ssl.SSLContext | None = None) -> Iterator[TcpServer]:
    """A server that runs until the block ends. Its clients must have gone by then."""
    with TcpServer(treat, tls) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def at_once(data: bytes) -> Treatment:
    """Send *data* before the client has said anything."""
    return lambda connection: connection.sendall(data)


def after_request(data: bytes) -> Treatment:
    """Read a request, then send *data*."""

    def treat(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(data)

    return treat


def resetting(treat: Treatment) -> Treatment:
    """After *treat*, reset the connection in place of a regular close."""

    def treat_and_reset(connection: socket.socket) -> None:
        treat(connection)
        linger = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    return treat_and_reset


def silence(connection: socket.socket) -> None:
    """Read until the client has gone, and never answer."""
    while connection.recv(65_536):
        pass


def read_head(connection: socket.socket) -> bytes:
    """The head of a request, with its empty line; less if the client goes away before."""
    head = b""
    while b"\r\n\r\n" not in head:
        data = connection.recv(65_536)
        if not data:
            break
        head += data
    return head


def closed_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


def is_refused(port: int) -> bool:
    """Whether nothing listens at *port* of this machine."""
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionError:
        return True
    return False
