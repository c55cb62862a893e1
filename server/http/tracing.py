"""OpenTelemetry: the SDK makes a span for each MCP message; here are those for the requests to vendors, and the way out."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode, Tracer

from server.settings import SettingsError
from tools.connection import Attempt

_NAMES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def check() -> None:
    """Raises: SettingsError: spans should be exported, and cannot."""
    if _wanted() and not find_spec("opentelemetry.exporter"):
        raise SettingsError(
            "Where to export spans is set (OTEL_EXPORTER_…), which needs an extra: pip install 'incident-desk[otel]'."
        )


def _wanted() -> bool:
    return any(os.environ.get(name) for name in _NAMES)


@contextmanager
def exported() -> Iterator[None]:
    """Export spans until the block ends, if OpenTelemetry's own variables say where to."""
    if not _wanted():
        yield
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(
        resource=Resource.create(
            {"service.name": os.environ.get("OTEL_SERVICE_NAME", "incident-desk")}
        )
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        provider.shutdown()


class VendorSpans:
    """A span for each request to a vendor, under the call it was made for. It names no address and no parameter."""

    def __init__(self, tracer: Tracer | None = None) -> None:
        self._tracer = tracer or trace.get_tracer("incident-desk")

    def attempted(self, attempt: Attempt) -> None:
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
