"""The board's side of MCP Apps, held to the official host side and to programs that differ."""

import json
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.apps import META
from tests.board.chat import CAPABILITIES, Chat
from tests.board.conftest import OpenBoard

pytestmark = pytest.mark.slow

METHOD_NOT_FOUND = -32601
SHOW = "args => chat.client.callTool({name: 'show_board', arguments: args})"
WORST = "Checkout 5xx in us-east-1"
"""The title of the worst incident of the sandbox."""


def answer_to(chat: Chat, request_id: str) -> dict[str, Any]:
    """The board's answer to a request of the program."""
    chat.page.wait_for_function(
        "id => chat.messages.some(({message}) => message.id === id)", arg=request_id
    )
    [answer] = [
        entry["message"] for entry in chat.messages if entry["message"].get("id") == request_id
    ]
    return dict(answer)


def test_the_board_introduces_itself_before_it_says_anything_else(board: OpenBoard) -> None:
    methods = [entry["message"]["method"] for entry in board().messages]
    assert methods[:2] == ["ui/initialize", "ui/notifications/initialized"]


@pytest.mark.parametrize("era", ["auto", "legacy"])
def test_the_board_shows_what_show_board_answers(board: OpenBoard, era: str) -> None:
    chat = board(era=era)
    expect(chat.board.get_by_role("main")).to_contain_text(WORST)
    assert chat.sent("tools/call") == []


def test_a_result_that_comes_before_the_answer_to_the_introduction_is_shown(
    board: OpenBoard,
) -> None:
    chat = board(result="before initialized")
    expect(chat.board.get_by_role("main")).to_contain_text(WORST)


@pytest.mark.parametrize(
    "drop", [["_meta"], ["_meta", "structuredContent"]], ids=["meta", "structured"]
)
@pytest.mark.parametrize("result", ["after initialized", "before initialized"])
def test_the_board_asks_for_what_a_program_did_not_pass_on(
    board: OpenBoard, drop: list[str], result: str
) -> None:
    """Claude Desktop drops both; ChatGPT on the web drops `_meta`."""
    service = "checkout-api"
    arguments = {"services": [service]}
    chat = board(arguments, drop=drop, result=result)
    main = chat.board.get_by_role("main")
    expect(main).to_contain_text(WORST)
    expect(main).to_contain_text(service)
    expect(main).to_contain_text("Sandbox")
    [call] = chat.sent("tools/call")
    assert call["params"] == {"name": "show_board", "arguments": arguments}


def test_a_program_that_passes_on_no_data_and_no_calls_is_named(board: OpenBoard) -> None:
    capabilities = {name: value for name, value in CAPABILITIES.items() if name != "serverTools"}
    chat = board(drop=["_meta", "structuredContent"], capabilities=capabilities)
    expect(chat.board.get_by_role("main")).to_contain_text("did not pass on the data")


def test_an_error_that_a_program_passes_on_as_text_is_shown(board: OpenBoard) -> None:
    chat = board(result="never")
    message = "Rootly refused the key."
    error = {"code": "unauthorized", "message": message, "retryable": False}
    text = json.dumps({"error": error})
    chat.result({"content": [{"type": "text", "text": text}], "isError": True})
    main = chat.board.get_by_role("main")
    expect(main).to_contain_text(message)
    assert chat.sent("tools/call") == []
    main.get_by_role("button", name="Retry").click()
    expect(main).to_contain_text(WORST)
    expect(main.get_by_text(message)).to_be_hidden()
    [call] = chat.sent("tools/call")
    assert call["params"] == {"name": "show_board", "arguments": {}}


def test_a_call_that_failed_can_be_made_again_without_the_metadata_of_the_failure(
    board: OpenBoard,
) -> None:
    """Claude Desktop passes on only the text."""
    chat = board(result="never")
    error = {"code": "unavailable", "message": "Rootly failed (503).", "retryable": True}
    chat.result({"content": [{"type": "text", "text": json.dumps({"error": error})}]})
    main = chat.board.get_by_role("main")
    expect(main).to_contain_text("Not loaded. Rootly failed (503).")
    chat.board.get_by_role("button", name="Retry").click()
    expect(main).to_contain_text(WORST)


