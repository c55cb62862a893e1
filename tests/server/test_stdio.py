"""A real MCP client over a real subprocess, in both protocol eras."""

import json
from typing import Any

import pytest
from mcp import Client, MCPError

from sandbox.serving import Sandbox
from server.settings import KEYS, URLS
from tests.server.stdio_client import start
from tests.slow import slow
from tools.catalogue import PLAIN_TOOLS

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("mode", ["auto", *slow(["legacy"])])]


def environ_for(sandbox: Sandbox, **options: str) -> dict[str, str]:
    urls = {variable: sandbox.url(vendor, **options) for vendor, variable in URLS.items()}
    return {**urls, **dict.fromkeys(KEYS.values(), "key")}


async def answer(client: Client, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    [block] = result.content
    assert block.type == "text"
    content: dict[str, Any] = json.loads(block.text)
    if result.is_error:
        assert content.keys() == {"error"}
    else:
        assert content == result.structured_content
    return content


async def test_the_tools_are_listed_and_called_in_every_mode(mode: str) -> None:
    async with start(mode, "--sandbox") as client:
        listed = (await client.list_tools()).tools
        emulated = [entry.name for entry in PLAIN_TOOLS if entry.vendor.has_sandbox]
        assert [tool.name for tool in listed] == emulated
        assert "SANDBOX" in (client.instructions or "")
        compact = await answer(client, "list_incidents", {"page_size": 2})
        assert compact["source"] == "sandbox"
        table = await answer(client, "list_incidents", {"page_size": 2, "view": "table"})
        assert [row[0] for row in table["rows"]] == [
            row["sequential_id"] for row in compact["incidents"]
        ]
        full = await answer(client, "list_incidents", {"page_size": 2, "view": "full"})
        fields = await answer(
            client, "list_incidents", {"page_size": 2, "fields": ["id", "pagerduty_incident_id"]}
        )
        assert [row["id"] for row in full["incidents"]] == [
            row["id"] for row in fields["incidents"]
        ]
        page = fields["incidents"][0]["pagerduty_incident_id"]
        by_resource = await answer(
            client,
            "list_attachments",
            {"resource_type": "pager_duty_incident", "external_id": page},
        )
        incident = by_resource["attachments"][0]["incident_id"]
        by_incident = await answer(client, "list_attachments", {"incident_id": incident})
        assert page in [attachment["external_id"] for attachment in by_incident["attachments"]]


@pytest.mark.parametrize(
    "options",
    [{}, {"cursor": "off"}, {"shape": "references", "meta": "none", "cursor": "off"}],
    ids=str,
)
async def test_paging_reaches_every_incident_once(
    mode: str, sandbox: Sandbox, options: dict[str, str]
) -> None:
    rootly = {URLS["rootly"]: sandbox.url("rootly", **options), KEYS["rootly"]: "key"}
    async with start(mode, **rootly) as client:
        arguments: dict[str, Any] = {"page_size": 90, "fields": ["sequential_id"]}
        seen: list[int] = []
        while True:
            page = await answer(client, "list_incidents", arguments)
            seen += [row["sequential_id"] for row in page["incidents"]]
            if "next" not in page:
                break
            arguments |= page["next"]
    truth = sandbox.store.rows("SELECT sequential_id FROM incidents ORDER BY created_at DESC")
    assert seen == [row[0] for row in truth]


@pytest.mark.slow
async def test_a_cut_list_of_attachments_goes_on_to_the_end(mode: str, sandbox: Sandbox) -> None:
    [most] = sandbox.store.rows(
        "SELECT incident_id, count(*) FROM io_attachments GROUP BY 1 ORDER BY 2 DESC LIMIT 1"
    )
    async with start(
        mode, **environ_for(sandbox), INCIDENT_DESK_MAX_RESULT_CHARS="12000"
    ) as client:
        arguments = {"incident_id": most[0]}
        seen: list[str] = []
        while True:
            part = await answer(client, "list_attachments", arguments)
            assert part["total"] == most[1]
            assert part["count"] == len(part["attachments"])
            seen += [attachment["id"] for attachment in part["attachments"]]
            if "next" not in part:
                break
            arguments |= part["next"]
    assert len(seen) == len({*seen}) == most[1]


async def test_an_unknown_tool_is_a_protocol_error(mode: str) -> None:
    async with start(mode) as client:
        with pytest.raises(MCPError) as raised:
            await client.call_tool("delete_incident", {})
        assert raised.value.code == -32602


async def test_without_keys_both_tools_say_what_to_do(mode: str) -> None:
    async with start(mode) as client:
        assert len((await client.list_tools()).tools) == 2
        calls: tuple[tuple[str, dict[str, Any], str], ...] = (
            ("list_incidents", {}, "ROOTLY_API_TOKEN"),
            (
                "list_attachments",
                {"incident_id": "01G0J1EXE7AXZ2C93K61WBPYEH"},
                "INCIDENT_IO_API_KEY",
            ),
        )
        for tool, arguments, variable in calls:
            error = (await answer(client, tool, arguments))["error"]
            assert error["code"] == "not_configured"
            assert variable in error["message"]


async def test_a_vendor_without_a_key_is_not_offered_beside_one_with(
    mode: str, sandbox: Sandbox
) -> None:
    environ = {
        name: value for name, value in environ_for(sandbox).items() if name != KEYS["incident_io"]
    }
    async with start(mode, **environ) as client:
        assert [tool.name for tool in (await client.list_tools()).tools] == ["list_incidents"]
        assert (await answer(client, "list_incidents", {"page_size": 1}))["incidents"]
        error = (
            await answer(client, "list_attachments", {"incident_id": "01G0J1EXE7AXZ2C93K61WBPYEH"})
        )["error"]
        assert error["code"] == "not_configured"


CODES = {
    "status:401": "unauthorized",
    "status:403": "forbidden",
    "status:404": "not_found",
    "status:422": "rejected",
    "429:seconds:600": "rate_limited",
    "status:503": "unavailable",
    "delay:20": "timeout",
    "html": "unexpected_response",
}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("429:seconds:600", "status:503"),
        ("delay:20", "html"),
        ("status:401", "status:403"),
        ("status:404", "status:422"),
    ],
)
@pytest.mark.slow
async def test_each_failure_has_its_code(
    mode: str, sandbox: Sandbox, first: str, second: str
) -> None:
    urls = {
        URLS["rootly"]: sandbox.url("rootly", fault=first),
        URLS["incident_io"]: sandbox.url("incident_io", fault=second),
    }
    async with start(
        mode, **dict.fromkeys(KEYS.values(), "key"), **urls, INCIDENT_DESK_TIMEOUT_S="1"
    ) as client:
        incidents = (await answer(client, "list_incidents", {}))["error"]
        attachments = (
            await answer(client, "list_attachments", {"incident_id": "01G0J1EXE7AXZ2C93K61WBPYEH"})
        )["error"]
    assert (incidents["code"], attachments["code"]) == (CODES[first], CODES[second])
    if first.startswith("429"):
        assert 590 < incidents["retry_after_s"] <= 600


async def test_wrong_arguments_are_refused_before_the_network(mode: str) -> None:
    nowhere = {
        **dict.fromkeys(URLS.values(), "http://127.0.0.1:9"),
        **dict.fromkeys(KEYS.values(), "key"),
    }
    async with start(mode, **nowhere) as client:
        error = (await answer(client, "list_incidents", {"status": "investigating"}))["error"]
        assert (error["code"], error["details"][0]["did_you_mean"]) == (
            "invalid_arguments",
            "started",
        )
