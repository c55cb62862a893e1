"""The sandbox in this process: both vendors, made up, on a free loopback port."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace

from server.settings import KEYS, Settings


@contextmanager
def sandboxed(settings: Settings) -> Generator[Settings]:
    """The settings to use: where they ask for the sandbox, it runs until the block ends."""
    if not settings.sandbox:
        yield settings
        return
    from sandbox.serving import serve

    with serve() as sandbox:
        yield replace(
            settings,
            keys=dict.fromkeys(KEYS, "sandbox"),
            urls={vendor: sandbox.url(vendor) for vendor in KEYS},
        )
