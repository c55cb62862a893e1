"""Tables, names with values, and lines on stdout."""

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from server.commands.page import Row, columns_of

_FULL_WIDTH = 1_000_000
"""The width without a terminal: no line is folded."""
_READABLE_WIDTH = 20
"""Columns of text, and the whole screen, are not made narrower than this."""
STRONG = "bold"
_LABEL = "cyan"
_ERROR = "bold red"


class Screen:
    """Prints on stdout: with colours in the terminal's width, or as plain text in full width.

    Everything is printed as `Text`, because strangers type titles: no markup is interpreted.
    """

    def __init__(self) -> None:
        is_terminal = sys.stdout.isatty()
        self._is_plain = not is_terminal
        self._is_empty = True
        self._console = Console(
            file=sys.stdout,
            force_terminal=is_terminal,
            width=_terminal_width() if is_terminal else _FULL_WIDTH,
            color_system="auto" if is_terminal else None,
            force_jupyter=False,
        )

    def line(self, text: str, style: str = "") -> None:
        """Print a line that only the terminal itself folds, so that it can be copied."""
        self._console.print(Text(text, style), soft_wrap=True)
        self._is_empty = False

    def label(self, name: str) -> None:
        self.line(f"\n{name}:", _LABEL)

    def rows(self, name: str, rows: Sequence[Row], known_columns: Sequence[str] = ()) -> None:
        """Print *rows* as a table; as blocks of lines if the table does not fit."""
        if not rows:
            self.line(f"no {name}")
            return
        columns = columns_of(rows, known_columns)
        # Headers are folded only if the table does not fit otherwise.
        for header in (str, _fold_name):
            table = _table(columns, rows, header)
            if self._fits(table):
                self._print(table)
                return
        self._blocks(columns, rows)

    def _fits(self, table: Table) -> bool:
        """Whether *table* fits without folding a word."""
        # The measure never exceeds the width of its options.
        options = self._console.options.update(max_width=_FULL_WIDTH)
        return Measurement.get(self._console, options, table).minimum <= self._console.width

    def _blocks(self, columns: Sequence[str], rows: Sequence[Row]) -> None:
        for number, row in enumerate(rows):
            if number:
                self.line("")
            self._print(_pairs({name: row.get(name) for name in columns}))

    def members(self, members: Mapping[str, Any]) -> None:
        """Print what a result has besides its rows."""
        values = {}
        for name, value in members.items():
            print_member = _PRINT_BY_NAME.get(name) or _PRINT_BY_TYPE.get(type(value))
            if print_member and value:
                print_member(self, name, value)
            else:
                values[name] = value
        if values:
            self.line("")
            self._print(_pairs(values))

    def error(self, _: str, error: Mapping[str, Any]) -> None:
        """Print an error: its code and message, each detail, and then everything else."""
        others = dict(error)
        code = others.pop("code")
        message = others.pop("message")
        details = others.pop("details", [])
        if not self._is_empty:
            self.line("")
        self._print(Text.assemble((f"{code}: ", _ERROR), message))
        for detail in details:
            self.line("")
            self._print(_pairs(detail))
        self.line("")
        self._print(_pairs(others))

    def objects(self, name: str, items: Sequence[Any]) -> None:
        """Print a list: objects as a table, other values each in a line."""
        self.label(name)
        if all(isinstance(item, dict) for item in items):
            self.rows(name, items)
            return
        for item in items:
            self._print(Text(_text(item)))

    def object(self, name: str, members: Mapping[str, Any]) -> None:
        self.label(name)
        self._print(_pairs(members))

    def _print(self, renderable: RenderableType) -> None:
        self._is_empty = False
        if not self._is_plain:
            self._console.print(renderable)
            return
        with self._console.capture() as capture:
            self._console.print(renderable)
        # Without a terminal, the spaces at the end of lines only disturb.
        lines = (line.rstrip() for line in capture.get().splitlines())
        sys.stdout.write("\n".join(lines) + "\n")


def _terminal_width() -> int:
    # rich would take `COLUMNS=0`, and print nothing.
    return max(_READABLE_WIDTH, shutil.get_terminal_size().columns)


_PRINT_BY_NAME: Mapping[str, Callable[[Screen, str, Any], None]] = {"error": Screen.error}
"""How a member is printed, by its name."""
_PRINT_BY_TYPE: Mapping[type, Callable[[Screen, str, Any], None]] = {
    list: Screen.objects,
    dict: Screen.object,
}
"""How a member is printed, by the type of its value."""


def _table(columns: Sequence[str], rows: Sequence[Row], header: Callable[[str], str]) -> Table:
    """The table of *rows*. *header* makes the header of a column from its name."""
    table = Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        header_style=STRONG,
    )
    for name in columns:
        values = [row.get(name) for row in rows]
        table.add_column(
            Text(header(name)),
            justify="right" if all(map(_is_number, values)) else "left",
            min_width=_least_width(values),
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(Text(_text(row.get(name))) for name in columns))
    return table


def _fold_name(name: str) -> str:
    """The parts of *name* in lines, such as `acknowledge_` and `p50`."""
    return name.replace("_", "_\n")


def _is_number(value: Any) -> bool:
    return value is None or type(value) in (int, float)


def _least_width(values: Sequence[Any]) -> int:
    """The width below which a column is hard to read. A single word is never folded anyway."""
    longest = max((Text(_text(value)).cell_len for value in values), default=0)
    return min(longest, _READABLE_WIDTH)


def _pairs(members: Mapping[str, Any]) -> Table:
    """Names and values, one pair a line. What has no value is left out."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    for name, value in members.items():
        if value is not None:
            grid.add_row(Text(name, _LABEL, overflow="fold"), Text(_text(value), overflow="fold"))
    return grid


def _text(value: Any) -> str:
    """A value in one line, without the punctuation of JSON."""
    write = _TEXT_BY_TYPE.get(type(value), str)
    return " ".join(write(value).split())


def _object_text(members: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {_text(value)}" for name, value in members.items())


def _list_text(items: Sequence[Any]) -> str:
    has_objects = any(isinstance(item, dict) for item in items)
    return ("; " if has_objects else ", ").join(map(_text, items))


_TEXT_BY_TYPE: Mapping[type, Callable[[Any], str]] = {
    type(None): lambda _: "",
    bool: lambda value: "true" if value else "false",
    dict: _object_text,
    list: _list_text,
}
"""How a value is written, by its type. Numbers and texts are written as they are."""
