"""Paragraphs of help, folded to the width of the terminal."""

import shutil
import textwrap

_MOST_WIDTH = 100
"""Longer lines are hard to read. It is also the width without a terminal."""
_LEAST_WIDTH = 20


def fold(text: str, *, first: str = "", rest: str = "") -> str:
    """*text* in lines, the *first* and the *rest* of which begin with these spaces."""
    columns = shutil.get_terminal_size((_MOST_WIDTH, 24)).columns
    return textwrap.fill(
        text,
        max(_LEAST_WIDTH, min(_MOST_WIDTH, columns)),
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
        break_long_words=False,
    )
