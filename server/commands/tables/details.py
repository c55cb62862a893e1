"""Names and values in lines, as many in a line as fit."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from server.commands.screen import QUIET, READABLE_WIDTH, Screen
from server.commands.tables.column import Column

_SEPARATOR = " · "
_SMALL_INDENT = 2
"""The indent if a line is too long for the usual one."""


def indent_of(columns: Sequence[Column], wanted: int, width: int) -> int:
    """How far the lines beneath rows are indented: less than *wanted* if a link would be folded.

    A link that is wider than the screen is folded anyway.
    """
    longest = max((column.width for column in columns if column.is_link), default=0)
    if longest > width:
        return _SMALL_INDENT
    needed = max(longest, READABLE_WIDTH)
    return next((indent for indent in (wanted, _SMALL_INDENT) if indent + needed <= width), 0)


def details(screen: Screen, columns: Sequence[Column], number: int, indent: int) -> list[Text]:
    """The lines beneath the row with this *number*. Values of several lines come last."""
    width = screen.width - indent
    present = [column for column in columns if column.cells[number].plain]
    brief = [_labelled(column, number) for column in present if not column.has_lines]
    lines = packed(brief, screen.console, width)
    for column in present:
        if column.has_lines:
            lines += _value_lines(column, number, screen.console, width)
    return [Text(" " * indent).append_text(line) for line in lines]


def packed(items: Iterable[Text], console: Console, width: int) -> list[Text]:
    """The *items* in lines, as many in each as fit. An item is folded only if it is too long."""
    lines: list[Text] = []
    for item in items:
        if lines and lines[-1].cell_len + len(_SEPARATOR) + item.cell_len <= width:
            lines[-1].append(_SEPARATOR, QUIET).append_text(item)
        else:
            lines.append(Text().append_text(item))
    return [part for line in lines for part in line.wrap(console, width, overflow="fold")]


def _labelled(column: Column, number: int) -> Text:
    """A value after its name. A link needs no name."""
    cell = column.cells[number]
    if column.is_link:
        return Text(cell.plain, QUIET)
    return Text.assemble((f"{column.name} ", QUIET), cell)


def _value_lines(column: Column, number: int, console: Console, width: int) -> list[Text]:
    """A value of several lines, on the right of its name."""
    label = Text(f"{column.name} ", QUIET)
    room = max(READABLE_WIDTH, width - label.cell_len)
    lines: list[Text] = []
    for line in column.cells[number].wrap(console, room, overflow="fold"):
        lines += Text.assemble(label, line).wrap(console, width, overflow="fold")
        label = Text(" " * min(label.cell_len, width - room))
    return lines
