"""A server of somebody else, who wants to know what the board shows or to act in its name."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class OtherServer:
    """Its address, and the HTML that it answers everything with.

    `paths` and `cookies` have the path and the `Cookie` of each request.
    """

    port: int
    html: str = ""
    paths: deque[str] = field(default_factory=deque)
    cookies: deque[str] = field(default_factory=deque)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def other_server() -> Iterator[OtherServer]:
    """Listen until the block ends."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.other = OtherServer(server.server_port)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.other
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    other: OtherServer


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        other = self.server.other
        other.paths.append(self.path)
        other.cookies.append(self.headers.get("Cookie", ""))
        content = other.html.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass
