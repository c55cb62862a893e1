"""How much is served at a time, and to one caller in a minute."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil

from server.http.callers import LOCAL, Caller
from server.http.quoting import quoted
from server.http.refusal import Refusal
from server.http.settings import Limits

_REMEMBERED = 10_000


class Throttle:
    """Who calls without an account shares this machine: they are bounded all together, and not one by one."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._calls = Counter[tuple[str, str]]()
        self._interval = 60 / limits.calls_per_minute
        self._burst_s = 10.0
        self._paid_until = dict[tuple[str, str], float]()

    def meter(self, caller: Caller) -> None:
        """Count a request: a token bucket for each caller, with a burst of ten seconds' worth.

        Raises:
            Refusal: too many in a short time.
        """
        if caller is LOCAL:
            return
        now = self._clock()
        if len(self._paid_until) > _REMEMBERED:
            self._paid_until = {
                who: until for who, until in self._paid_until.items() if until > now
            }
        until = max(self._paid_until.get(caller.identity, now), now) + self._interval
        if (wait := until - now - max(self._burst_s, self._interval)) > 0:
            message = f"More than {self._limits.calls_per_minute} requests a minute."
            raise _too_many(caller, message, wait, "CALLS_PER_MINUTE")
        self._paid_until[caller.identity] = until

    @contextmanager
    def place(self, caller: Caller) -> Iterator[None]:
        """A place among the requests in flight.

        Raises:
            Refusal: there is none.
        """
        if self._calls.total() >= self._limits.calls:
            log = f"all callers together have reached INCIDENT_DESK_HTTP_MAX_CALLS; the next is {_named(caller)}"
            raise Refusal(
                503, "busy", "Too many requests are in flight.", {"Retry-After": "1"}, log=log
            )
        if caller is not LOCAL and self._calls[caller.identity] >= self._limits.calls_per_caller:
            message = f"More than {self._limits.calls_per_caller} requests at a time."
            raise _too_many(caller, message, 1, "MAX_CALLS_PER_CALLER")
        self._calls[caller.identity] += 1
        try:
            yield
        finally:
            self._calls[caller.identity] -= 1
            if not self._calls[caller.identity]:
                del self._calls[caller.identity]


def _too_many(caller: Caller, message: str, wait_s: float, setting: str) -> Refusal:
    log = f"{_named(caller)} has reached INCIDENT_DESK_HTTP_{setting}"
    headers = {"Retry-After": str(max(1, ceil(wait_s)))}
    return Refusal(429, "rate_limited", message, headers, log=log)


def _named(caller: Caller) -> str:
    return f"{quoted(caller.name)} ({caller.source})"
