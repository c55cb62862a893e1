"""The board in narrow windows, at 200 %, without colours and without movement."""

import pytest

from sandbox.serving import Sandbox
from tests.board.conftest import OpenBoard
from tests.board.states import STATES, live
from tests.board.test_hostile_texts import SCROLLS_SIDEWAYS, TOO_WIDE
from tests.board.worlds import crowd

pytestmark = pytest.mark.slow


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


def test_a_severity_is_a_word_too(board: OpenBoard) -> None:
    """People who see no colours, or whose system replaces them, read it."""
    chat = live(board, forced_colors="active")
    for chip in chat.board.locator(".chip").all():
        assert (chip.text_content() or "").startswith("SEV")
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
