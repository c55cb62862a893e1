"""A TCP proxy on loopback that delays, holds back or cuts what it forwards."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from tests.tcp_server import TcpServer, serving


class TcpProxy:
    """Forwards connections to a port of this machine.

    `delay_s` gives the seconds by which the next data is late, in each direction. It can be
    replaced at any time.
    """

    def __init__(self, target: int) -> None:
        self.delay_s: Callable[[], float] = lambda: 0
        self.server: TcpServer | None = None
        self._target = target
        self._connections: set[socket.socket] = set()
        self._lets_through = threading.Event()
        self._lets_through.set()
        self._is_cut = False

    @property
    def port(self) -> int:
        assert self.server
        return self.server.port

    def hold(self) -> None:
        """Hold all data back, like a network that loses every packet. Connections stay open."""
        self._lets_through.clear()

    def cut(self) -> None:
        """Close all connections, and every new one immediately."""
        self._is_cut = True
        for connection in list(self._connections):
            _shut(connection)
        self._lets_through.set()

    def restore(self) -> None:
        """Forward again, also what was held back."""
        self._is_cut = False
        self._lets_through.set()

    def forward(self, client: socket.socket) -> None:
        """Forward one connection until one side closes it."""
        with suppress(OSError), socket.create_connection(("127.0.0.1", self._target)) as upstream:
            ends = {client, upstream}
            self._connections |= ends
            if self._is_cut:
                _shut(client)
            answers = threading.Thread(target=self._copy, args=(upstream, client))
            answers.start()
            self._copy(client, upstream)
            answers.join()
            self._connections -= ends

    def _copy(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                time.sleep(self.delay_s())
                self._lets_through.wait()
                sink.sendall(data)
        _shut(source)
        _shut(sink)


@contextmanager
def proxying(target: int) -> Iterator[TcpProxy]:
    """A proxy that runs until the block ends."""
    proxy = TcpProxy(target)
    with serving(proxy.forward) as proxy.server:
        try:
            yield proxy
        finally:
            proxy.cut()


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
