"""`incident-desk http`: the service, until it is told to stop. `incident-desk account`: a new one."""

import logging
import os
import re
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from math import ceil
from pathlib import Path

import uvicorn
from sse_starlette.sse import AppStatus
from starlette.types import ASGIApp
from uvicorn.config import STARTUP_FAILURE

from server import logs
from server.http import tracing
from server.http.accounts import Accounts, new_account
from server.http.connections import Connection
from server.http.front_door import MCP_PATH
from server.http.lines import LineHandler, log_lines
from server.http.metrics import SHARED
from server.http.processes import Processes, end_with_parent, hold_hangup, on_hangup
from server.http.serving import service
from server.http.settings import HttpSettings
from server.sandboxed import sandboxed
from server.settings import Settings, SettingsError
from tools.catalogue import TOOLS

logger = logging.getLogger(__name__)

_NAMES = frozenset(tool.name for tool in TOOLS)
_BACKLOG = 1_024


def serve_http(settings: Settings, http: HttpSettings) -> int:
    """Serve until SIGTERM or SIGINT; calls in flight are finished. The exit code is 1 if the service could not start."""
    hold_hangup()
    _configure_log(settings)
    try:
        if http.accounts_file:
            _check_accounts(http)
        tracing.check()
    except SettingsError as error:
        _say(f"incident-desk cannot start:\n{error}")
        return 2
    for number in (signal.SIGINT, signal.SIGTERM):
        # uvicorn takes over while it serves, and raises the signal anew at its end.
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        listener = _listen(http)
    except OSError as error:
        _say(
            f"incident-desk cannot listen on {http.socket or f'{http.host}:{http.port}'}: {error.strerror}"
        )
        return 1
    with listener, sandboxed(settings) as settings_, _shared_metrics(http.workers):
        config = configured(partial(_service, settings_, http), http)
        _say(f"incident-desk: serving MCP at {_address(http, listener)}")
        try:
            return _run(config, listener)
        finally:
            if http.socket:
                Path(http.socket).unlink(missing_ok=True)


def _check_accounts(http: HttpSettings) -> None:
    """Raises: SettingsError: the file cannot be used, or nobody could be let in."""
    accounts = Accounts.read(http.accounts_file, _NAMES).accounts
    if not accounts and not http.oauth:
        raise SettingsError("The accounts file has no account.")


def _say(text: str) -> None:
    """A line on stderr, in plain words. A full disk or a reader that has gone away does not stop the service."""
    with suppress(OSError):
        os.write(2, f"{text}\n".encode())


def configured(service: Callable[[], ASGIApp], http: HttpSettings) -> uvicorn.Config:
    """How uvicorn runs the application that *service* makes, in each process anew."""
    return uvicorn.Config(
        service,
        factory=True,
        http=partial(Connection, http.limits),  # type: ignore[arg-type]
        ws="none",
        lifespan="on",
        workers=http.workers,
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=ceil(http.limits.idle_s),
        timeout_graceful_shutdown=ceil(http.stop_s),
    )


def _run(config: uvicorn.Config, listener: socket.socket) -> int:
    if config.workers == 1:
        uvicorn.Server(config).run([listener])
        return 0
    processes = Processes(config, [listener])
    processes.run()
    return 1 if any(process.exitcode == STARTUP_FAILURE for process in processes.processes) else 0


def _service(settings: Settings, http: HttpSettings) -> ASGIApp:
    """Called in each process."""
    # Else a stop would break off what streams; and nothing here streams for longer than its call takes.
    AppStatus.disable_automatic_graceful_drain()  # type: ignore[no-untyped-call]
    _configure_log(settings)
    end_with_parent()
    try:
        return service(settings, http, on_hangup)
    except SettingsError as error:
        # The accounts file was in order when the service started. One of several processes is tried again.
        logger.error("This process cannot start: %s", error)
        sys.exit(1)


def _configure_log(settings: Settings) -> None:
    # Written by a thread: a reader of stderr that stalls must not hold up the event loop.
    logs.configure(settings.log_level, settings.keys.values(), LineHandler(log_lines()))
    # It warns of each malformed notification, and clients could flood the log with them.
    logging.getLogger("mcp.server.runner").setLevel(logging.ERROR)


def _listen(http: HttpSettings) -> socket.socket:
    if not http.socket:
        family = socket.AF_INET6 if ":" in http.host else socket.AF_INET
        return socket.create_server((http.host, http.port), family=family, backlog=_BACKLOG)
    listener = socket.socket(socket.AF_UNIX)
    if Path(http.socket).is_socket() and listener.connect_ex(http.socket) != 0:
        # Nobody answers there: it was left behind.
        Path(http.socket).unlink()
    mask = os.umask(0o117)
    try:
        listener.bind(http.socket)
    finally:
        os.umask(mask)
    listener.listen(_BACKLOG)
    return listener


def _address(http: HttpSettings, listener: socket.socket) -> str:
    if http.socket:
        return f"{http.socket} ({MCP_PATH})"
    host = f"[{http.host}]" if ":" in http.host else http.host
    return f"http://{host}:{listener.getsockname()[1]}{MCP_PATH}"


@contextmanager
def _shared_metrics(workers: int) -> Iterator[None]:
    """Several processes add up their numbers in files."""
    if workers == 1:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="incident-desk-metrics-") as folder:
        os.environ[SHARED] = folder
        yield


def print_account(name: str, *, days: int, tools: str | None) -> int:
    """Make an account: its table goes to stdout, to be put into the accounts file, and its token, this once, to stderr.

    *tools* are the names of those that it may call, separated by commas; None means all of them.
    """
    chosen = [tool for tool in (tools or "").split(",") if tool]
    if tools is not None and not chosen:
        print("--tools names no tool: name some, or leave it out for all of them", file=sys.stderr)
        return 2
    if unknown := {*chosen} - _NAMES:
        print(
            f"there is no tool {min(unknown)!r}: there are {', '.join(sorted(_NAMES))}",
            file=sys.stderr,
        )
        return 2
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}", name) or not 1 <= days <= 3_660:
        print(
            "NAME takes up to 64 letters, digits and . _ @ -, and --days takes 1 to 3660",
            file=sys.stderr,
        )
        return 2
    # Today counts in addition: a token of one day that is made in the evening works for longer than the night.
    token, table = new_account(name, (datetime.now(UTC) + timedelta(days=days + 1)).date(), chosen)
    print(table)
    print(f"The token of {name}, which is shown only now: {token}", file=sys.stderr)
    return 0
