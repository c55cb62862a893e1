"""A column of a table: its cells, and how wide they are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

from rich.cells import cell_len
from rich.text import Text

from server.commands.page import Row
from server.commands.tables.writer import Writer

_LINKS = ("http://", "https://")


@dataclass(frozen=True, eq=False)
class Column:
    """A column of a table: the value of each row, and its text.

    `heading` is its name in the header of the table.
    """

    name: str
    heading: str
    values: Sequence[Any]
    cells: Sequence[Text]

    @classmethod
    def of(cls, name: str, rows: Sequence[Row], writer: Writer) -> Self:
        values = [row.get(name) for row in rows]
        cells = [writer.text(name, value) for value in values]
        return cls(name, writer.heading(name), values, cells)

    def with_text_for_none(self, text: Text) -> Self:
        """The same column, with *text* in the cells that have no value."""
        cells = [
            text if value is None else cell
            for value, cell in zip(self.values, self.cells, strict=True)
        ]
        return replace(self, cells=cells)

    @cached_property
    def is_number(self) -> bool:
        """Whether all values are numbers, which are aligned on the right."""
        return all(value is None or type(value) in (int, float) for value in self.values)

    @cached_property
    def is_text(self) -> bool:
        """Whether any value is a text of several words, which can be folded."""
        return any(isinstance(value, str) and " " in value for value in self.values)

    @cached_property
    def width(self) -> int:
        """The width of the widest line in the cells."""
        lines = (line for cell in self.cells for line in cell.plain.split("\n"))
        return max((cell_len(line) for line in lines), default=0)

    @cached_property
    def is_link(self) -> bool:
        """Whether it has links, which say by themselves what they are."""
        texts = [value for value in self.values if value is not None]
        return all(isinstance(text, str) and text.startswith(_LINKS) for text in texts)

    @cached_property
    def has_lines(self) -> bool:
        """Whether a cell has several lines."""
        return any("\n" in cell.plain for cell in self.cells)
