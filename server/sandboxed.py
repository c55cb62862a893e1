"""Runs the sandbox in this process, on a free port of this machine."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace

from server.settings import Settings
from tools.catalogue import VENDORS


@contextmanager
def sandboxed(settings: Settings) -> Generator[Settings]:
    """The settings to use. If *settings* ask for the sandbox, it runs until the block ends.

    Then the URLs are those of the sandbox. If a setting is wrong, no tool and no sandbox runs. A
    vendor that it does not emulate has no key.
    """
    if not settings.sandbox or settings.problems:
        yield settings
        return
    from sandbox.serving import serve

    emulated = [vendor.name for vendor in VENDORS if vendor.has_sandbox]
    with serve() as sandbox:
        yield replace(
            settings,
            keys=dict.fromkeys(emulated, "sandbox"),
            urls={vendor: sandbox.url(vendor) for vendor in emulated},
        )
