"""The contract that agents see, as committed snapshots.

Write them again with UPDATE_SNAPSHOTS=1, and review the difference.
"""

import json
import os
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.types import TextContent
from rs_bpe.bpe import openai

from server.tool_handlers import describe
from tests.unlisted import calls
from tools.catalogue import PAGE_URIS, PLAIN_TOOLS, load_tools
from tools.rootly.exclude import Exclude
from tools.rootly.list_arguments import ListIncidents
from tools.schema import complete_schema, input_schema, unlisted
from tools.tool import Tool

SNAPSHOTS = files("server").joinpath("snapshots")
MAX_TOKENS = 2_200
MAX_PAGE_TOKENS = 150
BY_NAME = {tool.name: tool for tool in load_tools()}
MAX_BYTES = 5_000
"""Codex drops every description of an input schema with more bytes."""


def described(tool: Tool[Any]) -> dict[str, Any]:
    return describe(tool).model_dump(mode="json", by_alias=True, exclude_none=True)


@pytest.mark.parametrize("tool", load_tools(), ids=lambda tool: tool.name)
def test_a_schema_is_the_reviewed_one(tool: Tool[Any]) -> None:
    now = json.dumps(described(tool), indent=2, ensure_ascii=False) + "\n"
    snapshot = SNAPSHOTS.joinpath(f"{tool.name}.json")
    if os.environ.get("UPDATE_SNAPSHOTS"):
        Path(str(snapshot)).write_text(now, encoding="utf-8")
    assert snapshot.read_text(encoding="utf-8") == now


@pytest.mark.anyio
async def test_what_is_listed_is_what_was_reviewed(agent: Client) -> None:
    listed = [
        tool.model_dump(mode="json", by_alias=True, exclude_none=True)
        for tool in (await agent.list_tools()).tools
    ]
    names = [tool["name"] for tool in listed]
    assert {*names} >= {entry.name for entry in PLAIN_TOOLS if entry.vendor.has_sandbox}
    assert listed == [
        json.loads(SNAPSHOTS.joinpath(f"{name}.json").read_text(encoding="utf-8")) for name in names
    ]


def test_all_tools_together_stay_within_their_tokens() -> None:
    listed = json.dumps(
        {"tools": [described(tool) for tool in load_tools(entries=PLAIN_TOOLS)]},
        separators=(",", ":"),
        ensure_ascii=False,
    )
    assert len(openai.o200k_base().encode(listed)) <= MAX_TOKENS


@pytest.mark.parametrize("name", PAGE_URIS)
def test_a_tool_that_shows_a_page_costs_few_tokens(name: str) -> None:
    listed = json.dumps(described(BY_NAME[name]), separators=(",", ":"), ensure_ascii=False)
    assert len(openai.o200k_base().encode(listed)) <= MAX_PAGE_TOKENS


@pytest.mark.parametrize("tool", load_tools(), ids=lambda tool: tool.name)
def test_an_input_schema_stays_within_its_bytes(tool: Tool[Any]) -> None:
    for ensure_ascii in (True, False):
        text = json.dumps(
            described(tool)["inputSchema"], separators=(",", ":"), ensure_ascii=ensure_ascii
        )
        assert len(text.encode()) <= MAX_BYTES


@pytest.mark.parametrize("tool", load_tools(entries=PLAIN_TOOLS), ids=lambda tool: tool.name)
def test_no_part_of_an_output_schema_is_required(tool: Tool[Any]) -> None:
    """Gemini CLI checks errors, too, and shows the model nothing of one that does not match."""
    nodes = [*nodes_of(described(tool)["outputSchema"])]
    assert len(nodes) > 1
    assert all("required" not in node for node in nodes)


@pytest.mark.parametrize("tool", load_tools(), ids=lambda tool: tool.name)
def test_a_description_names_the_arguments_that_are_not_listed(tool: Tool[Any]) -> None:
    arguments = [name for name in unlisted(tool.arguments) if "." not in name]
    words = re.findall(r"\w+", tool.description)
    assert {*arguments} <= {*words}


def test_listed_and_unlisted_arguments_are_all_that_validation_takes() -> None:
    listed = input_schema(ListIncidents)["properties"]
    names = unlisted(ListIncidents)
    assert {*listed, *(name for name in names if "." not in name)} == {*ListIncidents.model_fields}
    excluded = {name.removeprefix("exclude.") for name in names if name.startswith("exclude.")}
    assert {*listed["exclude"]["properties"], *excluded} == {*Exclude.model_fields}
    complete = complete_schema(ListIncidents)["properties"]
    assert complete.keys() == ListIncidents.model_fields.keys()
    assert complete["exclude"]["properties"]["status"]["items"] == complete["status"]["items"]


@pytest.mark.anyio
async def test_an_unlisted_argument_arrives(agent: Client) -> None:
    for call in calls():
        result = await agent.call_tool(call.tool, call.arguments)
        [content] = result.content
        assert isinstance(content, TextContent)
        [detail] = json.loads(content.text)["error"]["details"]
        assert detail["argument"].partition("[")[0] == call.argument


@pytest.mark.parametrize("tool", load_tools(entries=PLAIN_TOOLS), ids=lambda tool: tool.name)
def test_a_tool_is_shown_to_the_model_at_once(tool: Tool[Any]) -> None:
    """Claude Code otherwise shows only the names of tools."""
    assert described(tool)["_meta"] == {"anthropic/alwaysLoad": True}


@pytest.mark.parametrize("tool", load_tools(), ids=lambda tool: tool.name)
def test_a_schema_is_portable(tool: Tool[Any]) -> None:
    """Every known client and model API can read it; validation enforces the rest."""
    schema = described(tool)["inputSchema"]
    assert schema.keys() == {"type", "properties"}
    assert len(tool.description) <= 1_024
    nodes = [*nodes_of(schema)]
    assert all(
        re.fullmatch(r"[a-z][a-z0-9_]*", name)
        for node in nodes
        for name in node.get("properties", {})
    )
    for node in nodes:
        allowed = {"type", "description", "properties", "items", "enum", "minimum", "maximum"}
        assert node.keys() <= allowed
        assert isinstance(node["type"], str)
        assert ("items" in node) == (node["type"] == "array")
        assert "enum" not in node or (node["type"] == "string" and all(node["enum"]))


def nodes_of(schema: dict[str, Any]) -> list[dict[str, Any]]:
    inner = [*schema.get("properties", {}).values()]
    if "items" in schema:
        inner.append(schema["items"])
    nodes = [schema]
    for child in inner:
        nodes += nodes_of(child)
    return nodes


@pytest.mark.parametrize("tool", load_tools(), ids=lambda tool: tool.name)
def test_a_tool_says_that_it_only_reads(tool: Tool[Any]) -> None:
    description = described(tool)
    assert description["title"]
    others = {"destructiveHint": False, "idempotentHint": True, "openWorldHint": True}
    # They mean nothing beside the first one, and a tool that shows a page must cost few tokens.
    expected = {} if tool.name in PAGE_URIS else others
    assert description["annotations"] == {"readOnlyHint": True, **expected}


def test_extra_resource_types_are_in_the_schema() -> None:
    extra = {"INCIDENT_IO_EXTRA_RESOURCE_TYPES": ["figma_file"]}
    [attachments] = [tool for tool in load_tools(extra) if tool.name == "list_attachments"]
    enum = described(attachments)["inputSchema"]["properties"]["resource_type"]["enum"]
    assert enum[-1] == "figma_file"
    assert len(enum) == 19
