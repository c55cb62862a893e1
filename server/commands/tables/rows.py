"""Rows on the screen."""

from collections.abc import Sequence

from server.commands.page import Row, columns_of
from server.commands.screen import Screen
from server.commands.tables.column import Column
from server.commands.tables.grid import Grid
from server.commands.tables.layout import layout
from server.commands.tables.pairs import pairs
from server.commands.tables.writer import Writer


def print_rows(
    screen: Screen, name: str, rows: Sequence[Row], writer: Writer, known: Sequence[str] = ()
) -> None:
    """Print *rows* as tables; as blocks of lines if no table fits.

    *known* are the columns that rows can have, in their order. Without rows, say that there are no
    *name*.
    """
    if not rows:
        screen.line(f"no {name}")
        return
    names = columns_of(rows, known)
    columns = [Column.of(column, rows, writer) for column in names]
    tables = layout(columns, screen.width) if screen.is_terminal else [Grid(columns)]
    for number, table in enumerate(tables):
        if number:
            screen.line("")
        table.print(screen)
    if not tables:
        _print_blocks(screen, names, rows, writer)


def _print_blocks(
    screen: Screen, names: Sequence[str], rows: Sequence[Row], writer: Writer
) -> None:
    for number, row in enumerate(rows):
        if number:
            screen.line("")
        screen.print(pairs({name: row.get(name) for name in names}, writer))
