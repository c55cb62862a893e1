"""The command `incident-desk http`."""

import logging
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from math import ceil
from pathlib import Path

import uvicorn
from sse_starlette.sse import AppStatus
from starlette.types import ASGIApp
from uvicorn.config import STARTUP_FAILURE

from server import logs
from server.http import tracing
from server.http.access import MCP_PATH
from server.http.accounts import file as accounts_file
from server.http.accounts.file import Account
from server.http.application import create_app
from server.http.board.gate import BOARD_PATH
from server.http.budgets import check_redis
from server.http.draining_server import DrainingProcess, DrainingServer
from server.http.line_writer import LineHandler, log_writer
from server.http.metrics import MULTIPROCESS_DIR
from server.http.protocol import LimitedH11Protocol
from server.http.settings import HttpSettings
from server.http.supervisor import Supervisor, block_sighup, on_sighup, stop_with_parent
from server.sandboxed import sandboxed
from server.setting_names import HTTP_PREFIX
from server.settings import KEYS, Settings, SettingsError
from server.vendor_key import service_keys
from tools.catalogue import GRANTABLE

logger = logging.getLogger(__name__)

_BACKLOG = 1_024


def serve_http(settings: Settings, http: HttpSettings) -> int:
    """Serve until SIGTERM or SIGINT, then finish the running calls. Returns the exit code."""
    block_sighup()
    _configure_log(settings)
    try:
        accounts = _load_accounts(settings, http)
        tracing.check()
        check_redis(http)
    except SettingsError as error:
        _print_line(f"incident-desk cannot start:\n{error}")
        return 2
    _warn_of_missing_keys(settings, http, accounts)
    _warn_of_lone_sessions(http)
    for number in (signal.SIGINT, signal.SIGTERM):
        # While uvicorn serves, it uses handlers of its own. After that, it restores these and sends
        # the signal again.
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        listener = _listen(http)
    except OSError as error:
        address = http.socket or f"{http.host}:{http.port}"
        _print_line(f"incident-desk cannot listen on {address}: {error.strerror}")
        return 1
    if not http.socket:
        # The system chooses the port 0. Copies on one machine differ in it.
        http = replace(http, port=listener.getsockname()[1])
    with listener, sandboxed(settings) as app_settings, _metrics_directory(http.workers):
        config = uvicorn_config(partial(_create_app, app_settings, http), http)
        if http.has_board:
            _print_line(f"incident-desk: the board is at {_address(http, listener, BOARD_PATH)}")
        _print_line(f"incident-desk: serving MCP at {_address(http, listener, MCP_PATH)}")
        try:
            return _run(config, listener)
        finally:
            if http.socket:
                Path(http.socket).unlink(missing_ok=True)


def _load_accounts(settings: Settings, http: HttpSettings) -> Mapping[str, Account]:
    """The accounts, by name.

    Raises:
        SettingsError: the accounts file cannot be used, or nobody could call.
    """
    if not http.accounts_file:
        return {}
    accounts = accounts_file.load(
        http.accounts_file,
        GRANTABLE,
        service_keys(settings.keys),
        is_sandbox=settings.sandbox,
    )
    if not accounts and not http.oauth:
        raise SettingsError("The accounts file has no account.")
    return accounts


def _warn_of_missing_keys(
    settings: Settings, http: HttpSettings, accounts: Mapping[str, Account]
) -> None:
    if settings.sandbox or any(account.keys for account in accounts.values()):
        return
    if not settings.keys:
        problem = f"no key is set, and no account has one: set {' or '.join(KEYS.values())}"
    elif not http.shares_keys:
        problem = f"{HTTP_PREFIX}SERVICE_KEYS is 0, and no account has a key of its own"
    else:
        return
    _print_line(f"incident-desk: {problem}. Until then, every call answers not_configured.")


def _warn_of_lone_sessions(http: HttpSettings) -> None:
    needs_secret = http.has_board and http.accounts_file and http.copies.copies > 1
    if needs_secret and not http.board.is_secret_set:
        _print_line(
            f"incident-desk: {HTTP_PREFIX}BOARD_SECRET is not set. So a person who logs in to the"
            " board of one copy is not logged in to the others. Give all copies the same secret."
        )


def _print_line(text: str) -> None:
    """Write a line to stderr. A full disk or a closed pipe does not stop the server."""
    with suppress(OSError):
        os.write(2, f"{text}\n".encode())


def uvicorn_config(app_factory: Callable[[], ASGIApp], http: HttpSettings) -> uvicorn.Config:
    """The configuration of uvicorn, which calls *app_factory* in each process."""
    return uvicorn.Config(
        app_factory,
        factory=True,
        http=partial(LimitedH11Protocol, http.limits),  # type: ignore[arg-type]
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
        DrainingServer(config).run([listener])
        return 0
    supervisor = Supervisor(config, [listener], DrainingProcess)
    supervisor.run()
    exit_codes = [process.exitcode for process in supervisor.processes]
    return 1 if STARTUP_FAILURE in exit_codes else 0


def _create_app(settings: Settings, http: HttpSettings) -> ASGIApp:
    """Called by uvicorn in each process."""
    # At a stop, sse-starlette would cut off event streams. Ours end with their call, so let them.
    AppStatus.disable_automatic_graceful_drain()  # type: ignore[no-untyped-call]
    _configure_log(settings)
    stop_with_parent()
    try:
        return create_app(settings, http, on_sighup)
    except SettingsError as error:
        # The accounts file has changed since the server started. The supervisor tries again with a
        # new process.
        logger.error("This process cannot start: %s", error)
        sys.exit(1)


def _configure_log(settings: Settings) -> None:
    # A thread writes the log. So the event loop does not wait if the reader of stderr stalls.
    logs.configure(settings.log_level, settings.keys.values(), LineHandler(log_writer()))
    # This logger warns about each malformed notification, so clients could flood the log.
    logging.getLogger("mcp.server.runner").setLevel(logging.ERROR)


def _listen(http: HttpSettings) -> socket.socket:
    if http.socket:
        return _listen_unix(http.socket)
    family = socket.AF_INET6 if ":" in http.host else socket.AF_INET
    return socket.create_server((http.host, http.port), family=family, backlog=_BACKLOG)


def _listen_unix(path: str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    if Path(path).is_socket() and listener.connect_ex(path) != 0:
        # No process listens there. The socket is left over from an earlier run.
        Path(path).unlink()
    mask = os.umask(0o117)
    try:
        listener.bind(path)
    finally:
        os.umask(mask)
    listener.listen(_BACKLOG)
    return listener


def _address(http: HttpSettings, listener: socket.socket, path: str) -> str:
    if http.socket:
        return f"{http.socket} ({path})"
    host = f"[{http.host}]" if ":" in http.host else http.host
    return f"http://{host}:{listener.getsockname()[1]}{path}"


@contextmanager
def _metrics_directory(workers: int) -> Iterator[None]:
    """Create the directory where several processes write their metrics. Each can add them up."""
    if workers == 1:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="incident-desk-metrics-") as directory:
        os.environ[MULTIPROCESS_DIR] = directory
        yield