@pytest.mark.parametrize("answer", [None, [], "text"])
def test_data_that_is_not_there_is_not_waited_for(board: OpenBoard, answer: Any) -> None:
    capabilities = {name: value for name, value in CAPABILITIES.items() if name != "serverTools"}
    chat = board(result="never", capabilities=capabilities)
    chat.result({"content": [], "_meta": {META: {"arguments": {}, "answer": answer}}})
    main = chat.board.get_by_role("main")
    expect(main).to_contain_text("did not pass on the data")
    expect(main).not_to_contain_text("Loading", use_inner_text=True)


def test_a_result_that_is_reported_again_leaves_an_opened_incident_open(board: OpenBoard) -> None:
    chat = board(result="never")
    result = chat.page.evaluate(SHOW, {})
    chat.result(result)
    chat.board.get_by_role("button", name=WORST).click()
    heading = chat.board.get_by_role("heading", level=1)
    expect(heading).to_have_text(WORST)
    chat.result(result)
    chat.post({"jsonrpc": "2.0", "id": "ping", "method": "ping"})
    answer_to(chat, "ping")
    expect(heading).to_have_text(WORST)
    chat.result(chat.page.evaluate(SHOW, {"severity": "sev1"}))
    expect(heading).to_have_text("Live incidents")


def test_a_ping_is_answered(board: OpenBoard) -> None:
    chat = board()
    chat.post({"jsonrpc": "2.0", "id": "ping", "method": "ping"})
    assert answer_to(chat, "ping")["result"] == {}


@pytest.mark.parametrize("method", ["tools/list", "ui/unheard-of", "constructor", "__proto__", ""])
def test_a_request_that_the_board_does_not_know_is_refused(board: OpenBoard, method: str) -> None:
    chat = board()
    chat.post({"jsonrpc": "2.0", "id": "unknown", "method": method, "params": {}})
    assert answer_to(chat, "unknown")["error"]["code"] == METHOD_NOT_FOUND


def test_messages_that_mean_nothing_are_ignored(board: OpenBoard) -> None:
    chat = board()
    messages: list[Any] = [
        None,
        7,
        "text",
        [],
        {},
        {"jsonrpc": "1.0", "id": "old", "method": "ping"},
        {"jsonrpc": "2.0"},
        {"jsonrpc": "2.0", "id": 1},
        {"jsonrpc": "2.0", "id": 999, "result": {}},
        {"jsonrpc": "2.0", "id": None, "error": {}},
        {"jsonrpc": "2.0", "id": {}, "error": "text"},
        {"jsonrpc": "2.0", "method": "notifications/unheard-of"},
        {"jsonrpc": "2.0", "method": "constructor"},
        {"jsonrpc": "2.0", "method": "ui/notifications/tool-input", "params": []},
        {"jsonrpc": "2.0", "method": "ui/notifications/tool-input-partial", "params": {}},
        {"jsonrpc": "2.0", "method": "ui/notifications/host-context-changed", "params": 5},
        {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}},
    ]
    for message in messages:
        chat.post(message)
    chat.post({"jsonrpc": "2.0", "id": "ping", "method": "ping"})
    assert answer_to(chat, "ping")["result"] == {}
    assert [entry for entry in chat.messages if "error" in entry["message"]] == []
    assert chat.failures == []


def test_only_the_window_around_the_board_is_listened_to(board: OpenBoard) -> None:
    chat = board()
    post = """(window, id) => window.postMessage({jsonrpc: "2.0", id, method: "ping"}, "*")"""
    chat.board.evaluate(f"({post})(window, 'itself')")
    # The sandbox proxy is around the board, and the program around the sandbox proxy.
    chat.page.evaluate(f"({post})(frames[0].frames[0], 'program')")
    chat.post({"jsonrpc": "2.0", "id": "around", "method": "ping"})
    assert answer_to(chat, "around")["result"] == {}
    ids = {entry["message"].get("id") for entry in chat.messages}
    assert not ids & {"itself", "program"}


