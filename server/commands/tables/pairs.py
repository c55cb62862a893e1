"""Names and their values, one pair a line."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

from server.commands.screen import QUIET
from server.commands.tables.writer import Writer


def pairs(members: Mapping[str, Any], writer: Writer) -> Table:
    """A table of *members*. What has no value is left out."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    for name, value in members.items():
        if value is not None:
            text = writer.text(name, value)
            text.overflow = "fold"
            grid.add_row(Text(name, QUIET, overflow="fold"), text)
    return grid
