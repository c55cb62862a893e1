"""`incident-desk sandbox`: serves the vendors' APIs with made-up data."""

import signal
import sys
import textwrap
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from sandbox.dial import Dial
from sandbox.serving import SEED, VENDORS, Sandbox, serve
from server.settings import KEYS, URLS

_DIALS = """\
Dials change how a vendor behaves. They are path parameters of its URL, such as
  /rootly;cursor=off;page_limit=50/v1/incidents
  /incident_io;gone=404/v1/incident_attachments
The first value is the default. N is a whole number, SECONDS a number, NAMES a list with commas."""
_WIDTH = 100
_INDENT = " " * 6


def serve_sandbox(*, port: int, size: int, seed: int | None, now: str | None) -> int:
    """Serve until SIGINT or SIGTERM. The data ends at the instant *now* (RFC 3339).

    The exit code is 0, or 2 for a wrong option, or 1 if the port cannot be used.
    """
    try:
        instant = None if now is None else _instant(now)
    except ValueError:
        print("--now takes an instant such as 2026-11-22T02:00:00Z", file=sys.stderr)
        return 2
    if not 0 <= port <= 65_535 or not 1 <= size <= 50_000:
        print("--port takes 0 to 65535, and --size 1 to 50000", file=sys.stderr)
        return 2
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    try:
        with serve(port, size=size, now=instant, seed=SEED if seed is None else seed) as sandbox:
            print(_how_to_use(sandbox), flush=True)
            stopped.wait()
    except OSError as error:
        print(f"cannot listen on 127.0.0.1:{port}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _how_to_use(sandbox: Sandbox) -> str:
    lines = ["Made-up data, until Ctrl-C. Any bearer token will do. For a client of your own:"]
    lines += [f"  {URLS[name]}={sandbox.url(name)} {KEYS[name]}=sandbox" for name in VENDORS]
    example = f"{sandbox.url('rootly')}/v1/incidents?page[size]=1"
    lines.append(f'  curl -H "Authorization: Bearer sandbox" "{example}" -g')
    return "\n".join(lines)


def dials() -> str:
    """The dials of all vendors, as text for the help."""
    lines = [_DIALS]
    for name, vendor in VENDORS.items():
        lines += ["", f"{name}:", *_lines(vendor.dials)]
    return "\n".join(lines)


def _lines(dials: Mapping[str, Dial]) -> Iterator[str]:
    for name, dial in dials.items():
        yield f"  {name}={'|'.join(dial.values)}"
        yield textwrap.fill(dial.meaning, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT)
