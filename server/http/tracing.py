"""OpenTelemetry: creates a span for each request to a vendor, and exports all spans.

The MCP SDK creates a span for each MCP message.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode, Tracer

from server.installation import how_to_install
from server.settings import SettingsError
from tools.connection import Attempt

_ENDPOINT_VARIABLES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def check() -> None:
    """Check that spans can be exported, if an endpoint is set.

    Raises:
        SettingsError: the exporter is not installed.
    """
    if _has_endpoint() and not find_spec("opentelemetry.exporter"):
        raise SettingsError(
            "OTEL_EXPORTER_… is set, and the extra that exports spans is missing. "
            + how_to_install("http,otel")
        )


def _has_endpoint() -> bool:
    return any(os.environ.get(name) for name in _ENDPOINT_VARIABLES)


@contextmanager
def export() -> Iterator[None]:
    """Export spans until the block ends, if an endpoint is set."""
    if not _has_endpoint():
        yield
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    service_name = os.environ.get("OTEL_SERVICE_NAME", "incident-desk")
    provider = TracerProvider(resource=Resource.create({"service.name": service_name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        provider.shutdown()


class VendorSpans:
    """Creates a span for each request to a vendor, as a child of its call's span.

    The span has no address and no parameters of the request.
    """

    def __init__(self, tracer: Tracer | None = None) -> None:
        self._tracer = tracer or trace.get_tracer("incident-desk")

    def record_attempt(self, attempt: Attempt) -> None:
        end = time.time_ns()
        span = self._tracer.start_span(
            f"GET {attempt.vendor}",
            kind=SpanKind.CLIENT,
            start_time=end - int(attempt.took_s * 1e9),
            attributes={
                "http.request.method": "GET",
                "http.request.resend_count": attempt.number,
                "incident_desk.vendor": attempt.vendor,
                "incident_desk.budget_wait_s": attempt.waited_s,
            },
        )
        if attempt.outcome != "ok":
            span.set_attribute("error.type", attempt.outcome)
            span.set_status(StatusCode.ERROR)
        span.end(end)
