"""Limits on requests: how many run at the same time, and how many per minute."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil

from server.http.escaping import quote
from server.http.principal import Principal
from server.http.refusal import Refusal
from server.http.settings import HttpLimits

_BURST_S = 10.0
_MAX_REMEMBERED = 10_000


class Throttle:
    """Limits for all callers together, and limits for each principal.

    Only anonymous local callers have no limits of their own.
    """

    def __init__(self, limits: HttpLimits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._running = Counter[tuple[str, str]]()
        self._interval_s = 60 / limits.calls_per_minute
        self._used_until = dict[tuple[str, str], float]()

    def count_request(self, principal: Principal) -> None:
        """Count a request towards the principal's requests per minute.

        Each request uses up `_interval_s`. The time that a principal has used up may reach ten
        seconds into the future, so a short burst is allowed.

        Raises:
            Refusal: there were too many requests.
        """
        if principal.is_anonymous:
            return
        now = self._clock()
        self._forget_old(now)
        used_until = max(self._used_until.get(principal.identity, now), now) + self._interval_s
        wait_s = used_until - now - max(_BURST_S, self._interval_s)
        if wait_s > 0:
            message = f"More than {self._limits.calls_per_minute} requests per minute."
            raise _too_many(principal, message, wait_s, "CALLS_PER_MINUTE")
        self._used_until[principal.identity] = used_until

    def _forget_old(self, now: float) -> None:
        if len(self._used_until) <= _MAX_REMEMBERED:
            return
        self._used_until = {key: until for key, until in self._used_until.items() if until > now}

    @contextmanager
    def slot(self, principal: Principal) -> Iterator[None]:
        """Take one of the slots for running requests until the block ends.

        Raises:
            Refusal: there is no free slot.
        """
        if self._running.total() >= self._limits.calls:
            raise _busy(principal)
        limit = self._limits.calls_per_principal
        if not principal.is_anonymous and self._running[principal.identity] >= limit:
            message = f"More than {limit} requests at the same time."
            raise _too_many(principal, message, 1, "MAX_CALLS_PER_CALLER")
        self._running[principal.identity] += 1
        try:
            yield
        finally:
            self._running[principal.identity] -= 1
            if not self._running[principal.identity]:
                del self._running[principal.identity]


def _busy(principal: Principal) -> Refusal:
    limit = "all callers together have reached INCIDENT_DESK_HTTP_MAX_CALLS"
    log = f"{limit}; the refused request is from {_describe(principal)}"
    return Refusal(503, "busy", "Too many requests are running.", {"Retry-After": "1"}, log=log)


def _too_many(principal: Principal, message: str, wait_s: float, setting: str) -> Refusal:
    log = f"{_describe(principal)} has reached INCIDENT_DESK_HTTP_{setting}"
    headers = {"Retry-After": str(max(1, ceil(wait_s)))}
    return Refusal(429, "rate_limited", message, headers, log=log)


def _describe(principal: Principal) -> str:
    return f"{quote(principal.name)} ({principal.source})"
