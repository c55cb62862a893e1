"""Stdout, as a terminal or as plain text."""

import shutil
import sys

from rich.console import Console, RenderableType
from rich.text import Text

FULL_WIDTH = 1_000_000
"""The width without a terminal: no line is folded."""
READABLE_WIDTH = 20
"""Columns of text, and the whole screen, are not made narrower than this."""
STRONG = "bold"
QUIET = "dim"
ERROR = "bold red"


class Screen:
    """Prints on stdout: with colours in the terminal's width, or as plain text in full width.

    Everything is printed as `Text`, because strangers type titles: no markup is interpreted.
    """

    def __init__(self) -> None:
        self.is_terminal = sys.stdout.isatty()
        self.is_empty = True
        self.console = Console(
            file=sys.stdout,
            force_terminal=self.is_terminal,
            width=_terminal_width() if self.is_terminal else FULL_WIDTH,
            # Without a height, rich would take a width of 80 if TERM is "dumb".
            height=25,
            color_system="auto" if self.is_terminal else None,
            force_jupyter=False,
        )

    @property
    def width(self) -> int:
        return self.console.width

    def line(self, text: str | Text, style: str = "") -> None:
        """Print a line that only the terminal itself folds, so that it can be copied."""
        self.console.print(Text(text, style) if isinstance(text, str) else text, soft_wrap=True)
        self.is_empty = False

    def label(self, name: str) -> None:
        self.line(f"\n{name}:", QUIET)

    def print(self, renderable: RenderableType) -> None:
        """Print something that rich folds to the width."""
        self.is_empty = False
        if self.is_terminal:
            self.console.print(renderable)
            return
        with self.console.capture() as capture:
            self.console.print(renderable)
        # Without a terminal, the spaces at the end of lines only disturb.
        lines = (line.rstrip() for line in capture.get().splitlines())
        sys.stdout.write("\n".join(lines) + "\n")


def _terminal_width() -> int:
    # rich would take `COLUMNS=0`, and print nothing.
    return max(READABLE_WIDTH, shutil.get_terminal_size().columns)
