"""What operators can monitor: audit log, metrics, health, spans."""

import asyncio
import json
import re
from dataclasses import replace

import anyio
import pytest
from mcp import Client
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.requests import Request

from sandbox.serving import Sandbox
from server.http.audit_log import AuditLog
from server.http.call import Call
from server.http.copies_settings import CopiesSettings
from server.http.health import Readiness
from server.http.principal import Principal
from server.http.settings import HttpSettings
from server.http.tracing import VendorSpans
from server.settings import Settings
from tests.conftest import settings_for
from tests.pages import between
from tests.server.http.served import Peer, Vendor, ask, call, request, served
from tools.connection import Attempt
from tools.errors import Forbidden, ToolError, Unauthorized, Unavailable
from tools.limits import Limits

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
    ("arguments", "redacted"),
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
        ({"ada@example.com": 1, "+441632": 2, "private": None}, {"(unknown)": 2}),
    ],
)
def test_the_audit_log_has_only_values_that_the_schema_enumerates(
    arguments: dict[str, object], redacted: dict[str, object]
) -> None:
    lines: list[bytes] = []
    AuditLog({"list_incidents": SCHEMA}, lines.append).record(
        Principal("ada"), Call("list_incidents", arguments, is_allowed=True), "ok", 0.0125
    )
    line = json.loads(lines[0])
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "caller": "ada",
        "source": "account",
        "tool": "list_incidents",
        "arguments": redacted,
        "outcome": "ok",
        "ms": 12,
    }


def test_the_audit_log_distinguishes_an_account_from_an_oauth_subject_of_the_same_name() -> None:
    written: list[bytes] = []
    audit_log = AuditLog({}, written.append)
    for principal in (Principal("ada"), Principal("ada", source="oauth")):
        audit_log.record(principal, Call("list_incidents", {}, is_allowed=True), "ok", 0)
    lines = [json.loads(line) for line in written]
    assert [(line["caller"], line["source"]) for line in lines] == [
        ("ada", "account"),
        ("ada", "oauth"),
    ]


def test_an_unknown_tool_is_not_named_in_the_audit_log() -> None:
    lines: list[bytes] = []
    AuditLog({}, lines.append).record(
        Principal("ada"),
        Call('grace@example.com"\n', {"a": 1}, is_allowed=True),
        "protocol_error",
        0,
    )
    assert json.loads(lines[0])["tool"] == "*"
    assert lines[0].count(b"\n") == 1


@pytest.mark.anyio
async def test_metrics_count_calls_errors_vendor_requests_and_refusals(sandbox: Sandbox) -> None:
    settings = replace(settings_for(sandbox, fault="status:503"), limits=Limits(backoff_s=0.01))
    with served(settings) as port:
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
        "incident_desk_vendor_seconds_count"
        '{key="service",outcome="unavailable",vendor="rootly"} 3.0',
        'incident_desk_vendor_retries_total{key="service",vendor="rootly"} 2.0',
        'incident_desk_budget_wait_seconds_count{key="service",vendor="rootly"} 3.0',
        'incident_desk_refused_requests_total{reason="wrong_host",status="421"} 1.0',
        'incident_desk_refused_requests_total{reason="invalid_http",status="400"} 1.0',
    ):
        assert line in numbers


def test_the_metrics_are_those_of_the_documentation(sandbox: Sandbox) -> None:
    redis_that_is_down = CopiesSettings(redis_url="redis://127.0.0.1:1", copies=2)
    with served(settings_for(sandbox), HttpSettings(copies=redis_that_is_down)) as port:
        _, _, numbers = ask(port, request("", method="GET", path="/metrics"))
    # The client library adds when each counter was created.
    names = re.findall(r"^# HELP incident_desk_(\w+)(?<!_created) ", numbers, re.MULTILINE)
    table = between("<!-- metrics -->", "<!-- /metrics -->")
    documented = " ".join(re.findall(r"^\| (`.*?) \|", table, re.MULTILINE))
    assert sorted(re.findall(r"`(\w+)`", documented)) == sorted(names)


HEALTH = request("", method="GET", path="/healthz")
READY = request("", method="GET", path="/readyz")


def test_a_server_that_reaches_its_vendors_is_ready(sandbox: Sandbox) -> None:
    with served(settings_for(sandbox)) as port:
        assert ask(port, READY)[::2] == (200, '{"status":"ready"}')


@pytest.mark.slow
def test_a_server_that_cannot_reach_a_vendor_is_alive_and_not_ready(sandbox: Sandbox) -> None:
    settings = settings_for(sandbox)
    urls = {**settings.urls, "rootly": "http://127.0.0.1:9"}
    with served(Settings(keys=settings.keys, urls=urls)) as port:
        for _ in range(2):
            status, _, said = ask(port, READY)
            reason = json.loads(said)["reason"]
            assert status == 503
            assert reason == "no recent answer from rootly: 127.0.0.1:9 refuses connections"
        assert ask(port, HEALTH)[0] == 200


