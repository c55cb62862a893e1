"""Runs the sandbox in this process, on a free port of this machine."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from server.settings import Settings
from tools.catalogue import VENDORS


@contextmanager
def sandboxed(settings: Settings) -> Generator[Settings]:
    """Run the sandbox until the block ends, if *settings* ask for it. Gives the settings to use.

    With the sandbox, the URLs are its own, and a vendor that it does not emulate has no key. All
    clocks stand still: at the instant in the settings, otherwise at the last full hour. So the
    processes of one hour have the same data, and one can ask for the next page of another.

    If a setting is wrong, no tool may run, so the sandbox does not start.
    """
    if not settings.sandbox or settings.problems:
        yield settings
        return
    from sandbox.serving import serve

    emulated = [vendor.name for vendor in VENDORS if vendor.has_sandbox]
    now = settings.sandbox_now or datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    with serve(now=now) as sandbox:
        yield replace(
            settings,
            sandbox_now=now,
            keys=dict.fromkeys(emulated, "sandbox"),
            urls={vendor: sandbox.url(vendor) for vendor in emulated},
        )
