"""What operators get to see: audit log, metrics, health, spans."""

import json
import logging

import pytest
from mcp import Client
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from sandbox.serving import Sandbox
from server.http.audit import Audit
from server.http.callers import Caller
from server.http.tracing import VendorSpans
from server.settings import Settings
from tests.conftest import settings_for
from tests.server.http.served import ask, request, served
from tools.connection import Attempt

SCHEMA = {
    "properties": {
        "status": {"type": "array", "items": {"type": "string", "enum": ["started", "closed"]}},
        "private": {"type": "boolean"},
        "user_id": {"type": "integer"},
        "services": {"type": "array", "items": {"type": "string"}},
        "created_at": {"type": "object", "properties": {"gte": {"type": "string"}}},
    }
}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, {}),
        ({"status": ["started"], "private": True}, {"status": ["started"], "private": True}),
        ({"status": "closed"}, {"status": "closed"}),
        ({"status": ["started", "ada@example.com"]}, {"status": "*"}),
        ({"status": [["started"]], "private": "ada@example.com"}, {"status": "*", "private": "*"}),
        (
            {"user_id": 17, "services": ["ada"], "created_at": {"gte": "ada"}},
            {"user_id": "*", "services": "*", "created_at": "*"},
        ),
        ({"ada@example.com": 1, "+441632": 2, "status": None}, {"status": "*", "(unknown)": 2}),
    ],
)
def test_the_audit_log_has_no_value_that_people_can_make_up(given: dict[str, object], told: dict[str, object]) -> None:
    lines: list[bytes] = []
    Audit({"list_incidents": SCHEMA}, lines.append).write(Caller("ada"), "list_incidents", given, "ok", 0.0125)
    line = json.loads(lines[0])
    assert line.pop("time").endswith("+00:00")
    assert line == {"caller": "ada", "source": "account", "tool": "list_incidents", "arguments": told, "outcome": "ok", "ms": 12}


def test_an_unknown_tool_is_not_named_in_the_audit_log() -> None:
    lines: list[bytes] = []
    Audit({}, lines.append).write(Caller("ada"), 'grace@example.com"\n', {"a": 1}, "protocol_error", 0)
    assert json.loads(lines[0])["tool"] == "*"
    assert lines[0].count(b"\n") == 1


@pytest.mark.anyio
async def test_metrics_tell_calls_errors_vendors_and_refusals(sandbox: Sandbox) -> None:
    settings = settings_for(sandbox, fault="status:503")
    with served(Settings(**{**vars(settings), "backoff_s": 0.01})) as port:
        async with Client(f"http://127.0.0.1:{port}/mcp") as client:
            for arguments in ({"page_size": 1}, {"page_size": 0}):
                assert (await client.call_tool("list_incidents", arguments)).is_error
            with pytest.raises(Exception, match="Unknown tool"):
                await client.call_tool("ada", {})
        ask(port, request(Host="evil.example"))
        _, _, numbers = ask(port, request("", method="GET", path="/metrics"))
    for line in (
        'incident_desk_calls_total{outcome="unavailable",tool="list_incidents"} 1.0',
        'incident_desk_calls_total{outcome="invalid_arguments",tool="list_incidents"} 1.0',
        'incident_desk_calls_total{outcome="protocol_error",tool="unknown"} 1.0',
        'incident_desk_call_seconds_count{tool="list_incidents"} 2.0',
        'incident_desk_result_bytes_count{tool="list_incidents"} 2.0',
        'incident_desk_vendor_seconds_count{outcome="unavailable",vendor="rootly"} 3.0',
        'incident_desk_vendor_retries_total{vendor="rootly"} 2.0',
        'incident_desk_budget_wait_seconds_count{vendor="rootly"} 3.0',
        'incident_desk_refused_requests_total{reason="wrong_host",status="421"} 1.0',
    ):
        assert line in numbers


HEALTH = request("", method="GET", path="/healthz")
READY = request("", method="GET", path="/readyz")


def test_who_can_reach_the_vendors_is_ready(sandbox: Sandbox) -> None:
    with served(settings_for(sandbox)) as port:
        assert ask(port, READY)[::2] == (200, '{"status":"ready"}')


def test_who_cannot_reach_a_vendor_lives_and_is_not_ready(sandbox: Sandbox) -> None:
    settings = settings_for(sandbox)
    urls = {**settings.urls, "rootly": "http://127.0.0.1:9"}
    with served(Settings(keys=settings.keys, urls=urls)) as port:
        for _ in range(2):
            status, _, said = ask(port, READY)
            assert (status, json.loads(said)["reason"]) == (503, "no answer lately from rootly")
        assert ask(port, HEALTH)[0] == 200


def test_who_has_no_key_lives_and_is_not_ready() -> None:
    with served(Settings()) as port:
        assert ask(port, READY)[0] == 503
        assert ask(port, HEALTH)[0] == 200


def test_a_request_to_a_vendor_is_a_span_under_its_call() -> None:
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    tracer = provider.get_tracer("test")
    with tracer.start_as_current_span("tools/call list_incidents") as call:
        VendorSpans(tracer).attempted(Attempt("rootly", number=1, waited_s=0.5, took_s=2, outcome="unavailable"))
    span, _ = spans.get_finished_spans()
    assert span.name == "GET rootly"
    assert span.parent and span.parent.span_id == call.get_span_context().span_id  # noqa: PT018
    assert span.attributes and span.attributes["error.type"] == "unavailable"  # noqa: PT018
    assert span.end_time and span.start_time and span.end_time - span.start_time == 2_000_000_000  # noqa: PT018
    provider.shutdown()


def test_nothing_is_logged_about_what_the_front_door_refuses(port: int, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        ask(port, request(Host="evil.example"))
        ask(port, request(X_Long="a" * 100_000))
        ask(port, b"\x16\x03\x01\r\n\r\n")
    assert not caplog.records
