"""The file with the board: one HTML page, built from the sources in board/."""

from functools import cache
from importlib.resources import files

NAME = "board.html"


@cache
def board_html() -> str:
    """The page, as chat programs get it."""
    return files("server.board").joinpath(NAME).read_text(encoding="utf-8")
