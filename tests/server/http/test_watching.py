"""What operators get to see: audit log, metrics, health, spans."""

import asyncio
import json

import anyio
import pytest
from mcp import Client
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.requests import Request

from sandbox.serving import Sandbox
from server.http.audit import Audit
from server.http.callers import Caller
from server.http.health import Readiness
from server.http.tracing import VendorSpans
from server.settings import Settings
from tests.conftest import settings_for
from tests.server.http.served import Peer, Vendor, ask, call, request, served
from tools.connection import Attempt
from tools.errors import Forbidden, ToolError, Unauthorized, Unavailable

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
def test_the_audit_log_has_no_value_that_people_can_make_up(
    given: dict[str, object], told: dict[str, object]
) -> None:
    lines: list[bytes] = []
    Audit({"list_incidents": SCHEMA}, lines.append).write(
        Caller("ada"), "list_incidents", given, "ok", 0.0125
    )
    line = json.loads(lines[0])
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "caller": "ada",
        "source": "account",
        "tool": "list_incidents",
        "arguments": told,
        "outcome": "ok",
        "ms": 12,
    }


def test_the_audit_log_tells_an_account_from_a_subject_of_the_same_name() -> None:
    written: list[bytes] = []
    audit = Audit({}, written.append)
    for caller in (Caller("ada"), Caller("ada", source="oauth")):
        audit.write(caller, "list_incidents", {}, "ok", 0)
    lines = [json.loads(line) for line in written]
    assert [(line["caller"], line["source"]) for line in lines] == [
        ("ada", "account"),
        ("ada", "oauth"),
    ]


def test_an_unknown_tool_is_not_named_in_the_audit_log() -> None:
    lines: list[bytes] = []
    Audit({}, lines.append).write(
        Caller("ada"), 'grace@example.com"\n', {"a": 1}, "protocol_error", 0
    )
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
        ask(port, b"nonsense\r\n\r\n")
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
        'incident_desk_refused_requests_total{reason="invalid_http",status="400"} 1.0',
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


def test_probes_at_once_wait_for_one_answer_even_if_the_first_to_ask_goes_away() -> None:
    with Vendor() as vendor, served(vendor.settings) as port:
        with Peer(port) as first, Peer(port) as second, Peer(port) as third:
            first.send(READY)
            head = vendor.request()
            second.send(READY)
            third.send(READY)
            # When this is answered, the service has the two requests before it, too.
            assert ask(port, HEALTH)[0] == 200
            first.socket.close()
            vendor.answer()
            assert second.status() == third.status() == 200
        assert head.startswith("GET /v1/incidents?page%5Bsize%5D=1&")
        assert "Bearer key-of-rootly" in head


@pytest.mark.slow
def test_a_probe_that_a_vendor_does_not_answer_ends_before_its_client_gives_up() -> None:
    with Vendor() as vendor, served(vendor.settings) as port, Peer(port) as peer:
        assert peer.send(READY).status() == 503


@pytest.mark.parametrize("status", [401, 403])
def test_a_service_whose_key_is_refused_is_not_ready_and_names_the_vendor(
    status: int, sandbox: Sandbox
) -> None:
    with served(settings_for(sandbox, fault=f"status:{status}")) as port:
        for _ in range(2):
            answered, _, body = ask(port, READY)
            reason = "rootly refuses the service's key; incident_io refuses the service's key"
            assert (answered, json.loads(body)["reason"]) == (503, reason)


def test_a_call_whose_key_is_refused_makes_the_service_unready_until_one_succeeds() -> None:
    with Vendor() as vendor, served(vendor.settings) as port:

        def status_after(sent: bytes, *answers: str) -> int:
            with Peer(port) as peer:
                peer.send(sent)
                for answer in answers:
                    vendor.request()
                    vendor.answer(answer)
                return peer.status()

        assert status_after(READY, "200 OK") == 200
        assert status_after(call({"view": "table"}), "401 Unauthorized") == 200
        # It was probed a moment ago, so that it is not probed again.
        assert status_after(READY) == 503
        assert status_after(call({"view": "table"}), "200 OK") == 200
        assert status_after(READY) == 200


class Vendors:
    """A vendor for `Readiness` that answers a probe as `failure` says, and a clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.failure: ToolError | None = None
        self.probes = 0
        self.asked = anyio.Event()
        self.may_answer = anyio.Event()
        self.may_answer.set()
        self.readiness = Readiness(["rootly"], self.probe, clock=lambda: self.now)

    async def probe(self, vendor: str) -> None:
        self.probes += 1
        self.asked.set()
        await self.may_answer.wait()
        self.called(self.failure.code if self.failure else "ok")
        if self.failure:
            raise self.failure

    def called(self, outcome: str) -> None:
        self.readiness.attempted(Attempt("rootly", number=0, waited_s=0, took_s=0, outcome=outcome))

    async def status(self) -> int:
        return (await self.readiness.answer(Request({"type": "http"}))).status_code


@pytest.mark.anyio
@pytest.mark.parametrize("failure", [Unauthorized("no"), Forbidden("no"), Unavailable("no")])
async def test_an_unready_service_probes_again_after_a_while_and_becomes_ready(
    failure: ToolError,
) -> None:
    vendors = Vendors()
    vendors.failure = failure
    assert await vendors.status() == 503
    vendors.failure = None
    vendors.now = 10
    assert await vendors.status() == 503
    assert vendors.probes == 1
    vendors.now = 11
    assert await vendors.status() == 200


@pytest.mark.anyio
async def test_a_call_that_is_forbidden_is_no_matter_while_a_probe_succeeds() -> None:
    vendors = Vendors()
    vendors.called("ok")
    vendors.called("forbidden")
    assert await vendors.status() == 200
    assert vendors.probes == 1
    vendors.called("forbidden")
    vendors.failure = Forbidden("no")
    assert await vendors.status() == 200
    vendors.now = 11
    assert await vendors.status() == 503
    assert vendors.probes == 2


@pytest.mark.anyio
async def test_a_probe_goes_on_for_the_others_when_the_request_that_began_it_is_cancelled() -> None:
    vendors = Vendors()
    vendors.may_answer = anyio.Event()
    first = asyncio.create_task(vendors.status())
    await vendors.asked.wait()
    second = asyncio.create_task(vendors.status())
    first.cancel()
    await asyncio.wait([first])
    vendors.may_answer.set()
    assert await second == 200
    assert vendors.probes == 1


@pytest.mark.anyio
async def test_a_vendor_is_not_probed_while_calls_tell() -> None:
    vendors = Vendors()
    vendors.called("rate_limited")
    vendors.now = 60
    assert await vendors.status() == 200
    assert vendors.probes == 0
    vendors.now = 61
    assert await vendors.status() == 200
    assert vendors.probes == 1


def test_a_request_to_a_vendor_is_a_span_under_its_call() -> None:
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    tracer = provider.get_tracer("test")
    with tracer.start_as_current_span("tools/call list_incidents") as call:
        VendorSpans(tracer).attempted(
            Attempt("rootly", number=1, waited_s=0.5, took_s=2, outcome="unavailable")
        )
    span, _ = spans.get_finished_spans()
    assert span.name == "GET rootly"
    assert span.parent and span.parent.span_id == call.get_span_context().span_id  # noqa: PT018
    assert span.attributes and span.attributes["error.type"] == "unavailable"  # noqa: PT018
    assert span.end_time and span.start_time and span.end_time - span.start_time == 2_000_000_000  # noqa: PT018
    provider.shutdown()
