"""What a command wrote to a terminal, as a page for a browser."""

import io

from rich.console import Console
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Span, Text

_BACKGROUND = (30, 30, 30)
_FOREGROUND = (220, 220, 220)
_RED = (205, 49, 49)
_THEME = TerminalTheme(
    _BACKGROUND,
    _FOREGROUND,
    [
        (0, 0, 0),
        _RED,
        (13, 188, 121),
        (229, 229, 16),
        (36, 114, 200),
        (188, 63, 188),
        (17, 168, 205),
        (229, 229, 229),
    ],
)
"""The colours of a dark terminal."""
_PAGE = """<!doctype html>
<meta charset="utf-8">
<style>
body {{ background: {background}; color: {foreground}; margin: 0; }}
pre {{ font: 13px/17px "DejaVu Sans Mono"; margin: 0; padding: 16px; width: max-content; }}
</style>
<pre>{code}</pre>
"""


def terminal_page(output: str, columns: int) -> str:
    """A page that shows *output*, with its escape sequences, in a terminal *columns* wide."""
    text = Text.from_ansi(output)
    text.spans = [_unreversed(span) for span in text.spans]
    console = Console(
        file=io.StringIO(),
        record=True,
        width=columns,
        force_terminal=True,
        color_system="standard",
    )
    console.print(text, overflow="fold", crop=False)
    return console.export_html(theme=_THEME, code_format=_PAGE, inline_styles=True)


def _unreversed(span: Span) -> Span:
    """The same look without the attribute for reverse colours, of which rich knows too little."""
    style = span.style
    if not isinstance(style, Style) or not style.reverse:
        return span
    ground = f"rgb({','.join(map(str, _BACKGROUND))})"
    plain = Style(bold=style.bold, color=ground, bgcolor=style.color and style.color.name)
    return span._replace(style=plain)
