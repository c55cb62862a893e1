"""The server on a real socket.

It runs in this process for tests of requests, and in its own for tests of processes and signals.
"""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any, Self
from urllib.parse import urlsplit

import uvicorn

from server.http.application import create_app
from server.http.command import uvicorn_config
from server.http.line_writer import LineWriter
from server.http.settings import HttpSettings
from server.settings import KEYS, URLS, Settings

ROOT = Path(__file__).parents[3]
MODERN = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}

EMPTY_LIST = '{"data":[],"meta":{"total_count":0,"current_page":1,"total_pages":1},"links":{}}'


def listening() -> socket.socket:
    listener = socket.create_server(("127.0.0.1", 0), backlog=1_024)
    # Each connection inherits it: with a small buffer a sender soon has to wait.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16_384)
    return listener


@contextmanager
def served(
    settings: Settings, http: HttpSettings | None = None, listener: socket.socket | None = None
) -> Iterator[int]:
    """The port of a server in a thread of this process."""
    http = replace(http or HttpSettings(), stop_s=1)
    with Path(os.devnull).open("wb") as sink:
        # Lines on stdout that come between two tests would appear in pytest's own output.
        audit_writer = LineWriter(sink.fileno(), "audit log")
        config = uvicorn_config(lambda: create_app(settings, http, audit_writer=audit_writer), http)
        with running(config, listener or listening()) as port:
            yield port


@contextmanager
def running(config: uvicorn.Config, listener: socket.socket) -> Iterator[int]:
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],))
    port: int = listener.getsockname()[1]
    thread.start()
    try:
        yield port
    finally:
        server.should_exit = True
        thread.join()


class Process:
    """`incident-desk http` as an operator starts it. `url` is the one that it prints.

    *stdout* is a file descriptor for the audit log. By default it is a pipe, for `audit_line`.
    """

    def __init__(self, *arguments: str, stdout: Any = subprocess.PIPE, **environ: str) -> None:
        inherited = {
            name: os.environ[name]
            for name in ("PATH", "SYSTEMROOT", "TMPDIR")
            if name in os.environ
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "server", "http", "--port", "0", *arguments],
            cwd=ROOT,
            env={**inherited, **environ},
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stderr
        self.url = _find_url(self._process.stderr)
        self.pid = self._process.pid

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 0

    @property
    def stderr(self) -> int:
        """The file descriptor that the log can be read from."""
        assert self._process.stderr
        return self._process.stderr.fileno()

    def audit_line(self) -> dict[str, Any]:
        """The next line of the audit log."""
        assert self._process.stdout
        line: dict[str, Any] = json.loads(self._process.stdout.readline())
        return line

    def log_line(self) -> str:
        """The next line on stderr."""
        assert self._process.stderr
        return self._process.stderr.readline()

    def children(self) -> list[int]:
        """The ids of its child processes."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        return [int(pid) for pid in children.read_text(encoding="utf-8").split()]

    def workers(self) -> list[int]:
        """The `children` that serve requests."""
        return [
            pid
            for pid in self.children()
            if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def reload(self, workers: int, text: str) -> list[str]:
        """Send SIGHUP, and wait for a line with *text* from each worker. Returns these lines."""
        self.signal(signal.SIGHUP)
        lines = [self.log_line() for _ in range(workers)]
        assert all(text in line for line in lines)
        return lines

    def ask_to_stop(self) -> None:
        self._process.terminate()

    def wait(self) -> int:
        """The exit code. Reads no output."""
        return self._process.wait(timeout=20)

    def stopped(self) -> tuple[int, str]:
        """The exit code, and the rest of stderr."""
        try:
            _, stderr = self._process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        return self._process.returncode, stderr

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.returncode is None:
            self.ask_to_stop()
            self.stopped()


def _find_url(stderr: IO[str]) -> str:
    for line in stderr:
        if match := re.search(r"serving MCP at (\S+)", line):
            return match[1]
    raise AssertionError("the server did not start")


class Vendor:
    """Rootly as a bare socket, which answers when the test calls `answer`."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(10)
        self._connections: list[socket.socket] = []
        self.environ = {
            URLS["rootly"]: f"http://127.0.0.1:{self._listener.getsockname()[1]}",
            KEYS["rootly"]: "key-of-rootly",
        }
        self.settings = Settings.read(self.environ)

    def request(self) -> str:
        """Wait for a request and return its head."""
        connection, _ = self._listener.accept()
        connection.settimeout(10)
        self._connections.append(connection)
        return connection.recv(65_536).decode()

    def answer(self, status: str = "200 OK") -> None:
        self.begin_answer(status)
        self._connections[-1].sendall(EMPTY_LIST.encode())

    def begin_answer(self, status: str = "200 OK") -> None:
        """Send only the head."""
        head = (
            f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: application/vnd.api+json\r\n"
        )
        head += f"Content-Length: {len(EMPTY_LIST)}\r\n\r\n"
        self._connections[-1].sendall(head.encode())

    def answer_all(self) -> None:
        for _ in range(len(self._connections)):
            self.answer()
            self._connections.insert(0, self._connections.pop())

    def was_left(self) -> bool:
        """Whether the last request's connection ends without an answer."""
        return self._connections[-1].recv(1) == b""

    def __enter__(self) -> "Vendor":
        return self

    def __exit__(self, *_: object) -> None:
        for one in (self._listener, *self._connections):
            one.close()


