"""Prompts over HTTP: who has them, and how completions are recorded and cancelled."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp.types import PromptReference

from sandbox.serving import Sandbox
from server.http.settings import HttpSettings
from server.prompts.catalogue import BY_NAME
from tests.conftest import settings_for
from tests.server.http.served import Peer, Process, Vendor, ask, request, served
from tests.server.http.test_access import legacy
from tests.server.http.test_accounts import ALICE, ALICES, BOB, BOBS
from tests.server.http.test_cancellation import REQUEST_CANCELLED

pytestmark = pytest.mark.anyio
SERVICE = {"name": "service", "value": ""}
TRIAGE = PromptReference(name="triage")


@pytest.fixture
def accounts_file(tmp_path: Path) -> str:
    """Alice may call every tool; Bob only list_attachments."""
    file = tmp_path / "accounts.toml"
    file.write_text(ALICES + BOBS, encoding="utf-8")
    return str(file)


@pytest.fixture
def port(sandbox: Sandbox, accounts_file: str) -> Iterator[int]:
    with served(settings_for(sandbox), HttpSettings(accounts_file=accounts_file)) as port:
        yield port


@asynccontextmanager
async def client_of(token: str, port: int, mode: Any) -> AsyncIterator[Client]:
    url = f"http://127.0.0.1:{port}/mcp"
    async with (
        httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as http,
        Client(streamable_http_client(url, http_client=http), mode=mode) as client,
    ):
        yield client


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_an_account_that_may_list_incidents_has_prompts(mode: str, port: int) -> None:
    async with client_of(ALICE, port, mode) as client:
        assert client.server_capabilities.prompts
        assert client.server_capabilities.completions
        assert [prompt.name for prompt in (await client.list_prompts()).prompts] == [*BY_NAME]
        assert (await client.get_prompt("triage", {"service": "search"})).messages
        assert (await client.complete(TRIAGE, SERVICE)).completion.values


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_an_account_that_may_not_has_neither_prompts_nor_completions(
    mode: str, port: int
) -> None:
    async with client_of(BOB, port, mode) as client:
        assert client.server_capabilities.tools
        assert client.server_capabilities.prompts is None
        assert client.server_capabilities.completions is None
        assert (await client.list_prompts()).prompts == []
        with pytest.raises(MCPError, match="Unknown prompt: triage") as raised:
            await client.get_prompt("triage", {})
        assert raised.value.code == -32602
        assert (await client.complete(TRIAGE, SERVICE)).completion.values == []


def completion(id_: int, token: str, prompt: str = "triage") -> bytes:
    params = {
        "ref": {"type": "ref/prompt", "name": prompt},
        "argument": {"name": "service", "value": "grace@example.com"},
    }
    message = {"jsonrpc": "2.0", "id": id_, "method": "completion/complete", "params": params}
    return legacy(json.dumps(message), Authorization=f"Bearer {token}")


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with Vendor() as vendor:
        yield vendor


@pytest.fixture
def process(vendor: Vendor, accounts_file: str) -> Iterator[Process]:
    environ = {**vendor.environ, "INCIDENT_DESK_HTTP_ACCOUNTS_FILE": accounts_file}
    with Process(**environ) as process:
        yield process


async def test_a_completion_is_recorded_like_a_call_without_what_was_typed(
    vendor: Vendor, process: Process
) -> None:
    with Peer(process.port) as peer:
        peer.send(completion(1, ALICE))
        vendor.request()
        vendor.answer()
        assert peer.event()["result"]["completion"] == {"values": []}
    line = process.audit_line()
    assert (line["caller"], line["tool"], line["outcome"]) == (
        "alice",
        "completion/complete",
        "ok",
    )
    assert line["arguments"] == {"prompt": "triage", "argument": "service", "value": "*"}
    with Peer(process.port) as peer:
        peer.send(completion(2, BOB, prompt="ada@example.com"))
        assert peer.event()["result"]["completion"] == {"values": []}
    line = process.audit_line()
    assert (line["caller"], line["outcome"]) == ("bob", "not_allowed")
    assert line["arguments"] == {"prompt": "*", "argument": "service", "value": "*"}
    headers = {"Authorization": f"Bearer {ALICE}"}
    _, _, metrics = ask(process.port, request("", method="GET", path="/metrics", **headers))
    for outcome in ("ok", "not_allowed"):
        name = f'incident_desk_calls_total{{outcome="{outcome}",tool="completion/complete"}}'
        assert f"{name} 1.0" in metrics


@pytest.mark.slow
async def test_a_notification_ends_a_completion(vendor: Vendor, process: Process) -> None:
    params = {"requestId": 7}
    message = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params}
    with Peer(process.port) as peer, Peer(process.port) as other:
        peer.send(completion(7, ALICE))
        vendor.request()
        other.send(legacy(json.dumps(message), Authorization=f"Bearer {ALICE}"))
        assert vendor.was_left()
        assert peer.event()["error"]["code"] == REQUEST_CANCELLED
    assert process.audit_line()["outcome"] == "cancelled"


@pytest.mark.slow
async def test_a_tool_with_the_name_of_the_method_is_an_unknown_tool(process: Process) -> None:
    params = {"name": "completion/complete", "arguments": {"prompt": "triage"}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    with Peer(process.port) as peer:
        peer.send(legacy(json.dumps(message), Authorization=f"Bearer {ALICE}"))
        assert peer.event()["error"]["message"] == "Unknown tool: completion/complete"
    line = process.audit_line()
    assert (line["tool"], line["arguments"]) == ("*", {"(unknown)": 1})