@pytest.mark.parametrize(
    "introduction",
    [
        {},
        {"hostCapabilities": None, "hostContext": None},
        {"hostCapabilities": [], "hostContext": "text"},
        {"hostContext": {"theme": "sepia", "styles": {"variables": {"color": "red", "--x": 1}}}},
        {"hostContext": {"locale": 5, "timeZone": {}, "containerDimensions": []}},
    ],
    ids=["empty", "nulls", "types", "styles", "values"],
)
def test_an_introduction_without_what_the_board_needs_is_enough(
    board: OpenBoard, introduction: dict[str, Any]
) -> None:
    chat = board(introduction=introduction)
    expect(chat.board.get_by_role("main")).to_contain_text(WORST)


def test_a_program_that_does_not_answer_is_named_and_may_still_answer(board: OpenBoard) -> None:
    chat = board(introduction=None, result="never")
    chat.page.clock.run_for(21_000)
    main = chat.board.get_by_role("main")
    expect(main).to_contain_text("does not answer")
    [introduction] = chat.sent("ui/initialize")
    answer = {"hostCapabilities": dict(CAPABILITIES)}
    chat.post({"jsonrpc": "2.0", "id": [introduction["id"]], "result": answer})
    chat.post({"jsonrpc": "2.0", "id": introduction["id"], "result": answer})
    chat.page.wait_for_function(
        "chat.messages.some(e => e.message.method === 'ui/notifications/initialized')"
    )
    chat.result(chat.page.evaluate(SHOW, {}))
    expect(main).to_contain_text(WORST)
    expect(main).not_to_contain_text("does not answer", use_inner_text=True)
    expect(main).not_to_contain_text("cannot be refreshed", use_inner_text=True)


def test_a_result_that_comes_early_can_be_asked_for_again(board: OpenBoard) -> None:
    chat = board(result="before initialized")
    chat.board.get_by_role("button", name="Refresh now").click()
    chat.page.wait_for_function("chat.messages.some(e => e.message.method === 'tools/call')")


@pytest.mark.parametrize("hold", [[], ["show_board"]], ids=["after", "before"])
def test_the_board_stops_before_it_is_taken_away(board: OpenBoard, hold: list[str]) -> None:
    """It also stops if the result of `show_board` comes later."""
    chat = board(hold=hold)
    if not hold:
        expect(chat.board.get_by_role("main")).to_contain_text(WORST)
    chat.close()
    chat.release()
    chat.page.clock.run_for(120_000)
    assert chat.sent("tools/call") == []


def test_only_custom_properties_of_the_program_are_used(board: OpenBoard) -> None:
    variables = {
        "--color-text-primary": "rgb(1, 2, 3)",
        "--color-background-primary": "red; } body { display: none",
        "display": "none",
    }
    chat = board(context={"styles": {"variables": variables}})
    root = "getComputedStyle(document.documentElement)"
    assert chat.board.evaluate(f"{root}.getPropertyValue('--color-text-primary')") == "rgb(1, 2, 3)"
    assert chat.board.evaluate(f"{root}.display") == "block"
    assert chat.board.evaluate("getComputedStyle(document.body).display") != "none"


FITS = "document.documentElement.scrollHeight <= innerHeight"


def after_frames(chat: Chat, count: int = 30) -> None:
    """Wait until the program has drawn so many frames."""
    chat.page.evaluate(
        """async count => {
            for (let frame = 0; frame < count; frame++) await new Promise(requestAnimationFrame);
        }""",
        count,
    )


def assert_settled(chat: Chat) -> None:
    """The board does not go on changing its height."""
    heights = chat.heights
    after_frames(chat)
    assert chat.heights == heights


def test_a_program_can_give_the_board_exactly_its_height(board: OpenBoard) -> None:
    chat = board(fit="follow")
    expect(chat.board.get_by_role("main")).to_contain_text(WORST)
    after_frames(chat)
    assert chat.heights[-1] > 400
    assert chat.board.evaluate(FITS)
    assert_settled(chat)


@pytest.mark.parametrize("width", [320, 760])
def test_a_program_that_gives_a_little_less_does_not_make_the_board_change_again(
    board: OpenBoard, width: int
) -> None:
    chat = board(fit="short", width=width)
    expect(chat.board.get_by_role("main")).to_contain_text(WORST)
    after_frames(chat)
    assert_settled(chat)