@pytest.mark.parametrize(
    ("variable", "value"), [("HTTPS_PROXY", "ftp://proxy.invalid"), ("SSL_CERT_FILE", "/missing")]
)
def test_a_server_with_a_wrong_setting_is_not_ready_and_names_it(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    settings = Settings(keys={"rootly": "key"}, urls={"rootly": "https://vendor.invalid"})
    with served(settings) as port:
        status, _, said = ask(port, READY)
    assert status == 503
    assert json.loads(said)["reason"].startswith(f"no recent answer from rootly: {variable} ")


def test_a_server_without_a_key_is_alive_and_not_ready() -> None:
    with served(Settings()) as port:
        assert ask(port, READY)[0] == 503
        assert ask(port, HEALTH)[0] == 200


def test_concurrent_readiness_checks_share_one_probe_even_if_the_first_client_leaves() -> None:
    with Vendor() as vendor, served(vendor.settings) as port:
        with Peer(port) as first, Peer(port) as second, Peer(port) as third:
            first.send(READY)
            head = vendor.request()
            second.send(READY)
            third.send(READY)
            # Once this is answered, the server has received the two requests before it.
            assert ask(port, HEALTH)[0] == 200
            first.socket.close()
            vendor.answer()
            assert second.status() == third.status() == 200
        assert head.startswith("GET /v1/incidents?page%5Bsize%5D=1&")
        assert "Bearer key-of-rootly" in head


@pytest.mark.slow
def test_a_readiness_check_is_answered_even_if_the_vendor_never_answers() -> None:
    with Vendor() as vendor, served(vendor.settings) as port, Peer(port) as peer:
        assert peer.send(READY).status() == 503


EXCLUDING = request("", method="GET", path="/readyz?exclude=vendors")


def test_readiness_without_the_vendors_asks_none_of_them() -> None:
    with Vendor() as vendor, served(vendor.settings) as port:
        assert ask(port, EXCLUDING)[::2] == (200, '{"status":"ready"}')
        with Peer(port) as peer:
            peer.send(READY)
            vendor.request()
            vendor.answer("401 Unauthorized")
            assert peer.status() == 503
        assert ask(port, EXCLUDING)[0] == 200


def test_readiness_without_the_vendors_needs_a_key() -> None:
    with served(Settings(keys={}, urls={})) as port:
        assert ask(port, EXCLUDING)[0] == 503


@pytest.mark.parametrize("query", ["exclude=vendor", "exclude=vendors&exclude=redis", "exclude="])
def test_readiness_refuses_to_exclude_what_it_does_not_know(query: str, sandbox: Sandbox) -> None:
    with served(settings_for(sandbox)) as port:
        status, _, body = ask(port, request("", method="GET", path=f"/readyz?{query}"))
        assert (status, json.loads(body)["error"]["code"]) == (400, "wrong_exclude")


@pytest.mark.parametrize("status", [401, 403])
def test_a_server_whose_key_is_refused_is_not_ready_and_names_the_vendor(
    status: int, sandbox: Sandbox
) -> None:
    with served(settings_for(sandbox, fault=f"status:{status}")) as port:
        for _ in range(2):
            answered, _, body = ask(port, READY)
            reason = "rootly refuses the service's key; incident_io refuses the service's key"
            assert (answered, json.loads(body)["reason"]) == (503, reason)


def test_a_call_whose_key_is_refused_makes_the_server_unready_until_one_succeeds() -> None:
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
        # The last probe was a moment ago, so there is no new one.
        assert status_after(READY) == 503
        assert status_after(call({"view": "table"}), "200 OK") == 200
        assert status_after(READY) == 200


class Vendors:
    """A clock, and a vendor for `Readiness` whose probes end with `failure`, if there is one."""

    def __init__(self) -> None:
        self.now = 0.0
        self.failure: ToolError | None = None
        self.probes = 0
        self.probe_started = anyio.Event()
        self.may_answer = anyio.Event()
        self.may_answer.set()
        self.readiness = Readiness(["rootly"], self.probe, clock=lambda: self.now)

    async def probe(self, vendor: str) -> None:
        self.probes += 1
        self.probe_started.set()
        await self.may_answer.wait()
        self.record(self.failure.code if self.failure else "ok")
        if self.failure:
            raise self.failure

    def record(self, outcome: str) -> None:
        self.readiness.record_attempt(
            Attempt("rootly", "service", number=0, waited_s=0, took_s=0, outcome=outcome)
        )

    async def status(self) -> int:
        request = Request({"type": "http", "query_string": b""})
        return (await self.readiness.respond(request)).status_code


@pytest.mark.anyio
@pytest.mark.parametrize("failure", [Unauthorized("no"), Forbidden("no"), Unavailable("no")])
async def test_an_unready_server_probes_again_after_a_while_and_becomes_ready(
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
async def test_a_forbidden_call_does_not_make_the_server_unready_while_a_probe_succeeds() -> None:
    vendors = Vendors()
    vendors.record("ok")
    vendors.record("forbidden")
    assert await vendors.status() == 200
    assert vendors.probes == 1
    vendors.record("forbidden")
    vendors.failure = Forbidden("no")
    assert await vendors.status() == 200
    vendors.now = 11
    assert await vendors.status() == 503
    assert vendors.probes == 2


@pytest.mark.anyio
async def test_a_probe_goes_on_for_others_when_the_request_that_started_it_is_cancelled() -> None:
    vendors = Vendors()
    vendors.may_answer = anyio.Event()
    first = asyncio.create_task(vendors.status())
    await vendors.probe_started.wait()
    second = asyncio.create_task(vendors.status())
    first.cancel()
    await asyncio.wait([first])
    vendors.may_answer.set()
    assert await second == 200
    assert vendors.probes == 1


@pytest.mark.anyio
async def test_a_vendor_is_not_probed_while_calls_are_answered() -> None:
    vendors = Vendors()
    vendors.record("rate_limited")
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
        VendorSpans(tracer).record_attempt(
            Attempt("rootly", "service", number=1, waited_s=0.5, took_s=2, outcome="unavailable")
        )
    span, _ = spans.get_finished_spans()
    assert span.name == "GET rootly"
    assert span.parent and span.parent.span_id == call.get_span_context().span_id  # noqa: PT018
    assert span.attributes and span.attributes["error.type"] == "unavailable"  # noqa: PT018
    assert span.end_time and span.start_time and span.end_time - span.start_time == 2_000_000_000  # noqa: PT018
    provider.shutdown()
