"""Three copies behind a real proxy, while copies and Redis go and come back."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count, cycle
from pathlib import Path
from typing import Any

import anyio
import httpx
import httpx2
import pytest
from anyio import to_thread
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

from evals.arrivals import largest_burst
from sandbox.serving import Sandbox
from server.http.accounts.verifier import new_account
from server.settings import KEYS, URLS
from tests.recording_vendor import RecordingVendor
from tests.redis_server import RedisServer, running
from tests.server.http.issuer import Issuer, issuing
from tests.server.http.proxies import DEPLOYED, Proxied, proxied
from tests.server.http.served import META, MODERN, Process, Vendor
from tests.server.http.test_accounts import FAR
from tests.server.http.test_oauth import SCOPE, token
from tests.tcp_server import closed_port

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

SECONDS = float(os.environ.get("COPIES_SECONDS", "60"))
"""How long the copies are disturbed. The variable makes it longer."""
COPIES = 3
CLIENTS = 64
WALKERS = 2
REAL_CLIENTS = 4
PER_MINUTE = 3_000
NOTICE_S = 1
"""Caddy asks twice a second whether a copy is there."""
ACCOUNTS = [new_account(f"account-{number}", FAR, []) for number in range(8)]
UNLIMITED = {
    "INCIDENT_DESK_HTTP_CALLS_PER_MINUTE": "1000000",
    "INCIDENT_DESK_HTTP_MAX_CALLS_PER_CALLER": "1000",
}


class Copies:
    """Three processes that are started again on the same port."""

    def __init__(self, environ: dict[str, str]) -> None:
        self._environ = environ
        self.ports = [closed_port() for _ in range(COPIES)]
        self._processes = [self._start(port) for port in self.ports]

    def _start(self, port: int) -> Process:
        return Process("--port", str(port), stdout=subprocess.DEVNULL, **self._environ)

    def signal(self, number: int, signal_: int) -> None:
        self._processes[number].signal(signal_)

    def restart(self, number: int) -> None:
        """Wait until the copy has ended, and start it again."""
        _, log = self._processes[number].stopped()
        assert "Traceback" not in log, log
        self._processes[number] = self._start(self.ports[number])

    def close(self) -> None:
        for process in self._processes:
            process.ask_to_stop()
        for process in self._processes:
            process.stopped()


@dataclass
class Loss:
    """A call without an answer, and when it began and ended."""

    began: float
    ended: float
    reason: str


@dataclass
class Run:
    """What clients of *proxy* get until `until`. `kills` are the times of each SIGKILL."""

    proxy: Proxied
    tokens: list[str]
    until: float
    answered: int = 0
    walks: int = 0
    wrong: list[str] = field(default_factory=list[str])
    losses: list[Loss] = field(default_factory=list[Loss])
    kills: list[float] = field(default_factory=list[float])

    def is_over(self) -> bool:
        return time.monotonic() > self.until

    def unexplained_losses(self) -> list[Loss]:
        """The losses of calls that neither a killed copy nor Caddy's time to notice explains."""
        return [
            loss
            for loss in self.losses
            if not any(loss.began <= kill + NOTICE_S and kill <= loss.ended for kill in self.kills)
        ]


def question(external_id: str) -> dict[str, Any]:
    return {"resource_type": "pager_duty_incident", "external_id": external_id}


def check(run: Run, external_id: str, result: dict[str, Any]) -> None:
    """Check that the result is the one attachment that this question has."""
    rows = result.get("attachments", [])
    if [row["id"] for row in rows] == [f"attachment-{external_id}"]:
        run.answered += 1
    else:
        run.wrong.append(f"{external_id} got {result}")


@asynccontextmanager
async def recording_loss(run: Run) -> AsyncIterator[None]:
    began = time.monotonic()
    try:
        yield
    except* (httpx.HTTPError, httpx2.HTTPError, MCPError) as errors:
        run.losses.append(Loss(began, time.monotonic(), repr(errors)))


async def ask_plainly(run: Run, number: int) -> None:
    """A client that speaks HTTP. Each second one is of the handshake era."""
    authorization = f"Bearer {run.tokens[number % len(run.tokens)]}"
    is_stateless = number % 2 == 0
    async with http_client(run) as http:
        for turn in count():
            if run.is_over():
                return
            external_id = f"known-{number}-{turn}"
            async with recording_loss(run):
                call = tool_call("list_attachments", question(external_id), is_stateless)
                call["headers"]["Authorization"] = authorization
                check(run, external_id, await structured(http, run, call))


