"""An event loop whose time passes only while all tasks wait, and then at once.

Nothing in it can wait for a socket, a thread or a process.
"""

import asyncio
import selectors


class _Selector(selectors.SelectSelector):
    """Lets the time pass in place of waiting."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise AssertionError("all tasks wait for something that never happens")
        self.now += max(timeout, 0)
        return super().select(0)


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._virtual_selector = _Selector()
        super().__init__(self._virtual_selector)

    def time(self) -> float:
        return self._virtual_selector.now
