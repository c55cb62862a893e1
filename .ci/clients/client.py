"""The Python SDK, 1.x or 2.x, as a client: client.py URL | client.py -- COMMAND ARGUMENTS…"""
# ruff: noqa: ANN001, ANN201, S101

import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager
from importlib.metadata import version

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import PromptReference


def transport(target):
    if target[0] == "--":
        return stdio_client(
            StdioServerParameters(command=target[1], args=target[2:], env=dict(os.environ))
        )
    return streamable_http_client(target[0])


@asynccontextmanager
async def handshake(target):
    async with transport(target) as (read, write, *_), ClientSession(read, write) as session:
        await session.initialize()
        yield session


def eras(target):
    yield "handshake", handshake(target)
    if not version("mcp").startswith("1."):
        from mcp import Client

        yield "auto", Client(transport(target), mode="auto")


async def check_conditions(client):
    lasted = {"where": {"lasted": {"gte": "2h"}}, "similar_to": 4821, "status": ["closed"]}
    result = await client.call_tool("list_incidents", lasted)
    incidents = json.loads(result.content[0].text)["incidents"]
    assert min(incident["minutes"]["resolve"] for incident in incidents) >= 120, incidents


async def check_prompts(client):
    names = [prompt.name for prompt in (await client.list_prompts()).prompts]
    assert names == ["triage", "before", "handover", "review"], names
    result = await client.get_prompt("triage", {"severity": "sev1"})
    assert '"severity":["sev1"]' in result.messages[0].content.text, result
    reference = PromptReference(type="ref/prompt", name="triage")
    result = await client.complete(reference, {"name": "severity", "value": "sev"})
    assert "sev1" in result.completion.values, result


async def check_pages(target):
    """In both eras, a client that shows pages has the page. Only version 2 can say that it does."""
    from mcp import Client
    from mcp.client import advertise

    mime_type = "text/html;profile=mcp-app"
    extensions = [advertise("io.modelcontextprotocol/ui", {"mimeTypes": [mime_type]})]
    for mode in ("legacy", "auto"):
        async with Client(transport(target), mode=mode, extensions=extensions) as client:
            *_, tool = (await client.list_tools()).tools
            [page] = (await client.read_resource(tool.meta["ui"]["resourceUri"])).contents
            assert page.mime_type == mime_type, page.mime_type
            result = await client.call_tool(tool.name, {})
            answer = result.meta["incident-desk/board"]["answer"]
            text = f"{len(answer['incidents'])} live incidents"
            assert text in result.content[0].text, result.content


async def main(target):
    for era, connecting in eras(target):
        async with connecting as client:
            listed = [tool.name for tool in (await client.list_tools()).tools]
            assert listed == os.environ["TOOLS"].split(), listed
            result = await client.call_tool("list_incidents", {"page_size": 1, "search": None})
            assert len(json.loads(result.content[0].text)["incidents"]) == 1, result
            await check_conditions(client)
            for call in json.loads(os.environ["UNLISTED"]):
                result = await client.call_tool(call["tool"], call["arguments"])
                [detail] = json.loads(result.content[0].text)["error"]["details"]
                assert detail["argument"].partition("[")[0] == call["argument"], detail
            await check_prompts(client)
        print(f"ok: Python SDK {version('mcp')}, {era}")
    if not version("mcp").startswith("1."):
        await check_pages(target)


asyncio.run(main(sys.argv[1:]))
