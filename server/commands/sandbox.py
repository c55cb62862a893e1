"""`incident-desk sandbox`: serves the vendors' APIs with made-up data."""

import signal
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from sandbox.dial import Dial
from sandbox.serving import SEED, VENDORS, Sandbox, serve
from server.commands.paragraph import fold
from server.commands.usage import UsageError
from server.instants import EXPECTED_INSTANT, parse_instant
from server.settings import KEYS, URLS

_DIALS = "Dials change how a vendor behaves. They are path parameters of its URL, such as"
_EXAMPLES = (
    "  /rootly;cursor=off;page_limit=50/v1/incidents",
    "  /incident_io;gone=404/v1/incident_attachments",
)
_VALUES = (
    "The first value is the default. N is a whole number, SECONDS a number, NAMES a list with"
    " commas."
)
_INDENT = " " * 6


def serve_sandbox(*, port: int, size: int, seed: int | None, now: str | None, hold: bool) -> int:
    """Serve until SIGINT or SIGTERM.

    The data ends at the instant *now* (RFC 3339), where the clocks of the vendors stand still.
    Without it, the data ends at the current time, and the clocks stand still only with *hold*.

    The exit code is 0, or 1 if the port cannot be used.

    Raises:
        UsageError: an option is wrong.
    """
    if not 0 <= port <= 65_535:
        raise UsageError("--port takes a number from 0 to 65535")
    if not 1 <= size <= 50_000:
        raise UsageError("--size takes a number from 1 to 50000")
    instant = _instant(now, hold=hold)
    seed = SEED if seed is None else seed
    try:
        with serve(port, seed=seed, now=instant, size=size) as sandbox:
            _show_until_signal(_how_to_use(sandbox))
    except OSError as error:
        print(f"cannot listen on 127.0.0.1:{port}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


def _show_until_signal(text: str) -> None:
    """Print *text*, and wait until SIGINT or SIGTERM."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        print(text, flush=True)
        while True:
            # On Windows, Ctrl-C interrupts this, but not a wait for a lock. A signal that comes in
            # the moment before does not interrupt it, and is noticed when it ends.
            time.sleep(1)
    except KeyboardInterrupt:
        return


def _instant(now: str | None, *, hold: bool) -> datetime | None:
    """Where the clocks stand still; None if they move on."""
    if now is None:
        return datetime.now(UTC) if hold else None
    if hold:
        raise UsageError("--now holds the clock, too: leave out --hold")
    try:
        return parse_instant(now)
    except ValueError:
        raise UsageError(f"--now {EXPECTED_INSTANT}") from None


def _how_to_use(sandbox: Sandbox) -> str:
    lines = ["Made-up data, until Ctrl-C. Any bearer token will do. For a client of your own:"]
    lines += [f"  {URLS[name]}={sandbox.url(name)} {KEYS[name]}=sandbox" for name in VENDORS]
    example = f"{sandbox.url('rootly')}/v1/incidents?page[size]=1"
    lines.append(f'  curl -H "Authorization: Bearer sandbox" "{example}" -g')
    return "\n".join(lines)


def help_on_dials() -> str:
    """The part of the help that lists the dials of all vendors."""
    lines = [fold(_DIALS), *_EXAMPLES, fold(_VALUES)]
    for name, vendor in VENDORS.items():
        lines += ["", f"{name}:", *_dial_lines(vendor.dials)]
    return "\n".join(lines)


def _dial_lines(dials: Mapping[str, Dial]) -> Iterator[str]:
    for name, dial in dials.items():
        yield f"  {name}={'|'.join(dial.values)}"
        yield fold(dial.meaning, first=_INDENT, rest=_INDENT)
