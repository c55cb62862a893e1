"""An unpacked bundle, started as its manifest says, with one key of two.

Usage: bundle.py CONFIGURATION, which is the JSON that `configuration.mjs` prints.
"""
# ruff: noqa: S101

import asyncio
import json
import os
import sys

from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from sandbox.serving import Sandbox, serve
from tools.catalogue import PLAIN_TOOLS, VENDORS

CONFIGURATION = json.loads(sys.argv[1])
VENDOR = VENDORS[0]


async def call(sandbox: Sandbox) -> list[str]:
    urls = {vendor.url_variable: sandbox.url(vendor.name) for vendor in VENDORS}
    environ = {**os.environ, **urls, **CONFIGURATION["env"]}
    del environ["PYTHONPATH"]  # which would let the bundle import this checkout
    parameters = StdioServerParameters(
        command=CONFIGURATION["command"], args=CONFIGURATION["args"], env=environ
    )
    async with Client(stdio_client(parameters)) as client:
        tools = (await client.list_tools()).tools
        result = await client.call_tool("list_incidents", {"page_size": 1})
        assert not result.is_error, result
    return [tool.name for tool in tools]


with serve() as sandbox:
    names = asyncio.run(call(sandbox))
expected = [entry.name for entry in PLAIN_TOOLS if entry.vendor is VENDOR]
assert names == expected, f"{names}, but only {VENDOR.title} has a key"
print("ok: bundle, started with uv")
