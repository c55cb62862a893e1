"""Warnings that cannot flood the log, whatever causes them."""

import logging
import time
from collections.abc import Callable

_BURST = 10
_INTERVAL_S = 5.0


class BoundedLog:
    """At most ten warnings at once, then one every 5 s. The next one says how many were left out."""

    def __init__(self, logger: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self._logger = logger
        self._clock = clock
        self._tokens = float(_BURST)
        self._filled_at = clock()
        self._left_out = 0

    def warning(self, message: str) -> None:
        now = self._clock()
        self._tokens = min(_BURST, self._tokens + (now - self._filled_at) / _INTERVAL_S)
        self._filled_at = now
        if self._tokens < 1:
            self._left_out += 1
            return
        self._tokens -= 1
        if self._left_out:
            message += f" (Warnings left out before this: {self._left_out}.)"
            self._left_out = 0
        self._logger.warning("%s", message)
