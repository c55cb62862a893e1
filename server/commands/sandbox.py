"""`incident-desk sandbox`: serves the vendors' APIs with made-up data."""

import signal
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from sandbox.dial import Dial
from sandbox.serving import SEED, VENDORS, Sandbox, serve
from server.commands.paragraph import fold
from server.commands.parser import print_usage_error
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

    The exit code is 0, or 2 for a wrong option, or 1 if the port cannot be used.
    """
    if now and hold:
        return print_usage_error("sandbox", "--now holds the clock, too: leave out --hold")
    instant = datetime.now(UTC) if hold else None
    if now is not None:
        try:
            instant = parse_instant(now)
        except ValueError:
            return print_usage_error("sandbox", f"--now {EXPECTED_INSTANT}")
    if not 0 <= port <= 65_535 or not 1 <= size <= 50_000:
        message = "--port takes 0 to 65535, and --size 1 to 50000"
        return print_usage_error("sandbox", message)
    try:
        with serve(port, size=size, now=instant, seed=SEED if seed is None else seed) as sandbox:
            _wait_for_signal(_how_to_use(sandbox))
    except OSError as error:
        print(f"cannot listen on 127.0.0.1:{port}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


def _wait_for_signal(text: str) -> None:
    """Print *text*, and wait until SIGINT or SIGTERM."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        print(text, flush=True)
        while True:
            # On Windows, Ctrl-C interrupts this, but not a wait for a lock.
            time.sleep(3_600)
    except KeyboardInterrupt:
        return


def _how_to_use(sandbox: Sandbox) -> str:
    lines = ["Made-up data, until Ctrl-C. Any bearer token will do. For a client of your own:"]
    lines += [f"  {URLS[name]}={sandbox.url(name)} {KEYS[name]}=sandbox" for name in VENDORS]
    example = f"{sandbox.url('rootly')}/v1/incidents?page[size]=1"
    lines.append(f'  curl -H "Authorization: Bearer sandbox" "{example}" -g')
    return "\n".join(lines)


def dials() -> str:
    """The dials of all vendors, as text for the help."""
    lines = [fold(_DIALS), *_EXAMPLES, fold(_VALUES)]
    for name, vendor in VENDORS.items():
        lines += ["", f"{name}:", *_lines(vendor.dials)]
    return "\n".join(lines)


def _lines(dials: Mapping[str, Dial]) -> Iterator[str]:
    for name, dial in dials.items():
        yield f"  {name}={'|'.join(dial.values)}"
        yield fold(dial.meaning, first=_INDENT, rest=_INDENT)
