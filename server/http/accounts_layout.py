"""Where each account is in the accounts file, for messages about mistakes."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from server.http.escaping import quote

_TABLE_HEADER = re.compile(r"\s*\[[^\[].*\]\s*(#.*)?")
"""A line such as `[alice]`, with or without a comment. `[[alice]]` does not match."""


@dataclass(frozen=True)
class _Table:
    """The header of a table, such as `[alice]` or `["alice@example.com"]`.

    `line` is counted from 1. `path` has the names between the dots, usually one.
    """

    line: int
    path: tuple[str, ...]


@dataclass(frozen=True)
class Layout:
    """Where each account is in the file. Accounts in unusual TOML syntax are not found."""

    tables: tuple[_Table, ...]
    lines: tuple[str, ...]

    @classmethod
    def from_text(cls, text: str) -> "Layout":
        lines = tuple(text.splitlines())
        return cls(tuple(_find_tables(lines)), lines)

    def place(self, account: str) -> str:
        """The start of a message, such as `line 5, `. Empty if the account's line is not known."""
        for table in self.tables:
            if table.path[0] == account:
                return f"line {table.line}, "
        # Without a table, an account is written as `alice.expires = …` or `alice = {…}`.
        for number, line in enumerate(self.lines, 1):
            if re.match(rf"""\s*["']?{re.escape(account)}["']?\s*[.=]""", line):
                return f"line {number}, "
        return ""


def _find_tables(lines: Iterable[str]) -> Iterator[_Table]:
    for number, line in enumerate(lines, 1):
        if not _TABLE_HEADER.fullmatch(line):
            continue
        try:
            document = tomllib.loads(line)
        except tomllib.TOMLDecodeError:
            continue
        yield _Table(number, tuple(_path(document)))


def _path(document: Mapping[str, Any]) -> Iterator[str]:
    """The names in the header of the only table in *document*, from the left."""
    for name, content in document.items():
        yield name
        yield from _path(content)


def syntax_problem(error: tomllib.TOMLDecodeError, layout: Layout) -> str:
    """What is wrong, with its line and account."""
    # Only the line number is used, because the rest of the error's text may quote the file.
    position = re.search(r"\(at line (\d+),", str(error))
    if not position:
        return _unclosed_problem(layout)
    line = int(position[1])
    tables = [table for table in layout.tables if table.line <= line]
    if not tables:
        return f"line {line} is not valid TOML"
    *earlier, last = tables
    if last.line == line:
        for table in earlier:
            if table.path == last.path:
                name = quote(".".join(last.path))
                return f"the account {name} in line {line} is already in line {table.line}"
    is_header = layout.lines[line - 1].lstrip().startswith("[")
    if is_header:
        return f"line {line} is not valid TOML"
    return f"line {line}, in the account {quote(last.path[0])}, is not valid TOML"


def _unclosed_problem(layout: Layout) -> str:
    """The message for an error at the end of the file: something before it was not closed."""
    # If the lines before a table are valid, the problem is in this table.
    for table in reversed(layout.tables):
        try:
            tomllib.loads("\n".join(layout.lines[: table.line - 1]))
        except tomllib.TOMLDecodeError:
            continue
        name = quote(table.path[0])
        return f"a quote or bracket is not closed in the account {name}, from line {table.line} on"
    return "a quote or bracket is not closed before the first account"