class SlowVendor(ThreadingHTTPServer):
    """Rootly as a server that answers any number of requests once it is released."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _EmptyList)
        self._arrivals = threading.Semaphore(0)
        self.released = threading.Event()
        self.environ = {
            URLS["rootly"]: f"http://127.0.0.1:{self.server_port}",
            KEYS["rootly"]: "key-of-rootly",
        }

    def record_arrival(self) -> None:
        self._arrivals.release()

    def wait_for_request(self) -> None:
        """Wait until another request has arrived."""
        assert self._arrivals.acquire(timeout=60)

    def __enter__(self) -> "SlowVendor":
        threading.Thread(target=self.serve_forever, args=(0.05,)).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _EmptyList(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: SlowVendor

    def do_GET(self) -> None:
        self.server.record_arrival()
        self.server.released.wait(20)
        self.send_response(200)
        self.send_header("Content-Type", "application/vnd.api+json")
        self.send_header("Content-Length", str(len(EMPTY_LIST)))
        self.end_headers()
        self.wfile.write(EMPTY_LIST.encode())

    def log_message(self, *_: object) -> None:
        pass


def request(
    body: str | None = None, *, method: str = "POST", path: str = "/mcp", **headers: str | None
) -> bytes:
    """The bytes of a request, by default `tools/list` of the stateless era.

    A header that is None is left out.
    """
    if body is None:
        body = json.dumps(
            {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": META}}
        )
    defaults = {
        "Host": "localhost",
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": MODERN,
        "Mcp-Method": "tools/list",
        "Content-Length": str(len(body.encode())),
    }
    own = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    lines = [f"{method} {path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in defaults.items() if name.lower() not in own]
    lines += [f"{name}: {value}" for name, value in own.items() if value is not None]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def call(arguments: Mapping[str, Any], **headers: str) -> bytes:
    """The bytes of a request that calls list_incidents."""
    params = {"name": "list_incidents", "arguments": arguments, "_meta": META}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    return request(json.dumps(body), Mcp_Method="tools/call", Mcp_Name="list_incidents", **headers)


Answer = tuple[int, dict[str, str], str]


class Peer:
    """A client that sends any bytes."""

    def __init__(self, port: int, *, receive_buffer: int | None = None) -> None:
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(10)
        self.socket.connect(("127.0.0.1", port))

    def send(self, data: bytes) -> "Peer":
        self.socket.sendall(data)
        return self

    def answer(self) -> Answer:
        """Status, headers and body of the next answer, which must have a length.

        The status is 0 if the connection ended instead.
        """
        try:
            with self.socket.makefile("rb") as incoming:
                first = incoming.readline()
                if not first:
                    return 0, {}, ""
                headers = {}
                while line := incoming.readline().strip():
                    name, _, value = line.decode().partition(": ")
                    headers[name.lower()] = value
                body = incoming.read(int(headers.get("content-length", 0)))
                return int(first.split()[1]), headers, body.decode()
        except ConnectionError:
            return 0, {}, ""

    def status(self) -> int:
        return self.answer()[0]

    def event(self) -> dict[str, Any]:
        """The first message of an answer that is an event stream."""
        with self.socket.makefile("rb") as incoming:
            for line in incoming:
                if line.startswith(b"data: {"):
                    message: dict[str, Any] = json.loads(line[6:])
                    return message
        raise AssertionError("the stream ended without a message")

    def statuses(self) -> list[int]:
        """The status of each answer until the connection ends.

        An answer without a body may have no length.
        """
        statuses = []
        with contextlib.suppress(ConnectionError), self.socket.makefile("rb") as incoming:
            while first := incoming.readline():
                assert first.startswith(b"HTTP/1.1 "), first
                statuses.append(int(first.split()[1]))
                length = 0
                while line := incoming.readline().strip():
                    name, _, value = line.lower().partition(b": ")
                    assert name != b"transfer-encoding"
                    length = int(value) if name == b"content-length" else length
                incoming.read(length)
        return [status for status in statuses if status != 100]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()


def ask(port: int, data: bytes) -> Answer:
    with Peer(port) as peer:
        return peer.send(data).answer()
