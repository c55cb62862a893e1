"""The SDK's minimal server, for comparison.

It has one tool. It makes the same call to the vendor as ours, and keeps three fields of each row.
"""

import json
import os

import anyio
import httpx
from mcp import types
from mcp.server import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

TOOL = types.Tool(
    name="list_incidents",
    input_schema={"type": "object", "properties": {"page_size": {"type": "integer"}}},
)
FIELDS = ("sequential_id", "title", "status")

client = httpx.AsyncClient(headers={"Authorization": f"Bearer {os.environ['ROOTLY_API_TOKEN']}"})


async def list_tools(
    _: ServerRequestContext[object], __: types.PaginatedRequestParams | None
) -> types.ListToolsResult:
    return types.ListToolsResult(tools=[TOOL])


def fields(attributes: dict[str, object]) -> dict[str, object]:
    return {name: attributes.get(name) for name in FIELDS}


async def call_tool(
    _: ServerRequestContext[object], params: types.CallToolRequestParams
) -> types.CallToolResult:
    url = f"{os.environ['ROOTLY_API_URL']}/v1/incidents"
    response = await client.get(url, params={"page[size]": (params.arguments or {})["page_size"]})
    rows = [fields(row["attributes"]) for row in response.json()["data"]]
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=json.dumps({"incidents": rows}))]
    )


async def main() -> None:
    app = Server("minimal", version="1", on_list_tools=list_tools, on_call_tool=call_tool)
    async with stdio_server() as (read, write):
        await app.run(read, write, app.create_initialization_options())


if __name__ == "__main__":
    anyio.run(main)
