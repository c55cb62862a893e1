"""What a screen reader gets, in each state, and what a checker of accessibility finds."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.board.chat import Chat
from tests.board.conftest import OpenBoard
from tests.board.states import STATES, live
from tests.pages import ROOT

pytestmark = pytest.mark.slow

SNAPSHOTS = Path(__file__).parent / "snapshots"
AXE = ROOT / "board/node_modules/axe-core/axe.min.js"


def axe_violations(chat: Chat) -> list[str]:
    """What axe finds in the board."""
    axe = AXE.read_text(encoding="utf-8")
    chat.board.evaluate(f"() => {{ {axe} }}")
    violations: list[str] = chat.board.evaluate(
        """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
            .flatMap(({id, nodes}) => nodes.map(node => `${id}: ${node.html.slice(0, 120)}`))"""
    )
    return violations


@pytest.mark.parametrize("state", [*STATES])
def test_the_accessibility_tree_is_the_reviewed_one(board: OpenBoard, state: str) -> None:
    """UPDATE_SNAPSHOTS=1 writes it again."""
    chat = STATES[state](board, is_still=True)
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
    assert axe_violations(chat) == []


@pytest.mark.parametrize(
    ("theme", "colours"),
    [
        pytest.param("light", {"background-primary": "#101820"}, id="dark-background"),
        pytest.param("dark", {"background-primary": "#fff"}, id="light-background"),
        pytest.param("light", {"text-primary": "#eee"}, id="light-text"),
        pytest.param("light", {"background-danger": "#c33"}, id="red-background"),
        pytest.param("dark", {"text-secondary": "rgb(255 255 255 / 20%)"}, id="faint-text"),
    ],
)
def test_colours_of_a_host_that_do_not_fit_the_others_are_not_used(
    board: OpenBoard, theme: str, colours: Mapping[str, str]
) -> None:
    variables = {f"--color-{name}": colour for name, colour in colours.items()}
    chat = live(board, context={"theme": theme, "styles": {"variables": variables}})
    ours = {"light": "rgb(255, 255, 255)", "dark": "rgb(23, 24, 26)"}
    expect(chat.board.locator("body")).to_have_css("background-color", ours[theme])
    assert axe_violations(chat) == []


def test_colours_of_a_host_that_fit_together_are_used(board: OpenBoard) -> None:
    """Also with names of colours, light-dark() and transparency."""
    variables = {
        "--color-background-primary": "light-dark(ivory, rgb(43 10 61))",
        "--color-text-primary": "light-dark(oklch(25% 0.05 300), #ffe9c7)",
        "--color-text-secondary": "light-dark(rgb(0 0 0 / 70%), #d8b6ff)",
    }
    context = {"theme": "dark", "styles": {"variables": variables}}
    chat = live(board, context=context)
    expect(chat.board.locator("body")).to_have_css("background-color", "rgb(43, 10, 61)")
    chat.change_context({"theme": "light"})
    expect(chat.board.locator("body")).to_have_css("background-color", "rgb(255, 255, 240)")


def test_axe_looks_at_colours(board: OpenBoard) -> None:
    """So `test_axe_finds_nothing` notices wrong ones."""
    chat = live(board)
    chat.board.evaluate("() => { document.body.style.color = '#eee'; }")
    assert any(violation.startswith("color-contrast") for violation in axe_violations(chat))


def test_a_list_has_the_name_of_its_severity(board: OpenBoard) -> None:
    chat = live(board)
    for name in ("SEV1", "SEV2"):
        expect(chat.board.get_by_role("region", name=name).get_by_role("list")).to_be_visible()


def test_a_refresh_that_changes_nothing_says_nothing(board: OpenBoard) -> None:
    chat = live(board)
    chat.hold("list_incidents")
    chat.board.get_by_role("button", name="Refresh now").click()
    expect(chat.board.get_by_role("button", name="Refreshing")).to_be_visible()
    chat.release()
    expect(chat.board.get_by_role("button", name="Refresh now")).to_be_visible()
    expect(chat.board.get_by_role("status")).to_have_text("")
