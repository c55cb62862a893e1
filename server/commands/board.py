"""`incident-desk board`: shows the board in the browser of this machine, without a chat."""

import logging
import os
import signal
import socket
import sys
from urllib.parse import urlsplit

from server import logs
from server.board.desktop import DesktopBoard
from server.board.desktop_server import DesktopServer
from server.board.entrance import TOKEN_S
from server.commands.browser import can_open_browser, is_remote, open_browser
from server.commands.usage import UsageError
from server.sandboxed import sandboxed
from server.settings import Settings

_HOST = "127.0.0.1"
_MAX_IDLE_MINUTES = 7 * 24 * 60
_OPENED_TWICE = (
    "The address was opened a second time, in a browser that the board is not open in. Nobody knows"
    " which of the two is yours, so neither has access any more. Start incident-desk board again."
)


def show_board(settings: Settings, *, port: int, idle_minutes: float, no_browser: bool) -> int:
    """Serve the board until SIGINT or SIGTERM, or until *idle_minutes* without a request.

    The exit code is 0, or 1 if the port cannot be used, or two browsers opened the address.

    Raises:
        UsageError: an option is wrong.
    """
    if not 0 <= port <= 65_535:
        raise UsageError("--port takes a number from 0 to 65535")
    if not 0 < idle_minutes <= _MAX_IDLE_MINUTES:
        raise UsageError(f"--idle-minutes takes a number up to {_MAX_IDLE_MINUTES} (a week)")
    try:
        listener = socket.create_server((_HOST, port))
    except OSError as error:
        # `strerror` of `create_server` has the address, too.
        reason = os.strerror(error.errno or 0)
        print(f"incident-desk: cannot listen on {_HOST}:{port}: {reason}", file=sys.stderr)
        return 1
    logs.configure(settings.log_level, settings.keys.values())
    # This logger warns about each malformed notification.
    logging.getLogger("mcp.server.runner").setLevel(logging.ERROR)
    with listener, sandboxed(settings) as settings_in_use:
        return _serve(settings_in_use, listener, idle_minutes, no_browser=no_browser)


def _serve(
    settings: Settings, listener: socket.socket, idle_minutes: float, *, no_browser: bool
) -> int:
    """Show the address and serve to the end. Returns the exit code."""
    board = DesktopBoard(settings, listener.getsockname()[1])
    logs.redact(board.entrance.secrets)
    server = DesktopServer(board, idle_minutes)
    for number in (signal.SIGINT, signal.SIGTERM):
        # uvicorn does the same, but only once it serves. An exception would leave it half started.
        signal.signal(number, server.handle_exit)
    _show_address(board.address, has_browser=not no_browser and can_open_browser())
    server.run([listener])
    if server.should_exit:
        return 0
    if server.is_closed:
        print(f"incident-desk: {_OPENED_TWICE}", file=sys.stderr)
        return 1
    reason = f"no page has asked for {idle_minutes:g} minutes"
    print(f"incident-desk: {reason}, so the board has ended.", file=sys.stderr)
    return 0


def _show_address(address: str, *, has_browser: bool) -> None:
    print(_how_to_open(address, has_browser=has_browser), flush=True)
    if has_browser:
        open_browser(address)


def _how_to_open(address: str, *, has_browser: bool) -> str:
    needs_tunnel = is_remote() and not has_browser
    if has_browser:
        first = "It opens in your browser. Otherwise open this address:"
    elif needs_tunnel:
        first = "Open this address in a browser on your own machine:"
    else:
        first = "Open this address in a browser on this machine:"
    lines = [
        f"The board, until Ctrl-C. {first}",
        f"  {address}",
        f"The address works once, and for {TOKEN_S / 60:.0f} minutes.",
    ]
    if needs_tunnel:
        port = urlsplit(address).port
        lines += [
            "First run this there, with the name of the machine that this command runs on:",
            f"  ssh -N -L {port}:{_HOST}:{port} NAME",
        ]
    return "\n".join(lines)
