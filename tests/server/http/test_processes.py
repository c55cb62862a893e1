"""The server in processes of its own, as an operator runs it."""

import os
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from mcp import Client

from sandbox.serving import Sandbox
from server.settings import KEYS, URLS
from tests.server.http.served import META, Peer, Process, Vendor, ask, request
from tests.server.http.test_access import legacy
from tests.server.http.test_accounts import ALICE, ALICES
from tests.slow import slow

pytestmark = pytest.mark.anyio
MODES = pytest.mark.parametrize("mode", ["auto", *slow(["legacy"])])


@MODES
@pytest.mark.slow
async def test_a_call_in_flight_is_finished_before_the_server_stops(mode: Any) -> None:
    with Vendor() as vendor, Process(**vendor.environ) as process:
        async with Client(process.url, mode=mode) as client, anyio.create_task_group() as calling:
            # Otherwise the client would ask for the schema later, after the server has stopped.
            await client.list_tools()

            async def stop_meanwhile() -> None:
                await anyio.to_thread.run_sync(vendor.request)
                process.ask_to_stop()
                vendor.answer()

            calling.start_soon(stop_meanwhile)
            result = await client.call_tool("list_incidents", {"view": "table"})
        assert not result.is_error
        assert process.audit_line()["outcome"] == "ok"
        assert process.stopped() == (0, "")


@pytest.mark.slow
@MODES
async def test_a_call_that_its_client_cancels_also_ends_at_the_vendor(mode: Any) -> None:
    with Vendor() as vendor, Process(**vendor.environ) as process:
        async with Client(process.url, mode=mode) as client, anyio.create_task_group() as calling:
            calling.start_soon(client.call_tool, "list_incidents", {})
            head = await anyio.to_thread.run_sync(vendor.request)
            calling.cancel_scope.cancel()
        assert "key-of-rootly" in head
        assert await anyio.to_thread.run_sync(vendor.was_left)
        assert process.audit_line()["outcome"] == "cancelled"


@pytest.mark.slow
@MODES
async def test_a_client_that_asks_for_progress_gets_it(mode: Any, sandbox: Sandbox) -> None:
    reports: list[tuple[float, float | None]] = []

    async def on_progress(progress: float, total: float | None, message: str | None) -> None:
        reports.append((progress, total))

    environ = {URLS["rootly"]: sandbox.url("rootly"), KEYS["rootly"]: "key"}
    with Process(**environ) as process:
        async with Client(process.url, mode=mode) as client:
            result = await client.call_tool(
                "list_incidents", {"group_by": "kind"}, progress_callback=on_progress
            )
    assert result.structured_content
    assert reports[-1] == (400, 400)
    assert result.structured_content["covered"] == {"incidents": 400, "of": 400}


@pytest.mark.slow
@pytest.mark.parametrize("after", [0, 1, 2_000])
async def test_a_client_that_leaves_after_pipelining_is_not_logged(after: int) -> None:
    with Process("--sandbox") as process:
        for _ in range(5):
            with Peer(process.port) as peer:
                peer.send(request() * 50)
                peer.socket.recv(after)
        assert ask(process.port, request())[0] == 200
        process.ask_to_stop()
        assert process.stopped() == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize("method", ["tools/list", "tools/call", "initialize", "nothing"])
async def test_a_request_without_an_id_is_not_logged(method: str) -> None:
    with Process("--sandbox") as process:
        assert ask(process.port, legacy(f'{{"jsonrpc":"2.0","method":"{method}"}}'))[0] == 202
        assert ask(process.port, request())[0] == 200
        process.ask_to_stop()
        assert process.stopped() == (0, "")


@pytest.mark.slow
async def test_a_clients_token_is_not_passed_on_to_a_vendor(
    tmp_path: Path,
) -> None:
    file = tmp_path / "accounts.toml"
    file.write_text(ALICES, encoding="utf-8")
    with (
        Vendor() as vendor,
        Process(**vendor.environ, INCIDENT_DESK_HTTP_ACCOUNTS_FILE=str(file)) as process,
    ):
        async with httpx.AsyncClient() as http, anyio.create_task_group() as calling:
            calling.start_soon(_call, http, process.url, ALICE)
            head = await anyio.to_thread.run_sync(vendor.request)
            vendor.answer()
        assert "Bearer key-of-rootly" in head
        assert ALICE not in head
        assert process.audit_line() | {"time": 0, "ms": 0} == {
            "time": 0,
            "caller": "alice",
            "source": "account",
            "tool": "list_incidents",
            "outcome": "ok",
            "ms": 0,
            "key": "service",
            "arguments": {"view": "table"},
        }
        process.ask_to_stop()
        _, log = process.stopped()
    assert ALICE not in log


async def _call(http: httpx.AsyncClient, url: str, token: str = "nobodys") -> None:
    answer = await http.post(
        url,
        json={
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/call",
            "params": {"name": "list_incidents", "arguments": {"view": "table"}, "_meta": META},
        },
        headers={
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": "2026-07-28",
            "Mcp-Method": "tools/call",
            "Mcp-Name": "list_incidents",
            "Authorization": f"Bearer {token}",
        },
    )
    assert answer.status_code == 200


@pytest.mark.slow
async def test_two_processes_on_a_unix_socket_add_up_their_metrics(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    path = str(tmp_path / "desk.sock")
    environ = {URLS["rootly"]: sandbox.url("rootly"), KEYS["rootly"]: "key"}
    with Process("--socket", path, "--workers", "2", **environ) as process:
        assert process.url == path
        assert os.stat(path).st_mode & 0o777 == 0o660  # noqa: PTH116
        for _ in range(6):
            transport = httpx.AsyncHTTPTransport(uds=path)
            # The first call waits until a process has started, which takes long on a busy machine.
            async with httpx.AsyncClient(transport=transport, timeout=20) as http:
                await _call(http, "http://localhost/mcp")
                numbers = (await http.get("http://localhost/metrics")).text
        assert 'incident_desk_calls_total{outcome="ok",tool="list_incidents"} 6.0' in numbers
        assert (
            'incident_desk_vendor_seconds_count{key="service",outcome="ok",vendor="rootly"}'
            in numbers
        )
        assert "incident_desk_audit_lines_lost_total 0.0" in numbers
        process.ask_to_stop()
        assert process.stopped() == (0, "")
    assert not (tmp_path / "desk.sock").exists()
