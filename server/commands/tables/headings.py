"""The header of a table: in one line, or folded to several ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil

from rich.cells import cell_len

from server.commands.tables.column import Column

GAP = 2
"""The spaces between two columns."""
_PERCENTILES = ("_p50", "_p90")


@dataclass(frozen=True)
class Heading:
    """The header of one column, or of neighbours that share a name.

    `lines`: in each line either a part for each column, or one part above all of them.
    """

    columns: Sequence[Column]
    lines: Sequence[Sequence[str]]

    def lines_in(self, height: int) -> list[Sequence[str]]:
        """The lines in a header of this *height*, at its bottom."""
        return [*[[""]] * (height - len(self.lines)), *self.lines]

    @property
    def least_width(self) -> int:
        """The width that each of the columns needs."""
        return max(self._least_width(line) for line in self.lines)

    def _least_width(self, line: Sequence[str]) -> int:
        if len(line) == len(self.columns):
            return max(map(cell_len, line))
        gaps = GAP * (len(self.columns) - 1)
        return ceil((cell_len(line[0]) - gaps) / len(self.columns))


def headings(columns: Sequence[Column], *, are_folded: bool) -> Iterator[Heading]:
    """The header of each column. Folded, `resolve_p50` and `resolve_p90` share `resolve`."""
    if not are_folded:
        for column in columns:
            yield Heading([column], [[column.heading]])
        return
    for name, group in groupby(columns, key=measure):
        neighbours = [*group]
        if len(neighbours) == 1:
            parts = neighbours[0].heading.replace("_", "_\n").split("\n")
            yield Heading(neighbours, [[part] for part in parts])
        else:
            ends = [column.name.removeprefix(f"{name}_") for column in neighbours]
            yield Heading(neighbours, [[name], ends])


def measure(column: Column) -> str:
    """What a column measures: `resolve` for `resolve_p50`. Otherwise its own name."""
    name = column.name
    for percentile in _PERCENTILES:
        name = name.removesuffix(percentile)
    return name
