"""The states of the board, each opened in a chat."""

from collections.abc import Callable, Mapping

from playwright.sync_api import expect

from tests.board.chat import CAPABILITIES, Chat
from tests.board.conftest import OpenBoard


def live(board: OpenBoard, **options: object) -> Chat:
    chat = board({"severity": ["sev1", "sev2"]}, **options)
    expect(chat.board.get_by_role("heading", level=3).first).to_be_visible()
    return chat


def incident(board: OpenBoard, **options: object) -> Chat:
    chat = live(board, **options)
    chat.board.get_by_role("button", name="Checkout 5xx").click()
    expect(chat.board.get_by_role("region", name="Attachments").get_by_role("list")).to_be_visible()
    return chat


def plot(board: OpenBoard, **options: object) -> Chat:
    chat = board({"group_by": "month"}, **options)
    expect(chat.board.get_by_role("button", name="By month")).to_be_visible()
    return chat


def loading(board: OpenBoard, **options: object) -> Chat:
    chat = board(result="never", **options)
    expect(chat.board.get_by_role("main")).to_contain_text("Loading")
    return chat


def empty(board: OpenBoard, **options: object) -> Chat:
    chat = board({"severity": "sev9"}, **options)
    expect(chat.board.get_by_role("main")).to_contain_text("Nothing is live")
    return chat


def cancelled(board: OpenBoard, **options: object) -> Chat:
    chat = loading(board, **options)
    chat.cancel("")
    expect(chat.board.get_by_role("main")).to_contain_text("Cancelled")
    return chat


def timeout(board: OpenBoard, **options: object) -> Chat:
    """A refresh has failed, and the old data is there."""
    chat = live(board, **options)
    chat.hold("list_incidents")
    chat.board.get_by_role("button", name="Refresh now").click()
    chat.page.wait_for_function("chat.messages.some(e => e.message.method === 'tools/call')")
    chat.page.clock.run_for(26_000)
    expect(chat.board.get_by_role("button", name="Retry")).to_be_visible()
    return chat


def no_calls(board: OpenBoard, **options: object) -> Chat:
    """The program can call no tools."""
    capabilities = {name: value for name, value in CAPABILITIES.items() if name != "serverTools"}
    return live(board, capabilities=capabilities, **options)


STATES: Mapping[str, Callable[..., Chat]] = {
    state.__name__: state
    for state in (live, incident, plot, loading, empty, cancelled, timeout, no_calls)
}
