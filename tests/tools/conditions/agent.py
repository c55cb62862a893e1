"""An agent that asks for incidents over MCP, while the sandbox's dials are turned."""

import json
from collections.abc import Mapping
from typing import Any

from mcp import Client

from sandbox.serving import Sandbox
from server.app import build
from server.dispatcher import Dispatcher
from tests.conftest import NOW, settings_for


class Agent:
    """An agent that uses the tool over MCP."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def answer(self, **arguments: Any) -> dict[str, Any]:
        result = await self._client.call_tool("list_incidents", arguments)
        answer: dict[str, Any] = json.loads(result.content[0].text)  # type: ignore[union-attr]
        return answer

    async def rows(self, where: dict[str, Any]) -> dict[int, dict[str, Any]]:
        """All rows, from all pages, by number."""
        rows: dict[int, dict[str, Any]] = {}
        more: dict[str, Any] | None = {}
        while more is not None:
            answer = await self.answer(where=where, fields=["sequential_id"], page_size=100, **more)
            for row in answer["incidents"]:
                assert row["sequential_id"] not in rows
                rows[row["sequential_id"]] = row
            more = answer.get("next")
        return rows


def asking(sandbox: Sandbox, era: str, dials: Mapping[str, str]) -> Client:
    dispatcher = Dispatcher(settings_for(sandbox, **dials), clock=lambda: NOW)
    return Client(build(dispatcher), mode=era)
