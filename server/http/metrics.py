"""Metrics in Prometheus's format."""

import os
from collections.abc import Container, Iterator, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample
from starlette.requests import Request
from starlette.responses import Response

from server.connections import RETIRED
from server.http.key_ring import KeyRing
from server.http.refusal import Refusal
from tools.connection import Attempt

MULTIPROCESS_DIR = "PROMETHEUS_MULTIPROC_DIR"
"""prometheus-client's variable for the directory where several processes write their metrics.

A process must have it before it imports prometheus-client.
"""
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120)
_BYTES = (500, 1_000, 2_500, 5_000, 10_000, 20_000, 40_000, 80_000, 160_000)


class _SeriesOfKeys(Collector):
    """The metrics of *registry* without the series of keys that nobody has any more.

    *series* are the vendors and short names of the keys in use. The other series cannot be removed
    from the registry if several processes write metrics.
    """

    def __init__(self, registry: CollectorRegistry, series: Container[tuple[str, str]]) -> None:
        self._registry = registry
        self._series = series

    def collect(self) -> Iterator[Metric]:
        for metric in self._registry.collect():
            metric.samples = [sample for sample in metric.samples if self._is_in_use(sample)]
            yield metric

    def _is_in_use(self, sample: Sample) -> bool:
        key = sample.labels.get("key", RETIRED)
        return key == RETIRED or (sample.labels["vendor"], key) in self._series


class Metrics:
    """The metrics of one process. A client cannot add values to a label.

    The series of keys that are not in *key_ring* any more are not shown.
    """

    def __init__(self, key_ring: KeyRing) -> None:
        self._key_ring = key_ring
        self.registry = CollectorRegistry()
        self._calls = self._counter(
            "incident_desk_calls",
            "Calls of tools and completions, by error code or ok.",
            ("tool", "outcome"),
        )
        self._call_s = self._histogram("incident_desk_call_seconds", "Time of a call.", ("tool",))
        self._result_bytes = self._histogram(
            "incident_desk_result_bytes", "Size of a result's text.", ("tool",), _BYTES
        )
        self._vendor_s = self._histogram(
            "incident_desk_vendor_seconds",
            "Time of a request to a vendor, by error code or ok.",
            ("vendor", "key", "outcome"),
        )
        self._retries = self._counter(
            "incident_desk_vendor_retries",
            "Requests to a vendor that were sent again.",
            ("vendor", "key"),
        )
        self._waited_s = self._histogram(
            "incident_desk_budget_wait_seconds",
            "Time that a request waited for its turn in the vendor's budget.",
            ("vendor", "key"),
        )
        # All processes use the same keys, so the last answer that any of them got is right.
        self._key_refused = Gauge(
            "incident_desk_vendor_key_refused",
            "1 while the vendor refuses the key, otherwise 0.",
            ("vendor", "key"),
            multiprocess_mode="mostrecent",
            registry=self.registry,
        )
        self._shared = self._counter(
            "incident_desk_shared_requests",
            "Requests to a vendor that the answer to another call's request made unnecessary.",
            ("vendor", "key", "source"),
        )
        self._refused = self._counter(
            "incident_desk_refused_requests",
            "HTTP requests that were refused.",
            ("status", "reason"),
        )
        self.audit_lines_lost = self._counter(
            "incident_desk_audit_lines_lost", "Lines of the audit log that could not be written."
        )
        self.log_lines_lost = self._counter(
            "incident_desk_log_lines_lost", "Lines of the log on stderr that could not be written."
        )
        self.draining = Gauge(
            "incident_desk_draining",
            "1 while this process is stopping and still accepts requests.",
            registry=self.registry,
            multiprocess_mode="max",
        )

    def _counter(self, name: str, help_text: str, labels: Sequence[str] = ()) -> Counter:
        return Counter(name, help_text, labels, registry=self.registry)

    def _histogram(
        self,
        name: str,
        help_text: str,
        labels: Sequence[str],
        buckets: Sequence[float] = _SECONDS,
    ) -> Histogram:
        return Histogram(name, help_text, labels, buckets=buckets, registry=self.registry)

    def record_call(self, tool: str, outcome: str, duration_s: float, result_bytes: int) -> None:
        self._calls.labels(tool, outcome).inc()
        self._call_s.labels(tool).observe(duration_s)
        if result_bytes:
            self._result_bytes.labels(tool).observe(result_bytes)

    def record_attempt(self, attempt: Attempt) -> None:
        vendor, key = attempt.vendor, attempt.key_id
        self._vendor_s.labels(vendor, key, attempt.outcome).observe(attempt.took_s)
        self._waited_s.labels(vendor, key).observe(attempt.waited_s)
        if attempt.number:
            self._retries.labels(vendor, key).inc()

    def record_key(self, vendor: str, key: str, is_refused: bool) -> None:
        """Record whether *vendor* refuses the key with this short name."""
        self._key_refused.labels(vendor, key).set(is_refused)

    def record_reuse(self, vendor: str, key_id: str, source: str) -> None:
        self._shared.labels(vendor, key_id, source).inc()

    def record_refusal(self, refusal: Refusal) -> None:
        self._refused.labels(str(refusal.status), refusal.reason).inc()

    async def respond(self, _: Request) -> Response:
        registry = self.registry
        if MULTIPROCESS_DIR in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        series = _SeriesOfKeys(registry, self._key_ring.series())
        return Response(
            generate_latest(series), media_type="text/plain; version=0.0.4; charset=utf-8"
        )
