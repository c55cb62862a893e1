"""The example configuration starts what it names."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from sandbox.serving import VENDORS, Sandbox
from server.settings import KEYS, URLS
from tools.catalogue import PLAIN_TOOLS

pytestmark = pytest.mark.anyio
EXAMPLE = Path(__file__).parents[1] / "claude_desktop_config.example.json"
SERVERS: dict[str, dict[str, Any]] = json.loads(EXAMPLE.read_text(encoding="utf-8"))["mcpServers"]
ARGUMENTS: dict[str, dict[str, Any]] = {
    "list_incidents": {},
    "list_attachments": {"incident_id": "01G0J1EXE7AXZ2C93K61WBPYEH"},
}


def started(entry: dict[str, Any], **environ: str) -> Client:
    # The console script of the environment that runs the tests.
    command = shutil.which(entry["command"], path=str(Path(sys.executable).parent)) or pytest.fail(
        "install the project first"
    )
    return Client(
        stdio_client(StdioServerParameters(command=command, args=entry["args"], env=environ))
    )


async def test_the_sandbox_entry_starts_and_answers() -> None:
    async with started(SERVERS["incident-desk-sandbox"]) as client:
        result = await client.call_tool("list_incidents", {"page_size": 1})
        assert result.structured_content is not None
        assert result.structured_content["source"] == "sandbox"


async def test_the_live_entry_starts_with_real_keys_and_asks_the_vendors(sandbox: Sandbox) -> None:
    entry = SERVERS["incident-desk"]
    assert entry["env"].keys() == {*KEYS.values()}
    urls = {URLS[vendor]: sandbox.url(vendor) for vendor in VENDORS}
    async with started(entry, **dict.fromkeys(entry["env"], "a-key"), **urls) as client:
        listed = (await client.list_tools()).tools
        assert [tool.name for tool in listed] == [entry.name for entry in PLAIN_TOOLS]
        for tool, arguments in ARGUMENTS.items():
            assert not (await client.call_tool(tool, arguments)).is_error


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.slow
async def test_the_live_entry_works_for_a_team_with_one_vendor(
    sandbox: Sandbox, vendor: str
) -> None:
    entry = SERVERS["incident-desk"]
    environ = entry["env"] | {KEYS[vendor]: "a-key", URLS[vendor]: sandbox.url(vendor)}
    async with started(entry, **environ) as client:
        listed = [tool.name for tool in (await client.list_tools()).tools]
        assert listed == [entry.name for entry in PLAIN_TOOLS if entry.vendor.name == vendor]
        [tool] = listed
        assert not (await client.call_tool(tool, ARGUMENTS[tool])).is_error


async def test_the_live_entry_as_it_is_names_the_keys_to_replace() -> None:
    entry = SERVERS["incident-desk"]
    async with started(entry, **entry["env"]) as client:
        for tool in ARGUMENTS:
            [block] = (await client.call_tool(tool, ARGUMENTS[tool])).content
            assert block.type == "text"
            assert '"code":"not_configured"' in block.text
            for key in KEYS.values():
                assert f"{key} still has the example's placeholder" in block.text