def test_a_program_that_ignores_the_height_gets_a_board_that_scrolls(board: OpenBoard) -> None:
    chat = board(fit="ignore")
    expect(chat.board.get_by_role("main")).to_contain_text(WORST)
    after_frames(chat)
    assert not chat.board.evaluate(FITS)
    end = "scrollTo(0, 1e6), scrollY + innerHeight >= document.documentElement.scrollHeight - 1"
    assert chat.board.evaluate(end)
    assert_settled(chat)


def test_a_program_with_a_fixed_height_is_not_told_another_one(board: OpenBoard) -> None:
    chat = board(context={"containerDimensions": {"height": 400, "width": 760}})
    expect(chat.board.get_by_role("main")).to_contain_text(WORST)
    after_frames(chat)
    assert chat.heights == []
    chat.change_context({"containerDimensions": {"maxHeight": 2000, "maxWidth": 760}})
    chat.page.wait_for_function("chat.heights.length > 0")
    after_frames(chat)
    heights = chat.heights
    chat.change_context({"containerDimensions": {"maxHeight": 1000, "maxWidth": 760}})
    after_frames(chat)
    assert chat.heights == heights


def test_a_call_that_the_board_gives_up_is_cancelled_at_the_program(board: OpenBoard) -> None:
    chat = board()
    expect(chat.board.get_by_role("main")).to_contain_text(WORST)
    chat.hold("list_incidents")
    chat.board.get_by_role("button", name="Refresh now").click()
    chat.page.wait_for_function("chat.messages.some(e => e.message.method === 'tools/call')")
    chat.page.clock.run_for(26_000)
    [call], [cancelled] = chat.sent("tools/call"), chat.sent("notifications/cancelled")
    assert cancelled["params"]["requestId"] == call["id"]


def ask_about_the_worst(chat: Chat) -> None:
    chat.board.get_by_role("button", name=WORST).click()
    chat.board.get_by_role("button", name="Ask about this").click()
    chat.page.wait_for_function("chat.asked.length === 1")


@pytest.mark.parametrize(
    ("forms", "member"),
    [
        ({"structuredContent": {}}, "structuredContent"),
        ({"text": {}, "structuredContent": {}}, "structuredContent"),
        ({"text": {}}, "content"),
        ({}, "content"),
    ],
    ids=["structured", "both", "text", "unnamed"],
)
def test_a_question_is_asked_with_the_facts_in_a_form_that_the_program_takes(
    board: OpenBoard, forms: dict[str, Any], member: str
) -> None:
    chat = board(capabilities={"message": {"text": {}}, "updateModelContext": forms})
    ask_about_the_worst(chat)
    [context], [message] = chat.contexts, chat.asked
    assert message["role"] == "user"
    assert list(context) == [member]
    assert WORST in json.dumps(context)


@pytest.mark.parametrize(
    "more", [{}, {"updateModelContext": {"image": {}}}], ids=["none", "only-images"]
)
def test_a_program_that_takes_no_facts_still_gets_the_question(
    board: OpenBoard, more: dict[str, Any]
) -> None:
    chat = board(capabilities={"message": {"text": {}}, **more})
    ask_about_the_worst(chat)
    assert chat.contexts == []


@pytest.mark.parametrize(
    "message",
    [
        {"method": "ui/notifications/size-changed", "params": {"height": "400"}},
        {"method": "ui/notifications/size-changed", "params": {"high": 400}},
        {"method": "ui/notifications/unheard-of", "params": {}},
        {"id": 7, "method": "ui/open-link", "params": {}},
        {"id": 7, "result": {}, "error": {"code": 1, "message": "both"}},
    ],
    ids=["type", "name", "method", "missing", "both"],
)
def test_a_message_that_does_not_fit_the_protocol_is_noticed(
    board: OpenBoard, message: dict[str, Any]
) -> None:
    chat = board()
    chat.board.evaluate(
        "message => parent.postMessage(message, '*')", {"jsonrpc": "2.0", **message}
    )
    chat.page.wait_for_function("chat.problems.length === 1")
    chat.page.evaluate("chat.problems.length = 0")
