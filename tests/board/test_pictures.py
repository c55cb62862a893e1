"""The board in pictures: what people see who open it for the first time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.board.chat import Chat
from tests.board.conftest import OpenBoard
from tests.board.states import empty, incident, live, plot, timeout
from tests.pictures import compare

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Picture:
    """A state of the board, and the window that shows it."""

    state: Callable[..., Chat]
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    height: int = 640


def everything(board: OpenBoard, **options: Any) -> Chat:
    """The board without filters."""
    chat = board(**options)
    chat.board.get_by_role("heading", level=3).first.wait_for()
    return chat


DARK = {"context": {"theme": "dark"}, "color_scheme": "dark"}
NARROW = {"width": 320}

PICTURES: Mapping[str, Picture] = {
    "board-light": Picture(everything),
    "board-dark": Picture(everything, DARK),
    "board-narrow": Picture(everything, NARROW),
    "board-200-percent": Picture(everything, {"width": 380, "device_scale_factor": 2}, 450),
    "board-empty": Picture(empty, height=240),
    "board-failing": Picture(timeout, height=400),
    "board-incident": Picture(incident, height=760),
    "board-incident-dark-narrow": Picture(incident, {**DARK, **NARROW}, height=760),
    "board-plot": Picture(plot, height=560),
    "board-forced-colors": Picture(live, {"forced_colors": "active"}, height=400),
}


@pytest.mark.parametrize("name", [*PICTURES])
def test_the_board_looks_as_in_its_picture(board: OpenBoard, name: str) -> None:
    """UPDATE_PICTURES=1 makes the pictures again."""
    picture = PICTURES[name]
    chat = picture.state(
        board, is_still=True, fit="ignore", height=picture.height, **picture.options
    )
    chat.page.mouse.move(0, 0)
    chat.board.evaluate("() => document.activeElement.blur()")
    compare(name, chat.page.locator("iframe").screenshot())
