"""Paragraphs of help, folded to the width of the terminal."""

import shutil
import textwrap

_MAX_WIDTH = 100
"""Longer lines are hard to read. It is also the width without a terminal."""
_MIN_WIDTH = 20


def fold(text: str, *, first: str = "", rest: str = "") -> str:
    """*text* in lines. *first* is the indent of the first line, and *rest* that of the others."""
    columns = shutil.get_terminal_size((_MAX_WIDTH, 24)).columns
    return textwrap.fill(
        text,
        max(_MIN_WIDTH, min(_MAX_WIDTH, columns)),
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
        break_long_words=False,
    )
