"""A line on stderr that says what a command waits for. It is only for terminals."""

import sys

_CLEAR = "\r\x1b[K"


def show(text: str) -> None:
    """Show *text* in place of what the line shows now."""
    if sys.stderr.isatty():
        print(f"{_CLEAR}{text}", end="", file=sys.stderr, flush=True)


def clear() -> None:
    show("")