def http_client(run: Run) -> httpx.AsyncClient:
    return httpx.AsyncClient(verify=run.proxy.tls, timeout=60, trust_env=False)


def tool_call(tool: str, arguments: dict[str, Any], is_stateless: bool) -> dict[str, Any]:
    headers = {"Accept": "application/json, text/event-stream"}
    params: dict[str, Any] = {"name": tool, "arguments": arguments}
    if is_stateless:
        headers |= {"MCP-Protocol-Version": MODERN, "Mcp-Method": "tools/call", "Mcp-Name": tool}
        params["_meta"] = META
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    return {"json": body, "headers": headers}


async def structured(http: httpx.AsyncClient, run: Run, call: dict[str, Any]) -> dict[str, Any]:
    answer = await http.post(run.proxy.url, **call)
    answer.raise_for_status()
    text = answer.text.partition("data: {")
    message = httpx.Response(200, text=f"{{{text[2]}" if text[1] else answer.text).json()
    result: dict[str, Any] = message["result"]
    # Without structured content, it is an error, which no question here has.
    facts: dict[str, Any] = result.get("structuredContent", result)
    return facts


async def ask_with_sdk(run: Run, number: int) -> None:
    """A client of the official SDK, in either era."""
    mode: Any = ("auto", "legacy")[number % 2]
    token = run.tokens[number % len(run.tokens)]
    for turn in count():
        if run.is_over():
            return
        external_id = f"known-sdk-{number}-{turn}"
        async with recording_loss(run), sdk_client(run.proxy, token, mode) as client:
            result = await client.call_tool("list_attachments", question(external_id))
            check(run, external_id, result.structured_content or {})


@asynccontextmanager
async def sdk_client(proxy: Proxied, token: str, mode: Any) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(verify=proxy.tls, headers=headers, timeout=60) as http,
        Client(streamable_http_client(proxy.url, http_client=http), mode=mode) as client,
    ):
        yield client


async def walk(run: Run, number: int) -> None:
    """Read all incidents page by page. Each page is asked for by another caller."""
    async with http_client(run) as http:
        while not run.is_over():
            ids, total = await read_all(run, http, is_stateless=number % 2 == 0)
            if len(ids) != total or len({*ids}) != total:
                run.wrong.append(f"a walk of {total} incidents got {ids}")
            run.walks += 1


async def read_all(
    run: Run, http: httpx.AsyncClient, *, is_stateless: bool
) -> tuple[list[int], int]:
    ids: list[int] = []
    total = 0
    position: dict[str, Any] = {}
    for bearer in cycle(run.tokens):
        page: dict[str, Any] = {}
        async with recording_loss(run):
            arguments = {"page_size": 40, "fields": ["sequential_id"], **position}
            call = tool_call("list_incidents", arguments, is_stateless)
            call["headers"]["Authorization"] = f"Bearer {bearer}"
            page = await structured(http, run, call)
        if not page:
            continue
        if "incidents" not in page:
            run.wrong.append(f"a walk got {page}")
            break
        ids += [row["sequential_id"] for row in page["incidents"]]
        total = page.get("total", total)
        position = page.get("next", {})
        if not position:
            break
    return ids, total


async def disturb(run: Run, copies: Copies, redis: RedisServer) -> None:
    """One thing after the other happens to one copy after the other, and to Redis."""
    signals = cycle([signal.SIGKILL, signal.SIGHUP, signal.SIGTERM])
    for number in count():
        copy = number // 3 % COPIES
        signal_ = next(signals)
        if run.is_over():
            return
        if signal_ == signal.SIGKILL:
            run.kills.append(time.monotonic())
        copies.signal(copy, signal_)
        if signal_ != signal.SIGHUP:
            await to_thread.run_sync(copies.restart, copy)
        await to_thread.run_sync((redis.kill, redis.start)[number % 2])
        await anyio.sleep(0.5)


PROXIES = pytest.mark.parametrize("name", DEPLOYED)


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as issuer:
        yield issuer


