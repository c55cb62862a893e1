"""A server of somebody who wants to know what the board shows."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Catcher:
    """Its address, and the paths that were asked for."""

    url: str
    paths: deque[str] = field(default_factory=deque)


@contextmanager
def catching() -> Iterator[Catcher]:
    """Listen until the block ends."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.catcher = Catcher(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.catcher
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    catcher: Catcher


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.server.catcher.paths.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass
