"""What a result has besides its rows, on the screen."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.text import Text

from server.commands.page import Members
from server.commands.screen import ERROR, QUIET, Screen
from server.commands.tables.details import packed
from server.commands.tables.pairs import pairs
from server.commands.tables.rows import print_rows
from server.commands.tables.writer import Writer


class MemberOutput:
    """Prints members of a result, each with the function for its name or type.

    Other values are printed at the end: a pair a line, or in a terminal in quiet lines.
    """

    def __init__(self, screen: Screen, writer: Writer) -> None:
        self._screen = screen
        self._writer = writer

    def print(self, members: Members) -> None:
        values = {}
        for name, value in members.items():
            if name in self._writer.members_in_rows:
                continue
            print_member = self._printer(name, value)
            if print_member:
                print_member(self, name, value)
            else:
                values[name] = value
        if values:
            self._screen.line("")
            self._print_values(values)

    def error(self, _: str, error: Members) -> None:
        """Print an error: its code and message, each detail, and then everything else."""
        others = dict(error)
        code = others.pop("code")
        message = others.pop("message")
        details = others.pop("details", [])
        if not self._screen.is_empty:
            self._screen.line("")
        self._screen.print(Text.assemble((f"{code}: ", ERROR), message))
        for detail in details:
            self._screen.line("")
            self._screen.print(pairs(detail, self._writer))
        self._screen.line("")
        self._screen.print(pairs(others, self._writer))

    def objects(self, name: str, items: Sequence[Any]) -> None:
        """Print a list: objects as a table, other values each in a line."""
        self._screen.label(name)
        if all(isinstance(item, dict) for item in items):
            print_rows(self._screen, name, items, self._writer)
            return
        for item in items:
            self._screen.print(self._writer.text("", item))

    def object(self, name: str, members: Members) -> None:
        self._screen.label(name)
        self._screen.print(pairs(members, self._writer))

    def _printer(self, name: str, value: Any) -> "_Printer | None":
        """The function that prints this member by itself, if there is one."""
        if name in _PRINT_BY_NAME:
            return _PRINT_BY_NAME[name]
        if not value or self._is_brief(value):
            return None
        return _PRINT_BY_TYPE.get(type(value))

    def _is_brief(self, value: Any) -> bool:
        """Whether *value* belongs to the quiet lines of a terminal: an object of single values."""
        if not self._screen.is_terminal or not isinstance(value, dict):
            return False
        return not any(isinstance(item, dict | list) for item in value.values())

    def _print_values(self, values: Members) -> None:
        if not self._screen.is_terminal:
            self._screen.print(pairs(values, self._writer))
            return
        items = [
            Text(f"{name} {self._writer.words(name, value)}", QUIET)
            for name, value in values.items()
        ]
        for line in packed(items, self._screen.console, self._screen.width):
            self._screen.line(line)


_Printer = Callable[[MemberOutput, str, Any], None]

_PRINT_BY_NAME: Mapping[str, _Printer] = {"error": MemberOutput.error}
"""How a member is printed, by its name."""
_PRINT_BY_TYPE: Mapping[type, _Printer] = {
    list: MemberOutput.objects,
    dict: MemberOutput.object,
}
"""How a member is printed, by the type of its value."""
