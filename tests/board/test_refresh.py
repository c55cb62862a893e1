"""The board asks again: every 30 s while it is seen, and never twice at once."""

import pytest
from playwright.sync_api import expect

from sandbox.serving import Sandbox
from tests.board.chat import Chat
from tests.board.conftest import OpenBoard
from tests.board.desk import desk_for
from tests.board.worlds import crowd

pytestmark = pytest.mark.slow

HALF_A_MINUTE = 30_000


def calls(chat: Chat) -> int:
    """How often the board has called a tool."""
    return len(chat.sent("tools/call"))


def with_list(chat: Chat) -> Chat:
    """The board, once it shows its list."""
    expect(chat.board.get_by_role("heading", level=3).first).to_be_visible()
    return chat


def idle(chat: Chat) -> None:
    """Wait until the board waits for nothing."""
    expect(chat.board.get_by_role("button", name="Refresh now", exact=True)).to_be_visible()


def pass_time(chat: Chat, milliseconds: int) -> None:
    """Move the clock on, and then let the messages of that time arrive."""
    chat.page.clock.run_for(milliseconds)
    chat.board.evaluate("() => new Promise(resolve => setTimeout(resolve))")


def test_it_asks_again_after_half_a_minute_and_not_before(board: OpenBoard) -> None:
    chat = with_list(board())
    pass_time(chat, HALF_A_MINUTE - 10_000)
    assert calls(chat) == 0
    pass_time(chat, 10_000)
    idle(chat)
    assert calls(chat) == 1
    pass_time(chat, HALF_A_MINUTE)
    idle(chat)
    assert calls(chat) == 2


def test_a_person_who_presses_often_asks_once(board: OpenBoard) -> None:
    chat = with_list(board())
    chat.hold("list_incidents")
    for _ in range(3):
        # While it refreshes, its name is "Refreshing …".
        chat.board.get_by_role("button", name="Refresh").click(force=True)
    assert calls(chat) == 1
    chat.release()
    idle(chat)
    assert calls(chat) == 1


def test_a_board_that_is_not_on_the_screen_does_not_ask(board: OpenBoard) -> None:
    """It asks when it is seen again."""
    chat = with_list(board())
    chat.page.evaluate("chat.frame.style.marginTop = '5000px'")
    chat.page.evaluate("() => new Promise(requestAnimationFrame)")
    pass_time(chat, 5 * HALF_A_MINUTE)
    assert calls(chat) == 0
    chat.page.evaluate("chat.frame.style.marginTop = ''")
    chat.page.wait_for_function("chat.messages.some(e => e.message.method === 'tools/call')")


def test_a_board_in_a_hidden_window_does_not_ask(board: OpenBoard) -> None:
    chat = with_list(board())
    hide = """state => {
        Object.defineProperty(document, 'visibilityState', {value: state, configurable: true});
        document.dispatchEvent(new Event('visibilitychange'));
    }"""
    chat.board.evaluate(hide, "hidden")
    pass_time(chat, 5 * HALF_A_MINUTE)
    assert calls(chat) == 0
    chat.board.evaluate(hide, "visible")
    chat.page.wait_for_function("chat.messages.some(e => e.message.method === 'tools/call')")


@pytest.mark.parametrize("fault", ["status:401", "status:403"])
def test_what_cannot_succeed_is_not_tried_again(
    board: OpenBoard, world: Sandbox, fault: str
) -> None:
    world.load(crowd(2))
    with desk_for(world, fault=fault) as desk:
        chat = board(server=desk)
        expect(chat.board.get_by_role("button", name="Retry")).to_be_visible()
        pass_time(chat, 20 * HALF_A_MINUTE)
        assert calls(chat) == 0


def test_what_may_pass_is_tried_again(board: OpenBoard, world: Sandbox) -> None:
    world.load(crowd(2))
    with desk_for(world) as desk:
        world.script.turn(1, fault="429:seconds:90")
        chat = board(server=desk)
        expect(chat.board.get_by_role("button", name="Retry")).to_be_visible()
        pass_time(chat, 2 * HALF_A_MINUTE)
        assert calls(chat) == 0
        pass_time(chat, HALF_A_MINUTE)
        with_list(chat)


def test_nothing_is_asked_after_the_board_was_taken_away(board: OpenBoard) -> None:
    chat = with_list(board())
    chat.hold("list_incidents")
    chat.board.get_by_role("button", name="Refresh now").click()
    chat.close()
    assert len(chat.sent("notifications/cancelled")) == 1
    pass_time(chat, 5 * HALF_A_MINUTE)
    assert calls(chat) == 1


def test_an_incident_that_is_open_is_asked_for_instead_of_the_list(board: OpenBoard) -> None:
    chat = with_list(board())
    chat.board.get_by_role("button", name="Checkout 5xx").click()
    expect(chat.board.get_by_role("main")).not_to_contain_text("Loading")
    begin = calls(chat)
    pass_time(chat, HALF_A_MINUTE)
    idle(chat)
    [*_, last] = chat.sent("tools/call")
    assert calls(chat) == begin + 1
    assert str(last["params"]["arguments"]["sequential_id"]) in ("4821", "['4821']")
