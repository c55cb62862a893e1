"""show_board: what the page gets, and what the model is told about it."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.types import CallToolResult, TextContent

from sandbox.serving import Sandbox
from server.app import build
from server.dispatcher import Dispatcher
from tests.apps import EXTENSIONS, META
from tests.conftest import NOW, settings_for

pytestmark = pytest.mark.anyio

CASES = Path(__file__).parents[2] / "board" / "cases"
EXAMPLES: Mapping[str, tuple[dict[str, Any], dict[str, str]]] = {
    "live": ({}, {}),
    "filtered": ({"services": ["checkout-api"], "severity": ["sev1", "sev2"]}, {}),
    "empty": ({"severity": ["sev9"]}, {}),
    "incident": ({"sequential_id": "4821"}, {}),
    "no incident": ({"sequential_id": "999999"}, {}),
    "plot": ({"group_by": "week"}, {}),
    "refused key": ({}, {"fault": "status:401"}),
    "vendor down": ({"group_by": "day"}, {"fault": "status:503"}),
}
"""The arguments of a call, and the options of the sandbox."""


async def show(sandbox: Sandbox, arguments: Mapping[str, Any], **options: str) -> CallToolResult:
    """The result that a client gets that shows pages."""
    server = build(Dispatcher(settings_for(sandbox, **options), clock=lambda: NOW))
    async with Client(server, extensions=EXTENSIONS) as client:
        return await client.call_tool("show_board", dict(arguments))


def text_of(result: CallToolResult) -> str:
    [content] = result.content
    assert isinstance(content, TextContent)
    return content.text


async def test_the_examples_for_the_page_are_the_servers_answers(sandbox: Sandbox) -> None:
    examples = {}
    for example, (arguments, options) in EXAMPLES.items():
        result = await show(sandbox, arguments, **options)
        wire = result.model_dump(mode="json", by_alias=True, exclude_none=True)
        wire["_meta"] = {META: wire["_meta"][META]}
        examples[example] = {"arguments": arguments, "result": wire}
    now = json.dumps(examples, indent=1, ensure_ascii=False) + "\n"
    file = CASES / "show_board.json"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        file.write_text(now, encoding="utf-8")
    assert json.loads(file.read_text(encoding="utf-8")) == json.loads(now)
