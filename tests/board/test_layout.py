"""The board in narrow windows, at 200 %, without colours and without movement."""

import pytest
from playwright.sync_api import expect

from sandbox.serving import Sandbox
from tests.board.conftest import OpenBoard
from tests.board.states import STATES, live, plot
from tests.board.test_hostile_texts import SCROLLS_SIDEWAYS, TOO_WIDE
from tests.board.worlds import crowd

pytestmark = pytest.mark.slow

MORE_SPACE = """() => {
    const styles = new CSSStyleSheet();
    styles.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
        word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }`);
    document.adoptedStyleSheets = [styles];
}"""
"""The space between letters, words, lines and paragraphs that WCAG 1.4.12 wants to be possible."""

CLIPPED = """() => {
    const clips = element => getComputedStyle(element).overflowX !== 'visible';
    const parents = element => element ? [element, ...parents(element.parentElement)] : [];
    return [...document.querySelectorAll('svg text')].filter(text => {
        const {left, right} = text.getBoundingClientRect();
        return parents(text.parentElement).filter(clips).map(each => each.getBoundingClientRect())
            .some(edge => left < edge.left || right > edge.right);
    }).map(text => text.textContent);
}"""
"""The texts of a plot of which a part cannot be seen."""

PARTS_OF_A_LINE = """line => [...line.children].map(part => {
    const range = document.createRange();
    range.selectNodeContents(part);
    return [...range.getClientRects()].map(({left, right}) => [left, right]);
})"""


@pytest.mark.parametrize("state", [*STATES])
def test_a_window_of_320_pixels_is_wide_enough(board: OpenBoard, state: str) -> None:
    """A window of 640 pixels has this width at 200 %."""
    chat = STATES[state](board, width=320)
    assert not chat.board.evaluate(SCROLLS_SIDEWAYS)
    assert chat.board.evaluate(TOO_WIDE) == []


def test_letters_twice_as_large_have_room(board: OpenBoard) -> None:
    chat = live(board, width=640)
    chat.board.evaluate("() => { document.documentElement.style.fontSize = '200%'; }")
    assert not chat.board.evaluate(SCROLLS_SIDEWAYS)
    assert chat.board.evaluate(TOO_WIDE) == []


@pytest.mark.parametrize("state", ["live", "incident"])
def test_more_space_between_letters_has_room(board: OpenBoard, state: str) -> None:
    chat = STATES[state](board, width=320)
    chat.board.evaluate(MORE_SPACE)
    assert not chat.board.evaluate(SCROLLS_SIDEWAYS)
    assert chat.board.evaluate(TOO_WIDE) == []


def test_the_numbers_of_a_plot_are_whole_with_more_space_between_letters(
    board: OpenBoard,
) -> None:
    """`8 h` without its left edge reads as `3 h`."""
    chat = plot(board, width=320)
    chat.board.evaluate(MORE_SPACE)
    assert chat.board.evaluate(CLIPPED) == []


def test_a_duration_stands_after_a_time_that_is_written_from_right_to_left(
    board: OpenBoard,
) -> None:
    chat = live(board, context={"locale": "ar-EG"})
    since = chat.board.locator(".since").first
    expect(since).to_contain_text("39 min")
    [_, [[left, _right]]] = since.evaluate(PARTS_OF_A_LINE)
    [moment, _] = since.evaluate(PARTS_OF_A_LINE)
    assert left >= max(right for _, right in moment)


def test_a_severity_is_a_word_too(board: OpenBoard) -> None:
    """People who see no colours, or whose system replaces them, read it."""
    chat = live(board, forced_colors="active")
    chips = chat.board.locator(".chip")
    expect(chips).to_have_text(["SEV1", "SEV2"])
    for chip in chips.all():
        assert chip.evaluate("chip => getComputedStyle(chip).borderStyle") != "none"


def test_nothing_moves_for_people_who_do_not_want_that(
    board: OpenBoard, world: Sandbox, world_desk: str
) -> None:
    world.load(crowd(3))
    chat = live(board, server=world_desk, reduced_motion="reduce")
    world.store.create_incident({"severity": ["sev1"]}, title="Nobody can log in")
    chat.board.get_by_role("button", name="Refresh now").click()
    chat.board.get_by_role("button", name="Nobody can log in").wait_for()
    assert chat.board.evaluate("() => document.getAnimations().length") == 0
