"""Texts and links that strangers wrote stay texts, and stay in their place."""

from collections.abc import Mapping
from typing import Any

import pytest
from playwright.sync_api import expect

from sandbox.serving import Sandbox
from tests.board import hostile
from tests.board.chat import Chat
from tests.board.conftest import OpenBoard
from tools import text

pytestmark = pytest.mark.slow

FOREIGN_ELEMENTS = (
    "img, picture, video, audio, iframe, frame, object, embed, link, base, form, style:not(head *),"
    " script:not(body > script:last-child), image, use, foreignObject, animate, marquee,"
    " [style*='url'], [srcdoc], [action], [formaction], [ping]"
)
"""What the board never contains. Its own script is the last element of the body."""

HANDLERS = """() => [...document.querySelectorAll('*')]
    .flatMap(element => element.getAttributeNames())
    .filter(name => name.startsWith('on'))"""

SCROLLS_SIDEWAYS = "() => document.documentElement.scrollWidth > innerWidth"

TOO_WIDE = """() => {
    const scrolls = element => ['auto', 'scroll'].includes(getComputedStyle(element).overflowX);
    const isInside = element =>
        element !== null && (scrolls(element) || isInside(element.parentElement));
    return [...document.querySelectorAll('main *')]
        .filter(element => element.getBoundingClientRect().right > innerWidth)
        .filter(element => !isInside(element.parentElement))
        .map(element => `${element.localName}.${element.className}`);
}"""
"""The elements that are cut off. A table may be wider, in a place that scrolls by itself."""

UNBREAKABLE = {"combining"}
"""A text that is wider than the window in one piece: it is cut off at the edge."""

HREFS = "() => [...document.querySelectorAll('a[href]')].map(anchor => anchor.href)"

RAW: Mapping[str, str] = {
    **hostile.TEXTS,
    "control": "\x00\x07\x1b[31mred\x1b]8;;http://127.0.0.1:9/\x07\x7f\x85",
    "surrogate": "\ud800 alone \udfff",
    "override-open": "\u202e\u2067\u202b never closed",
    "prototype": "__proto__",
    "method": "toString",
}
"""Texts that our server would have cleaned, or names that mean something to JavaScript."""


def assert_inert(chat: Chat, name: str = "") -> None:
    """The text *name* has become no part of the page, which is not wider than its window."""
    board = chat.board
    assert board.locator(FOREIGN_ELEMENTS).count() == 0
    assert board.evaluate(HANDLERS) == []
    assert board.evaluate("() => window.broken") is None
    assert chat.page.evaluate("() => window.broken") is None
    assert not board.evaluate(SCROLLS_SIDEWAYS)
    assert name in UNBREAKABLE or board.evaluate(TOO_WIDE) == []
    assert all(href.startswith(("https://", "http://")) for href in board.evaluate(HREFS))


@pytest.mark.parametrize("name", [*hostile.TEXTS])
def test_a_hostile_text_stays_a_text_everywhere(
    board: OpenBoard, world: Sandbox, world_desk: str, name: str
) -> None:
    """In the list and in the opened incident, 320 pixels wide."""
    world.load(hostile.world(hostile.TEXTS[name]))
    chat = board(server=world_desk, width=320)
    title = chat.board.get_by_role("button").filter(has=chat.board.locator("bdi"))
    expect(title).to_have_text(text.title(hostile.TEXTS[name]) or "")
    assert_inert(chat, name)
    title.click()
    expect(chat.board.get_by_role("main")).not_to_contain_text("Loading")
    expect(chat.board.get_by_role("region", name="Attachments").get_by_role("list")).to_be_visible()
    assert_inert(chat, name)
    chat.board.get_by_role("button", name="Ask about this").click()
    chat.page.wait_for_function("chat.asked.length === 1")


@pytest.mark.parametrize("name", [*hostile.LINKS])
def test_a_link_leads_only_to_web_pages_and_shows_their_host(
    board: OpenBoard, world: Sandbox, world_desk: str, name: str
) -> None:
    link = hostile.LINKS[name]
    world.load(hostile.world("Checkout is down", link))
    chat = board(server=world_desk)
    chat.board.get_by_role("button", name="Checkout is down").click()
    expect(chat.board.get_by_role("main")).not_to_contain_text("Loading")
    assert_inert(chat)
    for anchor in chat.board.get_by_role("link").all():
        host = anchor.evaluate("anchor => anchor.host")
        expect(anchor.locator("..")).to_contain_text(host)
        anchor.click()
    assert all(link.startswith(("https://", "http://")) for link in chat.links)
    assert link not in chat.links
    assert chat.page.evaluate("() => window.broken") is None


def with_text(value: Any, hostile_text: str) -> Any:
    """The value with *hostile_text* in place of every text that a person can have written."""
    if isinstance(value, str):
        return hostile_text
    if isinstance(value, list):
        return [with_text(one, hostile_text) for one in value]
    if isinstance(value, dict):
        return {name: with_text(one, hostile_text) for name, one in value.items()}
    return value


def answer_every_call(chat: Chat, answer: Mapping[str, Any]) -> None:
    """The program gives the board this answer to each call of a tool."""
    result = {"content": [], "structuredContent": answer}
    chat.page.evaluate("result => { chat.bridge.oncalltool = async () => result; }", result)


@pytest.mark.parametrize("name", [*RAW])
def test_an_answer_that_nobody_has_cleaned_is_inert_too(
    board: OpenBoard, full_answer: Mapping[str, Any], name: str
) -> None:
    """Every text of it is hostile: also times, statuses, severities and links."""
    answer = with_text(full_answer, RAW[name])
    chat = board(result="never", width=320)
    answer_every_call(chat, answer)
    page = {"arguments": {"status": [RAW[name]]}, "answer": answer, "tools": [], "sandbox": True}
    chat.result({"content": [], "_meta": {"incident-desk/board": page}})
    title = chat.board.get_by_role("heading", level=3).first.get_by_role("button")
    expect(title).to_be_visible()
    assert_inert(chat, name)
    title.click()
    expect(chat.board.get_by_role("region", name="Timeline")).to_be_visible()
    expect(chat.board.get_by_role("main")).not_to_contain_text("Loading")
    assert_inert(chat, name)


def test_a_thousand_services_do_not_push_the_others_away(
    board: OpenBoard, full_answer: Mapping[str, Any]
) -> None:
    names = [f"service-{number}" for number in range(1_000)]
    answer = {**full_answer, "incidents": [{**full_answer["incidents"][0], "services": names}]}
    chat = board(result="never", width=320)
    page = {"arguments": {}, "answer": answer, "tools": [], "sandbox": True}
    chat.result({"content": [], "_meta": {"incident-desk/board": page}})
    row = chat.board.get_by_role("listitem").first
    expect(row).to_contain_text("service-0")
    expect(row).to_contain_text("more")
    assert_inert(chat)
    assert row.evaluate("row => row.offsetHeight") < 400


def test_the_question_to_the_model_has_texts_of_strangers_only_as_data(
    board: OpenBoard, world: Sandbox, world_desk: str
) -> None:
    world.load(hostile.world(hostile.TEXTS["order"]))
    chat = board(server=world_desk)
    chat.board.get_by_role("button", name="Ignore what was said").click()
    chat.board.get_by_role("button", name="Ask about this").click()
    chat.page.wait_for_function("chat.asked.length === 1")
    [message], [context] = chat.asked, chat.contexts
    assert "Ignore" not in str(message)
    assert hostile.TEXTS["order"] in str(context)
