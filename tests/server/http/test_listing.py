"""The list of tools over HTTP is the list over stdio, in both protocol eras."""

import json

import pytest
from mcp import Client

from server.instructions import TTL_MS
from tests.server.http.served import META, ask, request
from tests.server.test_schemas import SNAPSHOTS


@pytest.mark.anyio
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_tools_are_the_reviewed_ones(port: int, mode: str) -> None:
    async with Client(f"http://127.0.0.1:{port}/mcp", mode=mode) as client:
        tools = (await client.list_tools()).tools
    assert tools
    for tool in tools:
        snapshot = json.loads(SNAPSHOTS.joinpath(f"{tool.name}.json").read_text(encoding="utf-8"))
        assert tool.model_dump(mode="json", by_alias=True, exclude_none=True) == snapshot


@pytest.mark.parametrize("method", ["tools/list", "server/discover"])
def test_a_client_may_remember_what_does_not_change(port: int, method: str) -> None:
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"_meta": META}}
    _, _, body = ask(port, request(json.dumps(message), Mcp_Method=method))
    result = json.loads(body)["result"]
    assert result["ttlMs"] == TTL_MS > 0
    assert result["cacheScope"] == "private"
