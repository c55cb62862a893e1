"""How rows are shown in the width there is. Nothing is left out.

If a table is too wide, columns stand beneath their row; the numbers of groups continue in another
table. If that does not fit either, each row is a block of lines.
"""

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter

from rich.text import Text

from server.commands.screen import QUIET
from server.commands.tables.bars import COUNTS, LEAST_WIDTH, with_bars
from server.commands.tables.column import Column
from server.commands.tables.grid import Grid
from server.commands.tables.headings import GAP, measure

_FIRST_BENEATH = ("url", "permalink", "id", "private", "kind", "environments", "teams", "services")
"""The columns that stand beneath the row before others do."""
_LAST_BENEATH = ("resolved_at", "started_at", "status", "severity")
"""The columns that stand beside the title as long as possible."""
_STAY = frozenset({"sequential_id", "title", "reference", "name"})
"""The columns that say which row it is."""
_NO_VALUE = Text("(none)", QUIET)
"""The name of the group of incidents that have no value, such as no severity."""
_MOST_BENEATH = 10
"""If more columns do not fit, each row is a block of lines."""


def layout(columns: Sequence[Column], width: int) -> Sequence[Grid]:
    """The tables that show *columns*; none if no table fits."""
    if COUNTS in (column.name for column in columns):
        return [with_bars(grid, width) for grid in _tables_of_groups(columns, width)]
    movable = _movable(columns)
    for count in range(min(len(movable), _MOST_BENEATH) + 1):
        moved = movable[:count]
        beside = [column for column in columns if column not in moved]
        beneath = [column for column in columns if column in moved]
        beneath.sort(key=attrgetter("is_link"))
        for has_folded_header in (False, True):
            grid = Grid(beside, beneath, has_folded_header)
            if grid.fits(width):
                return [grid]
    return []


def _movable(columns: Sequence[Column]) -> list[Column]:
    """The columns that can stand beneath the row, in the order in which they do."""
    stay = [column for column in columns if column.name in _STAY] or columns[:1]
    others = [column for column in reversed(columns) if column not in stay]
    return sorted(others, key=_rank)


def _rank(column: Column) -> int:
    if column.has_lines:
        return -1
    if column.name in _FIRST_BENEATH:
        return _FIRST_BENEATH.index(column.name)
    if column.name in _LAST_BENEATH:
        return 2 * len(_FIRST_BENEATH) + _LAST_BENEATH.index(column.name)
    return len(_FIRST_BENEATH)


def _tables_of_groups(columns: Sequence[Column], width: int) -> Sequence[Grid]:
    """One table of groups, or several that begin with the same columns."""
    place = [column.name for column in columns].index(COUNTS)
    keys = [column.with_text_for_none(_NO_VALUE) for column in columns[:place]]
    numbers = columns[place:]
    # There are bars beside the counts.
    room = width - GAP - LEAST_WIDTH
    for grid in (Grid([*keys, *numbers]), _folded([*keys, *numbers])):
        if grid.fits(room):
            return [grid]
    return _pieces(keys, numbers, width)


def _pieces(keys: Sequence[Column], numbers: Sequence[Column], width: int) -> Sequence[Grid]:
    """Tables that begin with *keys*, with as many of the *numbers* each as fit."""
    pieces: list[list[Column]] = [[]]
    # The first table has the counts, and bars beside them.
    room = width - GAP - LEAST_WIDTH
    for _, group in groupby(numbers, key=measure):
        neighbours = [*group]
        if pieces[-1] and not _folded([*keys, *pieces[-1], *neighbours]).fits(room):
            pieces.append([])
            room = width
        pieces[-1] += neighbours
    grids = [_folded([*keys, *piece]) for piece in pieces]
    return grids if all(grid.fits(width) for grid in grids) else []


def _folded(columns: Sequence[Column]) -> Grid:
    return Grid(columns, has_folded_header=True)
