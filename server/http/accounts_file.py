"""The accounts file: TOML, with one table for each account."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from server.http.escaping import escape, quote
from server.settings import SettingsError


class Account(BaseModel):
    """One account. `expires` is the first UTC day on which the token is not valid."""

    model_config = ConfigDict(extra="forbid", strict=True)

    token_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    expires: date
    tools: list[str] | None = None


_ACCOUNTS = TypeAdapter(dict[str, Account])
_TABLE_HEADER = re.compile(r"\s*\[[^\[].*\]\s*(#.*)?")
"""A line such as `[alice]`, with or without a comment. `[[alice]]` does not match."""


def load(path: str, tools: frozenset[str]) -> dict[str, Account]:
    """The accounts in the file at *path*, by name.

    Raises:
        SettingsError: the file cannot be read or is not valid.
    """
    return parse(_read(path), tools)


def _read(path: str) -> str:
    content = b""
    try:
        if Path(path).is_fifo():
            # Reading it would block every call.
            raise SettingsError("The accounts file cannot be read (it is a pipe).")
        content = Path(path).read_bytes()
        # Some editors start a file with a byte order mark, which is not valid TOML.
        return content.decode("utf-8-sig")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SettingsError(f"The accounts file cannot be read ({reason}).") from error
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SettingsError(
            f"The accounts file cannot be read: line {line} is not UTF-8."
        ) from None


def parse(text: str, tools: frozenset[str]) -> dict[str, Account]:
    """The accounts in *text*, by name. They may name only *tools*.

    Raises:
        SettingsError: lists each mistake with its line and account. It quotes no value of a
            field, because that may be a token that was pasted by mistake.
    """
    layout = _Layout.from_text(text)
    try:
        accounts = _ACCOUNTS.validate_python(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        problem = _syntax_problem(error, layout)
        raise SettingsError(f"The accounts file cannot be read: {problem}.") from None
    except ValidationError as error:
        raise SettingsError("\n".join(_schema_problems(error, layout))) from None
    problems = [
        *_unknown_tool_problems(accounts, tools, layout),
        *_shared_token_problems(accounts, layout),
    ]
    if problems:
        raise SettingsError("\n".join(problems))
    return accounts


@dataclass(frozen=True)
class _Table:
    """The header of a table, such as `[alice]` or `["alice@example.com"]`.

    `line` is counted from 1. `path` has the names between the dots, usually one.
    """

    line: int
    path: tuple[str, ...]


@dataclass(frozen=True)
class _Layout:
    """Where each account is in the file. Accounts in unusual TOML syntax are not found."""

    tables: tuple[_Table, ...]
    lines: tuple[str, ...]

    @classmethod
    def from_text(cls, text: str) -> "_Layout":
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


def _syntax_problem(error: tomllib.TOMLDecodeError, layout: _Layout) -> str:
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


def _unclosed_problem(layout: _Layout) -> str:
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


def _schema_problems(error: ValidationError, layout: _Layout) -> Iterator[str]:
    for problem in error.errors(include_input=False):
        place = layout.place(str(problem["loc"][0]))
        path = ".".join(escape(str(part)) for part in problem["loc"])
        yield f"Accounts file, {place}{path}: {problem['msg']}"


def _unknown_tool_problems(
    accounts: Mapping[str, Account], tools: frozenset[str], layout: _Layout
) -> Iterator[str]:
    for name, account in accounts.items():
        place = layout.place(name)
        for tool in sorted({*(account.tools or ())} - tools):
            yield f"Accounts file, {place}{escape(name)}: there is no tool {quote(tool)}."


def _shared_token_problems(accounts: Mapping[str, Account], layout: _Layout) -> Iterator[str]:
    owners = dict[str, str]()
    for name, account in accounts.items():
        owner = owners.setdefault(account.token_sha256, name)
        if owner != name:
            place = layout.place(name)
            yield f"Accounts file, {place}{escape(name)}: the token is also that of {quote(owner)}."
