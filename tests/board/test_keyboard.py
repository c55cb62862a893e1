"""All of the board by keyboard alone, and where the focus is after each change."""

import pytest
from playwright.sync_api import expect

from sandbox.serving import Sandbox
from tests.board.chat import Chat
from tests.board.conftest import OpenBoard
from tests.board.states import live
from tests.board.worlds import crowd

pytestmark = pytest.mark.slow

FOCUS = "() => document.activeElement.textContent.trim() || document.activeElement.localName"


def focus(chat: Chat) -> str:
    """The text of the element that has the focus."""
    text: str = chat.board.evaluate(FOCUS)
    return text


def tab_to(chat: Chat, text: str) -> None:
    """Press the tab key until an element that begins with *text* has the focus."""
    for _ in range(40):
        chat.page.keyboard.press("Tab")
        if focus(chat).startswith(text):
            return
    raise AssertionError(f"no tab leads to {text!r}; the last one led to {focus(chat)!r}")


def enter(chat: Chat) -> None:
    """Put the focus into the board, as the tab key of the program does."""
    chat.board.evaluate("() => document.body.focus()")
    chat.page.locator("iframe").focus()


def test_a_walk_by_keyboard_reaches_everything(board: OpenBoard) -> None:
    chat = live(board)
    enter(chat)
    tab_to(chat, "Refresh now")
    tab_to(chat, "Trends")
    tab_to(chat, "Checkout 5xx")
    chat.page.keyboard.press("Enter")
    expect(chat.board.get_by_role("heading", level=1)).to_be_focused()
    tab_to(chat, "Ask about this")
    chat.page.keyboard.press("Space")
    chat.page.wait_for_function("chat.asked.length === 1")
    tab_to(chat, "Open in Rootly")
    chat.page.keyboard.press("Enter")
    chat.page.wait_for_function("chat.links.length === 1")
    chat.page.keyboard.press("Escape")
    expect(chat.board.get_by_role("button", name="Checkout 5xx")).to_be_focused()


def test_the_way_to_the_plot_and_back(board: OpenBoard) -> None:
    chat = live(board)
    enter(chat)
    tab_to(chat, "Trends")
    chat.page.keyboard.press("Enter")
    expect(chat.board.get_by_role("heading", level=1)).to_be_focused()
    tab_to(chat, "By month")
    chat.page.keyboard.press("Enter")
    expect(chat.board.get_by_role("button", name="By month", pressed=True)).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(chat.board.get_by_role("heading", level=1)).to_have_text("Live incidents")


def test_a_refresh_leaves_the_focus_where_it_is(
    board: OpenBoard, world: Sandbox, world_desk: str
) -> None:
    """Also if the incident with the focus gets another place in the list."""
    world.load(crowd(8))
    chat = live(board, server=world_desk)
    last = chat.board.get_by_role("heading", level=3).last.get_by_role("button")
    title = last.text_content() or ""
    last.focus()
    number = world.store.value("SELECT sequential_id FROM incidents WHERE title = ?", [title])
    world.store.update_incident(number, severity=["sev1"])
    chat.page.clock.run_for(30_000)
    expect(chat.board.get_by_role("status")).to_contain_text("changed")
    expect(chat.board.get_by_role("button", name=title)).to_be_focused()


def test_the_focus_is_visible(board: OpenBoard) -> None:
    chat = live(board)
    enter(chat)
    tab_to(chat, "Checkout 5xx")
    outline = "() => getComputedStyle(document.activeElement).outlineStyle"
    assert chat.board.evaluate(outline) != "none"


def test_no_place_of_the_board_keeps_the_focus(board: OpenBoard) -> None:
    """The tab key leads through the whole board, and out of it."""
    chat = live(board)
    chat.page.evaluate("document.body.append(document.createElement('button'))")
    enter(chat)
    for _ in range(60):
        chat.page.keyboard.press("Tab")
        if chat.page.evaluate("document.activeElement.localName") == "button":
            return
    raise AssertionError(f"60 tabs end at {focus(chat)!r}")
