"""Whether Redis shares the budgets: for the log, `/readyz` and metrics."""

import logging
from collections.abc import Collection, Iterator, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge

from server.http.leases.exchange import Grant
from server.http.leases.failure import Reason, RedisFailure
from server.http.leases.lease import Lease
from server.setting_names import COPIES

logger = logging.getLogger(__name__)


class SharingState:
    """What this process knows of Redis and of the other processes.

    *processes* is the most that there will ever be.
    """

    def __init__(self, registry: CollectorRegistry, processes: int) -> None:
        self._processes = processes
        self._live = 0
        self._failure: RedisFailure | None = None
        """Why there are no leases. None if there are."""
        self._last_failure: RedisFailure | None = None
        """The last exchange failed. The leases may still be valid."""
        self._paces = ""
        self._is_up = Gauge(
            "incident_desk_redis_up",
            "1 while the leases come from Redis.",
            registry=registry,
            multiprocess_mode="livemin",
        )
        self._failures = Counter(
            "incident_desk_redis_failures",
            "Exchanges with Redis that failed.",
            ("reason",),
            registry=registry,
        )
        for reason in Reason:
            self._failures.labels(reason.value)
        self._copies = Gauge(
            "incident_desk_copies",
            "Processes that share the rate limit, as Redis counts them, and how many are allowed.",
            ("state",),
            registry=registry,
            multiprocess_mode="livemax",
        )
        self._copies.labels("allowed").set(processes)

    @property
    def problem(self) -> str:
        """What is wrong, for people who run this service. Empty if nothing is."""
        return "; ".join(self._problems())

    def _problems(self) -> Iterator[str]:
        if self._failure:
            yield f"{self._failure}; this process uses {self._paces}"
        if self._live > self._processes:
            yield (
                f"{self._live} processes share the rate limit, and {COPIES} allows only"
                f" {self._processes}: without Redis, they would exceed the limit"
            )

    def record_failure(self, failure: RedisFailure) -> None:
        self._last_failure = failure
        self._failures.labels(failure.reason.value).inc()

    def record_answer(self, grants: Sequence[Grant]) -> None:
        self._last_failure = None
        was_allowed = self._live <= self._processes
        self._live = max((grant.live for grant in grants), default=0)
        missing = max((grant.missing for grant in grants), default=0)
        self._copies.labels("alive").set(self._live)
        self._copies.labels("missing").set(missing)
        if was_allowed and self._live > self._processes:
            logger.warning("%s.", self.problem)

    def record_leases(self, leases: Collection[Lease], *, are_valid: bool) -> None:
        """Record the paces of *leases*, and whether they come from Redis."""
        self._paces = ", ".join(
            f"{lease.per_minute:,.0f} of {lease.rates.setting:,.0f} requests a minute"
            f" to {lease.vendor.title}"
            for lease in leases
            if lease.is_in_use
        )
        self._is_up.set(are_valid)
        if are_valid and self._failure:
            self._failure = None
            logger.warning("Redis answers again, and shares the rate limit.")
        if not are_valid and self._last_failure and str(self._last_failure) != str(self._failure):
            self._failure = self._last_failure
            logger.warning("%s.", self.problem)
