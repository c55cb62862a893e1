"""Columns side by side below a header, and beneath each row what does not fit beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest

from rich.text import Text

from server.commands.screen import QUIET, READABLE_WIDTH, STRONG, Screen
from server.commands.tables.column import Column
from server.commands.tables.details import details, indent_of
from server.commands.tables.headings import GAP, Heading, headings


@dataclass(frozen=True)
class Grid:
    """A table of *columns*. What the columns *beneath* have stands beneath each row."""

    columns: Sequence[Column]
    beneath: Sequence[Column] = ()
    has_folded_header: bool = False

    def fits(self, available: int) -> bool:
        """Whether the table fits if only texts of several words are folded."""
        return _total(self._least_widths(available)) <= available

    def spare(self, available: int) -> int:
        """What the table leaves of the *available* width if nothing is folded."""
        return available - _total(self._full_widths)

    def print(self, screen: Screen) -> None:
        widths = self._widths(screen.width)
        lines = self._header(widths)
        lines.append(Text("─" * _total(widths), QUIET))
        # What stands beneath a row begins below the second column.
        below_second = widths[0] + GAP if len(widths) > 1 else GAP
        indent = indent_of(self.beneath, below_second, screen.width)
        for number in range(len(self.columns[0].cells)):
            lines += self._row(screen, number, widths)
            lines += details(screen, self.beneath, number, indent)
        for line in lines:
            line.rstrip()
        screen.line(Text("\n").join(lines))

    @cached_property
    def _headings(self) -> Sequence[Heading]:
        return [*headings(self.columns, are_folded=self.has_folded_header)]

    @cached_property
    def _full_widths(self) -> Sequence[int]:
        """The widths of the columns if nothing is folded."""
        of_headers = [heading.least_width for heading in self._headings for _ in heading.columns]
        return [
            max(of_header, column.width)
            for of_header, column in zip(of_headers, self.columns, strict=True)
        ]

    def _least_widths(self, available: int) -> list[int]:
        """The widths of the columns if texts are folded. A third of the screen is readable."""
        readable = max(READABLE_WIDTH, available // 3)
        return [
            min(width, readable) if column.is_text else width
            for column, width in zip(self.columns, self._full_widths, strict=True)
        ]

    def _widths(self, available: int) -> list[int]:
        """The widths of the columns. What is left is for the texts, the first one first."""
        widths = self._least_widths(available)
        for place, full_width in enumerate(self._full_widths):
            left = available - _total(widths)
            widths[place] += min(left, full_width - widths[place])
        return widths

    def _header(self, widths: Sequence[int]) -> list[Text]:
        height = max(len(heading.lines) for heading in self._headings)
        lines = [Text(style=STRONG) for _ in range(height)]
        place = 0
        for heading in self._headings:
            end = place + len(heading.columns)
            for line, cells in zip(lines, heading.lines_in(height), strict=True):
                line.append_text(_header_cells(heading, cells, widths[place:end]))
            place = end
        return lines

    def _row(self, screen: Screen, number: int, widths: Sequence[int]) -> list[Text]:
        """A row, in as many lines as its longest cell."""
        folded = [
            column.cells[number].wrap(screen.console, width, overflow="fold")
            for column, width in zip(self.columns, widths, strict=True)
        ]
        lines = []
        for cells in zip_longest(*folded, fillvalue=Text()):
            line = Text()
            for column, cell, width in zip(self.columns, cells, widths, strict=True):
                line.append_text(_padded(cell, width, is_right=column.is_number))
            lines.append(line)
        return lines


def _header_cells(heading: Heading, cells: Sequence[str], widths: Sequence[int]) -> Text:
    """A line of a header. One cell may be above several columns."""
    is_right = heading.columns[0].is_number
    if len(cells) < len(widths):
        widths = [_total(widths)]
    line = Text()
    for cell, width in zip(cells, widths, strict=True):
        line.append_text(_padded(Text(cell), width, is_right=is_right))
    return line


def _padded(cell: Text, width: int, *, is_right: bool) -> Text:
    """The cell and the gap after it."""
    # The spaces are outside the cell, because its style may have a background.
    spaces = " " * (width - cell.cell_len)
    parts = (spaces, cell) if is_right else (cell, spaces)
    return Text.assemble(*parts, " " * GAP)


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * (len(widths) - 1)
