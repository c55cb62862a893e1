"""A log with a limited rate of warnings, so that clients cannot flood it."""

import logging
import time
from collections.abc import Callable

_BURST = 10
_INTERVAL_S = 5.0


class RateLimitedLog:
    """Logs at most ten warnings at once, then one every 5 s.

    After warnings were left out, the next warning gives their number.
    """

    def __init__(self, logger: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self._logger = logger
        self._clock = clock
        self._tokens = float(_BURST)
        self._refilled_at = clock()
        self._omitted = 0

    def warning(self, message: str) -> None:
        now = self._clock()
        self._tokens = min(_BURST, self._tokens + (now - self._refilled_at) / _INTERVAL_S)
        self._refilled_at = now
        if self._tokens < 1:
            self._omitted += 1
            return
        self._tokens -= 1
        if self._omitted:
            message += f" (Warnings left out before this: {self._omitted}.)"
            self._omitted = 0
        self._logger.warning("%s", message)
