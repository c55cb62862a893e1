"""MCP Apps: who is offered a page, and what everyone else gets."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from mcp import Client, MCPError
from mcp.server.lowlevel import Server
from mcp.types import METHOD_NOT_FOUND, TextResourceContents

from server.app import build
from server.dispatcher import Dispatcher
from server.instructions import TTL_MS
from server.settings import Settings
from server.stdio.early import EarlyAnswers
from tests.apps import CAPABILITIES, EXTENSION, EXTENSIONS, META, MIME_TYPE, URI
from tests.pages import ROOT
from tests.server.client import initialize, request
from tests.server.stdio_client import start_with_pages
from tests.server.test_early_answers import BOTH, INITIALIZED, SETTINGS, converse, stateless
from tests.server.test_schemas import SNAPSHOTS
from tests.slow import slow

Message = dict[str, Any]
EACH_ERA = pytest.mark.parametrize("mode", ["auto", "legacy"])
PLAIN = ["list_incidents", "list_attachments"]
READ = request("resources/read", 4, uri=URI)
CALL = request("tools/call", 5, name="show_board", arguments={})
RESOURCES = [request("resources/list", 2), request("resources/templates/list", 3), READ]
NOT_NEGOTIATED: Mapping[str, Message] = {
    "nothing": {},
    "another extension": {"extensions": {"x/y": {"mimeTypes": [MIME_TYPE]}}},
    "no MIME types": {"extensions": {EXTENSION: {}}},
    "other MIME types": {"extensions": {EXTENSION: {"mimeTypes": ["text/html", f"{MIME_TYPE}x"]}}},
    "one MIME type that is not in a list": {"extensions": {EXTENSION: {"mimeTypes": MIME_TYPE}}},
    "MIME types that are null": {"extensions": {EXTENSION: {"mimeTypes": None}}},
    "MIME types by number": {"extensions": {EXTENSION: {"mimeTypes": {"0": MIME_TYPE}}}},
    "outside of extensions": {EXTENSION: {"mimeTypes": [MIME_TYPE]}},
    "an experiment": {"experimental": {EXTENSION: {"mimeTypes": [MIME_TYPE]}}},
}


def snapshots(*names: str) -> list[Message]:
    return [json.loads(SNAPSHOTS.joinpath(f"{name}.json").read_bytes()) for name in names]


def with_era(era: str, capabilities: Message, questions: list[Message]) -> list[Message]:
    """The *questions* of a client with these capabilities, after its first request."""
    if era == "handshake":
        first = initialize(1)
        first["params"]["capabilities"] = capabilities
        return [first, INITIALIZED, *questions]
    meta = stateless("server/discover")["params"]["_meta"]
    meta = {**meta, "io.modelcontextprotocol/clientCapabilities": capabilities}
    return [
        {**question, "params": {**question.get("params", {}), "_meta": meta}}
        for question in (request("server/discover", 1), *questions)
    ]


@cache
def app_with_both_keys() -> Server[Any]:
    return build(Dispatcher(BOTH))


def answers(messages: list[Message], loaded_after: int, settings: Settings = BOTH) -> list[Message]:
    """The answers to *messages*, by their ids. Early ones are given if *loaded_after* is 1."""
    lines = b"".join(json.dumps(message).encode() + b"\n" for message in messages)
    count = sum("id" in message for message in messages)
    app = app_with_both_keys() if settings is BOTH else build(Dispatcher(settings))
    received = map(json.loads, converse(app, settings, [lines], loaded_after, count))
    return sorted(received, key=lambda message: message["id"])


@pytest.mark.parametrize("is_early", [True, False])
@pytest.mark.parametrize("era", ["handshake", "stateless"])
@pytest.mark.parametrize("case", NOT_NEGOTIATED)
def test_a_client_that_shows_no_pages_gets_what_it_got_before_there_were_pages(
    case: str, era: str, is_early: bool
) -> None:
    questions = [request("tools/list", 6), *RESOURCES, CALL]
    messages = with_era(era, NOT_NEGOTIATED[case], questions)
    description, *others, call, tools = answers(messages, int(is_early))
    assert description["result"]["capabilities"] == {
        "tools": {"listChanged": False},
        "prompts": {"listChanged": False},
        "completions": {},
    }
    assert "show_board" not in description["result"]["instructions"]
    assert tools["result"]["tools"] == snapshots(*PLAIN)
    assert [other["error"]["code"] for other in others] == [METHOD_NOT_FOUND] * 3
    assert call["error"]["message"] == "Unknown tool: show_board"


@pytest.mark.parametrize("case", SETTINGS)
@pytest.mark.parametrize("era", ["handshake", "stateless"])
def test_an_early_answer_to_a_client_that_shows_pages_is_the_sdks(era: str, case: str) -> None:
    questions = [request("tools/list", 6), request("prompts/list", 7), *RESOURCES[:2]]
    messages = with_era(era, CAPABILITIES, questions)
    early = EarlyAnswers(SETTINGS[case])
    assert early.take(json.dumps(messages[0]).encode())
    with_early = answers(messages, 1, SETTINGS[case])
    assert with_early == answers(messages, 0, SETTINGS[case])


@pytest.mark.parametrize("is_early", [True, False])
@pytest.mark.parametrize("era", ["handshake", "stateless"])
def test_a_client_that_shows_pages_has_the_tool_and_its_page(era: str, is_early: bool) -> None:
    messages = with_era(era, CAPABILITIES, [request("tools/list", 6), *RESOURCES])
    description, listed, templates, read, tools = answers(messages, int(is_early))
    assert description["result"]["capabilities"]["resources"] == {
        "subscribe": False,
        "listChanged": False,
    }
    assert description["result"]["capabilities"]["extensions"] == {EXTENSION: {}}
    assert "show_board" in description["result"]["instructions"]
    assert tools["result"]["tools"] == snapshots(*PLAIN, "show_board")
    [resource] = listed["result"]["resources"]
    assert (resource["uri"], resource["mimeType"]) == (URI, MIME_TYPE)
    assert templates["result"]["resourceTemplates"] == []
    [page] = read["result"]["contents"]
    assert page["uri"] == URI
    assert page["mimeType"] == MIME_TYPE
    assert page["_meta"] == {"ui": {"csp": {}, "prefersBorder": True}}
    if era == "stateless":
        assert {answer["result"]["ttlMs"] for answer in (listed, templates, read)} == {TTL_MS}
    assert page["text"] == (ROOT / "server/board/board.html").read_text(encoding="utf-8")


def test_in_the_stateless_era_each_request_says_whether_its_client_shows_pages() -> None:
    with_pages = with_era("stateless", CAPABILITIES, [request("tools/list", 2)])
    without = with_era("stateless", {}, [request("tools/list", 3)])
    for loaded_after in (0, 1):
        messages = [*with_pages, without[1]]
        _, first, second = answers(messages, loaded_after)
        assert len(first["result"]["tools"]) == 3
        assert len(second["result"]["tools"]) == 2


@pytest.mark.parametrize("capabilities", [{}, CAPABILITIES], ids=["without pages", "with pages"])
def test_a_client_that_initializes_again_has_its_new_capabilities(capabilities: Message) -> None:
    first = with_era("handshake", {} if capabilities else CAPABILITIES, [])
    again = initialize(2)
    again["params"]["capabilities"] = capabilities
    messages = [*first, again, request("tools/list", 3)]
    assert answers(messages, 1) == answers(messages, 0)


@pytest.mark.parametrize("capabilities", [{}, CAPABILITIES], ids=["without pages", "with pages"])
def test_a_notification_about_resources_is_ignored(
    capabilities: Message, caplog: pytest.LogCaptureFixture
) -> None:
    notification = {"jsonrpc": "2.0", "method": "resources/list"}
    messages = with_era("handshake", capabilities, [request("ping", 2)])
    assert len(answers([*messages[:2], notification, messages[2]], 0)) == 2
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize("era", ["handshake", "stateless"])
def test_a_wrong_request_for_resources_gets_what_a_server_without_pages_says(era: str) -> None:
    wrong = [request("resources/read", 2), request("resources/list", 3, cursor=7)]
    without_pages = Settings(keys={"incident_io": "key"})
    _, *expected = answers(with_era(era, {}, wrong), 0, without_pages)
    _, *errors = answers(with_era(era, {}, wrong), 0)
    assert errors == expected


def test_without_a_key_of_rootly_there_are_no_pages() -> None:
    settings = Settings(keys={"incident_io": "key"})
    for era in ("handshake", "stateless"):
        questions = [request("tools/list", 6), *RESOURCES]
        messages = with_era(era, CAPABILITIES, questions)
        description, *others, tools = answers(messages, 1, settings)
        assert description["result"]["capabilities"] == {"tools": {"listChanged": False}}
        assert tools["result"]["tools"] == snapshots("list_attachments")
        assert [other["error"]["code"] for other in others] == [METHOD_NOT_FOUND] * 3


@pytest.mark.anyio
@EACH_ERA
async def test_without_any_key_the_page_says_what_to_do(mode: Any) -> None:
    async with Client(build(Dispatcher(Settings())), mode=mode, extensions=EXTENSIONS) as client:
        assert len((await client.list_tools()).tools) == 3
        result = await client.call_tool("show_board", {})
    assert result.is_error
    assert "not_configured" in str(result.content)


@pytest.mark.anyio
@EACH_ERA
async def test_another_resource_is_unknown(mode: Any) -> None:
    async with Client(build(Dispatcher(BOTH)), mode=mode, extensions=EXTENSIONS) as client:
        with pytest.raises(MCPError, match="Unknown resource: ui://incident-desk/other"):
            await client.read_resource("ui://incident-desk/other")


@pytest.mark.anyio
@pytest.mark.parametrize("mode", ["auto", *slow(["legacy"])])
async def test_a_real_client_over_stdio_reads_the_page_and_calls_the_tool(mode: Any) -> None:
    async with start_with_pages(mode, "--sandbox") as client:
        assert [tool.name for tool in (await client.list_tools()).tools][-1] == "show_board"
        [page] = (await client.read_resource(URI)).contents
        assert isinstance(page, TextResourceContents)
        result = await client.call_tool("show_board", {})
    assert result.meta
    board = result.meta[META]
    assert board["sandbox"]
    assert board["tools"] == [*PLAIN, "show_board"]
    assert board["answer"]["incidents"]
