"""The drain of a process: the first part of its stop, in which it still accepts requests."""

import time
from collections.abc import Callable


class Drain:
    """The time that a load balancer has to notice that this process is about to stop.

    While the drain runs, requests are served as before. `/readyz` answers 503, and each answer
    closes its connection.

    * `duration_s`: how long the drain takes. With 0, it ends when it begins.
    * `on_begin` is called when the drain begins.
    """

    def __init__(
        self,
        duration_s: float,
        on_begin: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._duration_s = duration_s
        self._on_begin = on_begin
        self._clock = clock
        self._ends_at: float | None = None

    @property
    def has_begun(self) -> bool:
        """Stays true when the drain has ended."""
        return self._ends_at is not None

    @property
    def has_ended(self) -> bool:
        return self._ends_at is not None and self._clock() >= self._ends_at

    def begin(self) -> None:
        """Begin the drain, unless it has begun."""
        if self.has_begun:
            return
        self._ends_at = self._clock() + self._duration_s
        self._on_begin()
