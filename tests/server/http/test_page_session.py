"""Clients that show pages, over HTTP: by session in the handshake era, and by their rights."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

from sandbox.serving import Sandbox, serve_store
from sandbox.store import Store
from server.commands.usage import UsageError
from server.http.accounts import file as accounts_file
from server.http.accounts.command import print_account
from server.http.accounts.verifier import new_account
from server.http.settings import HttpSettings
from server.settings import KEYS, URLS, SettingsError
from tests.apps import CAPABILITIES, EXTENSIONS, META, URI
from tests.board.worlds import relate, role
from tests.conftest import NOW, settings_for
from tests.server.http.served import Process, served
from tests.server.http.test_access import INITIALIZE
from tests.server.http.test_accounts import ALICE, ALICES, BOB, BOBS
from tools.catalogue import GRANTABLE
from tools.rootly.board.board import MAX_PAGE_BYTES

EACH_ERA = pytest.mark.parametrize("mode", ["auto", "legacy"])
CAROL, CAROLS = new_account("carol", date(2999, 1, 1), ["list_incidents"])
HEADERS = {
    "Accept": "application/json, text/event-stream",
    "MCP-Protocol-Version": "2025-11-25",
}
ID = "mcp-session-id"
PLAIN = ["list_incidents", "list_attachments"]


@asynccontextmanager
async def client_of(port: int, mode: Any, token: str = "") -> AsyncIterator[Client]:
    """A client that shows pages."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        httpx2.AsyncClient(headers=headers) as http,
        Client(
            streamable_http_client(f"http://127.0.0.1:{port}/mcp", http_client=http),
            mode=mode,
            extensions=EXTENSIONS,
        ) as client,
    ):
        yield client


@pytest.fixture
def port_with_accounts(sandbox: Sandbox, tmp_path: Path) -> Iterator[int]:
    """Alice may call every tool, Bob only list_attachments, and Carol only list_incidents."""
    file = tmp_path / "accounts.toml"
    file.write_text(ALICES + BOBS + CAROLS, encoding="utf-8")
    with served(settings_for(sandbox), HttpSettings(accounts_file=str(file))) as port:
        yield port


def ask(url: str, message: dict[str, Any], **headers: str) -> httpx2.Response:
    """The answer to a request of the handshake era."""
    return httpx2.post(url, json=message, headers={**HEADERS, **headers})


def initialize(url: str, capabilities: dict[str, Any]) -> httpx2.Response:
    message = json.loads(INITIALIZE)
    message["params"]["capabilities"] = capabilities
    return ask(url, message)


def tools(url: str, **headers: str) -> list[str]:
    """The tools that are listed for a request with these headers."""
    answer = ask(url, {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}, **headers)
    assert answer.status_code == 200, answer.text
    [data] = [line[6:] for line in answer.text.splitlines() if line.startswith("data: {")]
    return [tool["name"] for tool in json.loads(data)["result"]["tools"]]


@pytest.mark.anyio
@EACH_ERA
async def test_a_client_that_shows_pages_is_offered_one(port: int, mode: str) -> None:
    async with client_of(port, mode) as client:
        assert client.server_capabilities.resources
        assert [tool.name for tool in (await client.list_tools()).tools] == [*PLAIN, "show_board"]
        assert [resource.uri for resource in (await client.list_resources()).resources] == [URI]
        assert (await client.read_resource(URI)).contents
        result = await client.call_tool("show_board", {})
    assert result.meta
    assert result.meta[META]["answer"]["incidents"]
    assert result.meta[META]["tools"] == [*PLAIN, "show_board"]


def test_only_a_client_that_shows_pages_has_a_session(port: int) -> None:
    url = f"http://127.0.0.1:{port}/mcp"
    assert ID not in initialize(url, {}).headers
    session = initialize(url, CAPABILITIES).headers[ID]
    other_session = initialize(url, CAPABILITIES).headers[ID]
    assert session != other_session
    assert tools(url) == PLAIN
    assert tools(url, **{ID: session}) == [*PLAIN, "show_board"]


@pytest.mark.parametrize("session", ["pages-", "pages-" + "0" * 31, "x" + "0" * 37, "deadbeef"])
def test_a_session_that_the_server_did_not_make_is_not_found(port: int, session: str) -> None:
    url = f"http://127.0.0.1:{port}/mcp"
    answer = ask(url, {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}, **{ID: session})
    assert answer.status_code == 404


def test_a_session_cannot_be_listened_to_and_needs_no_end(port: int) -> None:
    url = f"http://127.0.0.1:{port}/mcp"
    headers = {**HEADERS, ID: initialize(url, CAPABILITIES).headers[ID]}
    assert httpx2.get(url, headers=headers).status_code == 405
    assert httpx2.delete(url, headers=headers).status_code == 405


