"""A server of another user of this machine, or of a program that the person does not trust."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Neighbour:
    """Its address, the HTML that it answers everything with, and the `Cookie` of each request."""

    port: int
    html: str = ""
    cookies: deque[str] = field(default_factory=deque)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def neighbouring() -> Iterator[Neighbour]:
    """Listen until the block ends."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.neighbour = Neighbour(server.server_port)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.neighbour
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    neighbour: Neighbour


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.server.neighbour.cookies.append(self.headers.get("Cookie", ""))
        content = self.server.neighbour.html.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass
