"""The sandbox in this process: the vendors that it emulates, on a free loopback port."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace

from server.settings import Settings
from tools.catalogue import VENDORS


@contextmanager
def sandboxed(settings: Settings) -> Generator[Settings]:
    """The settings to use. Where *settings* ask for the sandbox, it runs until the block ends.

    A vendor that the sandbox does not emulate has no key there, so its tools are not offered.
    """
    if not settings.sandbox:
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
