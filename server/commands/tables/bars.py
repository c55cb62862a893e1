"""Bars beside the numbers of groups."""

from dataclasses import replace

from rich.text import Text

from server.commands.tables.column import Column
from server.commands.tables.grid import Grid
from server.commands.tables.headings import GAP

COUNTS = "incidents"
"""The column of groups that has how many incidents there are."""
_BLOCK = "▇"
LEAST_WIDTH = 8
"""Shorter bars would look alike."""
_MOST_WIDTH = 24


def with_bars(grid: Grid, available: int) -> Grid:
    """The table with a bar beside each count, if it leaves room for them."""
    width = min(grid.spare(available) - GAP, _MOST_WIDTH)
    if width < LEAST_WIDTH:
        return grid
    columns = [*grid.columns]
    for place, column in enumerate(grid.columns):
        if column.name == COUNTS:
            columns.insert(place + 1, _bars(column, width))
    return replace(grid, columns=columns)


def _bars(counts: Column, width: int) -> Column:
    most = max(counts.values)
    texts = [_BLOCK * _length(count, most, width) for count in counts.values]
    return Column("", "", texts, [Text(text) for text in texts])


def _length(count: int, most: int, width: int) -> int:
    """The blocks of a bar. Only none at all has no block."""
    return max(1, round(width * count / most)) if count else 0
