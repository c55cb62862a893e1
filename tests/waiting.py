"""Waits for what another process does."""

import time
from collections.abc import Callable

PATIENCE_S = 60
"""Much longer than a busy machine needs."""


def wait_until(holds: Callable[[], bool]) -> None:
    """Ask again and again, until *holds* is true."""
    until = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < until, f"it did not happen within {PATIENCE_S} s"
        time.sleep(0.05)
