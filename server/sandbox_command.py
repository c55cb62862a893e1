"""`incident-desk sandbox`: the vendors' APIs with made-up data, until interrupted."""

import signal
import sys
import textwrap
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from sandbox.dial import Dial
from server.settings import KEYS, URLS


def serve_sandbox(*, port: int, size: int, seed: int | None, now: str | None) -> int:
    from sandbox.serving import serve

    try:
        instant = None if now is None else datetime.fromisoformat(now)
    except ValueError:
        print("--now takes an instant such as 2026-11-22T02:00:00Z", file=sys.stderr)
        return 2
    if not 0 <= port <= 65_535 or not 1 <= size <= 50_000:
        print("--port takes 0 to 65535, and --size 1 to 50000", file=sys.stderr)
        return 2
    if instant is not None and instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    chosen = {} if seed is None else {"seed": seed}
    try:
        with serve(port, size=size, now=instant, **chosen) as sandbox:
            print("Made-up data, until Ctrl-C. Any bearer token will do. For a client of your own:")
            for vendor in KEYS:
                print(f"  {URLS[vendor]}={sandbox.url(vendor)} {KEYS[vendor]}=sandbox")
            print(
                f'  curl -H "Authorization: Bearer sandbox" "{sandbox.url("rootly")}/v1/incidents?page[size]=1" -g',
                flush=True,
            )
            stopped.wait()
    except OSError as error:
        print(f"cannot listen on 127.0.0.1:{port}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


_DIALS = """\
Dials say how a vendor behaves. They are path parameters of its URL, such as
  /rootly;cursor=off;page_limit=50/v1/incidents
  /incident_io;gone=404/v1/incident_attachments
The first value is the default. N is a whole number, SECONDS a number, NAMES a list with commas."""
_WIDTH = 100
_INDENT = " " * 6


def dials() -> str:
    """The dials of both vendors, for people."""
    from sandbox.serving import VENDORS

    lines = [_DIALS]
    for name, vendor in VENDORS.items():
        lines += ["", f"{name}:", *_told(vendor.dials)]
    return "\n".join(lines)


def _told(dials: Mapping[str, Dial]) -> Iterator[str]:
    for name, dial in dials.items():
        yield f"  {name}={'|'.join(dial.values)}"
        yield textwrap.fill(dial.meaning, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT)