@pytest.fixture
def environ(sandbox: Sandbox, issuer: Issuer, tmp_path: Path) -> dict[str, str]:
    accounts = tmp_path / "accounts.toml"
    accounts.write_text("".join(table for _, table in ACCOUNTS), encoding="utf-8")
    issuer.audience = "https://localhost/mcp"
    return {
        URLS["rootly"]: sandbox.url("rootly"),
        KEYS["rootly"]: "key",
        "INCIDENT_DESK_REQUESTS_PER_MINUTE": str(PER_MINUTE),
        "INCIDENT_DESK_HTTP_ACCOUNTS_FILE": str(accounts),
        "INCIDENT_DESK_HTTP_OAUTH_ISSUER": issuer.url,
        "INCIDENT_DESK_HTTP_OAUTH_JWKS_URL": f"{issuer.url}/jwks",
        "INCIDENT_DESK_HTTP_OAUTH_RESOURCE": issuer.audience,
        "INCIDENT_DESK_HTTP_OAUTH_SCOPES": SCOPE,
        "INCIDENT_DESK_HTTP_DRAIN_S": "2",
        **UNLIMITED,
    }


@contextmanager
def deployed(name: str, folder: Path, environ: dict[str, str]) -> Iterator[tuple[Copies, Proxied]]:
    """Three copies behind the proxy of this name."""
    if shutil.which(DEPLOYED[name].program) is None:
        pytest.skip(f"{name} is not installed")
    copies = Copies(environ)
    try:
        with proxied(DEPLOYED[name], copies.ports, folder) as proxy:
            yield copies, proxy
    finally:
        copies.close()


@PROXIES
async def test_no_answer_is_wrong_and_no_call_is_lost(
    name: str, environ: dict[str, str], issuer: Issuer, tmp_path: Path
) -> None:
    """Only Caddy loses calls, and only those on a copy that was killed just now."""
    tokens = [*(token for token, _ in ACCOUNTS), token(issuer)]
    with RecordingVendor() as vendor, running(tmp_path) as redis:
        environ |= vendor.environ
        environ |= {"INCIDENT_DESK_REDIS_URL": redis.url(), "INCIDENT_DESK_COPIES": str(COPIES)}
        with deployed(name, tmp_path, environ) as (copies, proxy):
            run = Run(proxy, tokens, time.monotonic() + SECONDS)
            kinds = [partial(walk, run)] * WALKERS + [partial(ask_with_sdk, run)] * REAL_CLIENTS
            kinds += [partial(ask_plainly, run)] * (CLIENTS - len(kinds))
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(disturb, run, copies, redis)
                for number, kind in enumerate(kinds):
                    tasks.start_soon(kind, number)
        arrivals = vendor.arrivals()
    assert run.wrong == []
    assert (run.losses if name == "nginx" else run.unexplained_losses()) == []
    assert len(run.kills) > 1
    assert run.walks > 0
    assert run.answered > SECONDS * 10
    # 99.5 % of the rate for 60 s, and the requests of 1.5 s at once, are 102 %.
    assert largest_burst(arrivals, PER_MINUTE / 60 * 0.995) <= PER_MINUTE / 60 * 1.5


@PROXIES
async def test_clients_can_cancel_calls_and_get_their_progress(
    name: str, environ: dict[str, str], tmp_path: Path
) -> None:
    """In the handshake era, a notification of the client has to reach the copy with its call."""
    environ |= {"INCIDENT_DESK_HTTP_DRAIN_S": "0"}
    with Vendor() as vendor:
        incident_io = {URLS["incident_io"]: vendor.environ[URLS["rootly"]]}
        environ |= incident_io | {KEYS["incident_io"]: "key"}
        with deployed(name, tmp_path, environ) as (_, proxy):
            for mode in ("auto", "legacy"):
                for bearer, _ in ACCOUNTS[:3]:
                    async with sdk_client(proxy, bearer, mode) as client:
                        await check_cancellation(client, vendor)
                        await check_progress(client)


async def check_cancellation(client: Client, vendor: Vendor) -> None:
    async with anyio.create_task_group() as calling:
        calling.start_soon(client.call_tool, "list_attachments", question("P1"))
        while "external_id=P1" not in await to_thread.run_sync(vendor.request):
            vendor.answer()  # A probe of readiness.
        calling.cancel_scope.cancel()
    assert await to_thread.run_sync(vendor.was_left)


async def check_progress(client: Client) -> None:
    reports: list[float] = []

    async def on_progress(progress: float, total: float | None, message: str | None) -> None:
        reports.append(progress)

    result = await client.call_tool(
        "list_incidents", {"group_by": "kind"}, progress_callback=on_progress
    )
    assert not result.is_error
    assert len(reports) > 1