def test_an_initialize_that_is_refused_starts_no_session(port: int) -> None:
    url = f"http://127.0.0.1:{port}/mcp"
    message = {**json.loads(INITIALIZE), "jsonrpc": "1.0"}
    message["params"]["capabilities"] = CAPABILITIES
    answer = ask(url, message)
    assert answer.status_code == 400
    assert ID not in answer.headers


def test_a_session_holds_in_every_copy(sandbox: Sandbox, port: int) -> None:
    with served(settings_for(sandbox)) as other_port:
        session = initialize(f"http://127.0.0.1:{port}/mcp", CAPABILITIES).headers[ID]
        listed = tools(f"http://127.0.0.1:{other_port}/mcp", **{ID: session})
    assert listed == [*PLAIN, "show_board"]


@pytest.mark.anyio
@EACH_ERA
async def test_an_account_without_list_incidents_has_no_page(
    port_with_accounts: int, mode: str
) -> None:
    async with client_of(port_with_accounts, mode, BOB) as client:
        assert client.server_capabilities.resources is None
        assert client.server_capabilities.extensions is None
        assert "show_board" not in (client.instructions or "")
        assert [tool.name for tool in (await client.list_tools()).tools] == ["list_attachments"]
        with pytest.raises(MCPError, match="Unknown tool: show_board"):
            await client.call_tool("show_board", {})
        for read in (client.list_resources, client.list_resource_templates):
            with pytest.raises(MCPError, match="Method not found"):
                await read()
        with pytest.raises(MCPError, match="Method not found"):
            await client.read_resource(URI)


@pytest.mark.anyio
@EACH_ERA
async def test_an_account_with_list_incidents_has_the_page_without_another_right(
    port_with_accounts: int, mode: str
) -> None:
    async with client_of(port_with_accounts, mode, CAROL) as client:
        assert (await client.read_resource(URI)).contents
        result = await client.call_tool("show_board", {})
    assert result.meta
    # The page then does not ask for attachments.
    assert result.meta[META]["tools"] == ["list_incidents", "show_board"]
    async with client_of(port_with_accounts, mode, ALICE) as client:
        result = await client.call_tool("show_board", {})
    assert result.meta
    assert result.meta[META]["tools"] == [*PLAIN, "show_board"]


@pytest.mark.slow
def test_the_audit_log_names_the_tool_and_its_enums_only(sandbox: Sandbox) -> None:
    environ = {URLS[vendor]: sandbox.url(vendor) for vendor in URLS}
    environ |= dict.fromkeys(KEYS.values(), "key")
    with Process(**environ) as process:
        session = initialize(process.url, CAPABILITIES).headers[ID]
        params = {"name": "show_board", "arguments": {"group_by": "day", "services": ["secret"]}}
        message = {"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": params}
        ask(process.url, message, **{ID: session})
        line = process.audit_line()
        assert line["tool"] == "show_board"
        assert line["arguments"] == {"group_by": "day", "services": "*"}
        assert line["outcome"] == "ok"
        ask(process.url, message)
        line = process.audit_line()
        assert line["tool"] == "show_board"
        assert line["outcome"] == "protocol_error"


def test_an_account_cannot_be_given_the_page_alone(tmp_path: Path) -> None:
    expected = "show_board comes with list_incidents: name that instead"
    with pytest.raises(UsageError, match=expected):
        print_account("dave", days=1, tools="list_incidents,show_board")
    _, table = new_account("dave", date(2999, 1, 1), ["show_board"])
    with pytest.raises(SettingsError, match=expected):
        accounts_file.parse(table, GRANTABLE)


@pytest.fixture
def crowded_port() -> Iterator[int]:
    """A hundred live incidents, each with as many people as may be shown, and long Greek names."""
    store = Store.containing([], NOW)
    people = [f"{letter * 60} {letter * 60}" for letter in "αβγδεζηθικλμνξ"]
    roles = [role(store, "Συντονιστής", person) for person in people]
    for _ in range(100):
        number = store.create_incident({"severity": ["sev1"]}, title="ω" * 300, created_at=NOW)
        relate(store, number, "roles", "incident_role_assignments", roles)
    with serve_store(store) as sandbox, served(settings_for(sandbox)) as port:
        yield port


@pytest.mark.slow
@pytest.mark.anyio
@EACH_ERA
async def test_the_largest_answer_for_a_page_fits_into_an_event(
    crowded_port: int, mode: str
) -> None:
    """The Python client refuses events over 1 MiB."""
    async with client_of(crowded_port, mode) as client:
        result = await client.call_tool("show_board", {})
    assert result.meta
    answer = result.meta[META]["answer"]
    assert 200_000 < len(json.dumps(answer, ensure_ascii=False).encode()) <= MAX_PAGE_BYTES * 1.1
    assert "next" in answer
    assert len(answer["incidents"]) < 100
    assert f"the newest {len(answer['incidents'])} of 100 live incidents" in str(result.content)
