"""What a screen reader gets, in each state, and what a checker of accessibility finds."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.board.chat import CAPABILITIES, Chat
from tests.board.conftest import OpenBoard
from tests.pages import ROOT

pytestmark = pytest.mark.slow

SNAPSHOTS = Path(__file__).parent / "snapshots"
AXE = ROOT / "board/node_modules/axe-core/axe.min.js"


def live(board: OpenBoard, **options: object) -> Chat:
    chat = board({"severity": ["sev1", "sev2"]}, **options)
    expect(chat.board.get_by_role("heading", level=3).first).to_be_visible()
    return chat


def opened(board: OpenBoard, **options: object) -> Chat:
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


def hung(board: OpenBoard, **options: object) -> Chat:
    """A refresh has failed, and the old data is there."""
    chat = live(board, **options)
    chat.hold("list_incidents")
    chat.board.get_by_role("button", name="Refresh").click()
    chat.page.wait_for_function("chat.messages.some(e => e.message.method === 'tools/call')")
    chat.page.clock.run_for(26_000)
    expect(chat.board.get_by_role("button", name="Retry")).to_be_visible()
    return chat


def fixed(board: OpenBoard, **options: object) -> Chat:
    """The program can call no tools."""
    capabilities = {name: value for name, value in CAPABILITIES.items() if name != "serverTools"}
    return live(board, capabilities=capabilities, **options)


STATES: Mapping[str, Callable[..., Chat]] = {
    state.__name__: state for state in (live, opened, plot, loading, empty, cancelled, hung, fixed)
}


@pytest.mark.parametrize("state", [*STATES])
def test_the_accessibility_tree_is_the_reviewed_one(board: OpenBoard, state: str) -> None:
    """UPDATE_SNAPSHOTS=1 writes it again."""
    chat = STATES[state](board)
    snapshot = SNAPSHOTS / f"{state}.yaml"
    tree = chat.board.locator("body").aria_snapshot() + "\n"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        snapshot.write_text(tree, encoding="utf-8")
    assert tree == snapshot.read_text(encoding="utf-8")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("state", [*STATES])
def test_axe_finds_nothing(board: OpenBoard, state: str, theme: str) -> None:
    """Nothing that it knows of is wrong: names, roles, order of headings, contrast of colours."""
    chat = STATES[state](board, context={"theme": theme}, color_scheme=theme)
    axe = AXE.read_text(encoding="utf-8")
    chat.board.evaluate(f"() => {{ {axe} }}")
    violations = chat.board.evaluate(
        """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
            .flatMap(({id, nodes}) => nodes.map(node => `${id}: ${node.html.slice(0, 120)}`))"""
    )
    assert violations == []


def test_a_list_has_the_name_of_its_severity(board: OpenBoard) -> None:
    chat = live(board)
    for name in ("SEV1", "SEV2"):
        expect(chat.board.get_by_role("region", name=name).get_by_role("list")).to_be_visible()


def test_a_refresh_tells_in_words_only_what_changed(board: OpenBoard) -> None:
    chat = live(board)
    chat.board.get_by_role("button", name="Refresh").click()
    expect(chat.board.get_by_role("button", name="Refresh", exact=True)).to_be_visible()
    expect(chat.board.get_by_role("status")).to_have_text("")
