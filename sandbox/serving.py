"""The sandbox as an HTTP server on a loopback port."""

import contextlib
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from sandbox import faults, incident_io, rootly
from sandbox.faults import Faults
from sandbox.route import Reply, Request, Vendor
from sandbox.script import Script
from sandbox.store import Store
from sandbox.wire import Wire

SEED = 20_241
VENDORS: Mapping[str, Vendor] = {"rootly": rootly.VENDOR, "incident_io": incident_io.VENDOR}
# A header of every response, so that nobody takes made-up data for real data.
MARK = {"X-Incident-Desk-Sandbox": "1"}


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox: its URLs, its data, and the script that changes the data."""

    port: int
    _server: "_Server"

    @property
    def store(self) -> Store:
        return self._server.store

    @property
    def faults(self) -> Faults:
        return self._server.faults

    @property
    def script(self) -> Script:
        return self._server.script

    def url(self, vendor: str, **options: str) -> str:
        """The base URL of a vendor.

        The options change how it behaves, as in `url("rootly", shape="references")`.
        """
        parameters = [f";{name}={quote(value, safe=':,')}" for name, value in options.items()]
        return f"http://127.0.0.1:{self.port}/{vendor}{''.join(parameters)}"

    def add_organisation(self, token: str, store: Store) -> None:
        """Answer requests with this bearer token from another organisation's data.

        The store is closed when the sandbox ends.
        """
        self._server.organisations[token] = store

    def load(self, store: Store) -> None:
        """Close the current store and serve this one, with an empty script and new faults.

        Do not call it while a request runs.

        Raises:
            Exception: the first exception that a change in the old script raised.
        """
        self._server.load(store)


@contextmanager
def serve(
    port: int = 0, *, seed: int = SEED, now: datetime | None = None, size: int = 400
) -> Iterator[Sandbox]:
    """Serve made-up data until the block ends.

    Args:
        port: 0 picks a free one.
        seed: the same seed, `now` and `size` give the same data.
        now: the time at the vendors, which then stands still. None: the current time, which
            moves on.
        size: the number of incidents at Rootly.
    """
    with serve_store(Store(seed, now, size), port) as sandbox:
        yield sandbox


@contextmanager
def serve_store(store: Store, port: int = 0) -> Iterator[Sandbox]:
    """Serve this store until the block ends, then close it.

    Raises:
        Exception: the first exception that a change in the script raised.
    """
    server = _Server(port, store)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    try:
        yield Sandbox(server.server_address[1], server)
    finally:
        server.stop()
        thread.join()
        server.close_stores()
    server.script.check()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def __init__(self, port: int, store: Store) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.store = store
        self.organisations = dict[str, Store]()
        """The data of other organisations, by the bearer token of their requests."""
        self.faults = Faults()
        self.script = Script()
        self.stopping = threading.Event()
        self._connections = dict[threading.Thread, socket.socket]()

    def load(self, store: Store) -> None:
        self.script.check()
        self.close_stores()
        self.store = store
        self.faults = Faults()
        self.script = Script()

    def close_stores(self) -> None:
        for store in (self.store, *self.organisations.values()):
            store.close()
        self.organisations.clear()

    def store_for(self, request: Request) -> Store:
        return self.organisations.get(request.token or "", self.store)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        self._connections[threading.current_thread()] = request
        try:
            super().process_request_thread(request, client_address)
        finally:
            del self._connections[threading.current_thread()]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print the error, but nothing if the client disconnected."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def stop(self) -> None:
        """Stop listening, and close the connections that clients keep open."""
        self.stopping.set()
        self.shutdown()
        for thread, connection in list(self._connections.items()):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=1)
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        # The body of a request is never read. Only after a GET can the connection be used again.
        self.close_connection |= self.command != "GET"
        self._send(_answer(self.server, self.command, self.path, self.headers))

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer a request that the standard library does not accept as HTTP."""
        self.close_connection = True
        self._send(_own_reply(code, message or HTTPStatus(code).phrase))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Print nothing."""

    def _send(self, reply: Reply) -> None:
        body = reply.payload()
        headers = {"Content-Length": str(len(body)), **reply.headers, **MARK}
        if self.close_connection:
            headers["Connection"] = "close"
        lines = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        wire = Wire(self.connection, self.server.stopping)
        reply.send(wire, head, b"" if self.command == "HEAD" else body)
        self.close_connection |= wire.closed


def _answer(server: _Server, method: str, target: str, headers: Message) -> Reply:
    try:
        url = urlsplit(target)
        segment, _, path = url.path.removeprefix("/").partition("/")
        name, *parameters = segment.split(";")
        vendor = VENDORS.get(name)
        if vendor is None:
            names = ", ".join(VENDORS)
            return _own_reply(404, f"The first segment of the path must be one of: {names}.")
        options = _options(vendor, parameters)
    except ValueError as error:
        return _own_reply(400, str(error))
    base = f"http://{headers.get('Host', '127.0.0.1')}{url.path}"
    query = parse_qsl(url.query, keep_blank_values=True)
    request = Request(method, base, f"/{path}", query, headers, options)
    more_parameters = server.script.play(name, request, server.store)
    if more_parameters:
        request = replace(request, options=_options(vendor, [*parameters, *more_parameters]))
    ahead = timedelta(seconds=float(request.options["clock"]))
    now = server.store.clock().astimezone(UTC) + ahead
    reply = _reply(server, vendor, request, now)
    return replace(reply, headers={"Date": format_datetime(now, usegmt=True), **reply.headers})


def _reply(server: _Server, vendor: Vendor, request: Request, now: datetime) -> Reply:
    """The vendor's reply, changed by a fault if the request meets one."""
    encounter = server.faults.meet(request, vendor, now)
    store = server.store_for(request)
    if encounter is None:
        return vendor.answer(store, request)
    request, fault, case = encounter
    return fault(vendor.answer(store, request), case)


def _options(vendor: Vendor, parameters: list[str]) -> dict[str, str]:
    """The value of every option: from the path parameters, otherwise the default.

    Raises:
        ValueError: an unknown option or a wrong value. The message is for the client.
    """
    options = {name: dial.default for name, dial in vendor.dials.items()} | faults.OPTIONS
    for parameter in parameters:
        name, _, value = unquote(parameter).partition("=")
        if name not in options:
            names = ", ".join(options)
            raise ValueError(f"There is no option {name!r}. The options are: {names}.")
        if name in faults.OPTIONS:
            faults.check(name, value)
        elif not vendor.dials[name].allows(value):
            values = ", ".join(vendor.dials[name].values)
            raise ValueError(f"The option {name!r} must be one of: {values}.")
        options[name] = value
    return options


def _own_reply(status: int, message: str) -> Reply:
    """A reply of the sandbox itself, not of a vendor."""
    return Reply(status, {"sandbox": message}, {"Content-Type": "application/json"})
