"""An HTTP proxy for TCP servers on loopback."""

import base64
import re
import socket
from contextlib import suppress
from threading import Thread

from tests.tcp_server import Treatment, read_head


def refusing(status: str) -> Treatment:
    """A proxy that answers CONNECT with this status."""

    def treat(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())

    return treat


def tunnelling(credentials: str = "") -> Treatment:
    """A proxy that connects to the port of the request, on this machine, whatever the host.

    With *credentials* (`user:password`), it answers 407 to clients that do not send them.
    """
    secret = base64.b64encode(credentials.encode())

    def treat(connection: socket.socket) -> None:
        head = read_head(connection)
        if credentials and b"Proxy-Authorization: Basic " + secret not in head:
            connection.sendall(b"HTTP/1.1 407 No " + secret + b"\r\nContent-Length: 0\r\n\r\n")
            return
        target = re.match(rb"CONNECT \S+:(\d+) ", head)
        assert target, head
        with socket.create_connection(("127.0.0.1", int(target[1]))) as upstream:
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            back = Thread(target=_copy, args=(upstream, connection))
            back.start()
            _copy(connection, upstream)
            back.join()

    return treat


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
