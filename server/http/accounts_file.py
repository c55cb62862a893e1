"""The accounts file: TOML, with a table for each account."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from server.http.quoting import escaped, quoted
from server.settings import SettingsError


class Account(BaseModel):
    """One table. `expires` is the first UTC day on which the token no longer works."""

    model_config = ConfigDict(extra="forbid", strict=True)

    token_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    expires: date
    tools: list[str] | None = None


_ACCOUNTS = TypeAdapter(dict[str, Account])


def read(path: str) -> str:
    """Raises:
    SettingsError: there is no such file, or it is not UTF-8.
    """
    content = b""
    try:
        if Path(path).is_fifo():
            # Reading it would hold up every call.
            raise SettingsError("The accounts file cannot be read (it is a pipe).")
        content = Path(path).read_bytes()
        # Some editors begin a file with a mark that TOML does not know.
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
    """The accounts by name. They may name only *tools*.

    Raises:
        SettingsError: says for each mistake in which line and account it is. It quotes no value,
            because somebody may have pasted a token there.
    """
    layout = _Layout.of(text)
    try:
        accounts = _ACCOUNTS.validate_python(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        problem = _not_toml(error, layout)
        raise SettingsError(f"The accounts file cannot be read: {problem}.") from None
    except ValidationError as error:
        raise SettingsError("\n".join(_invalid(error, layout))) from None
    if problems := [*_unknown_tools(accounts, tools, layout), *_shared_tokens(accounts, layout)]:
        raise SettingsError("\n".join(problems))
    return accounts


@dataclass(frozen=True)
class _Table:
    """A table's header, such as `[alice]` or `["alice@example.com"]`. Lines are counted from 1."""

    line: int
    path: tuple[str, ...]


@dataclass(frozen=True)
class _Layout:
    """Which account is in which line, as far as that can be seen without a whole parser."""

    tables: tuple[_Table, ...]
    lines: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "_Layout":
        lines = tuple(text.splitlines())
        return cls(tuple(_tables(lines)), lines)

    def place(self, account: str) -> str:
        """*account*'s line, for a message."""
        for table in self.tables:
            if table.path[0] == account:
                return f"line {table.line}, "
        for number, line in enumerate(self.lines, 1):
            if re.match(rf"""\s*["']?{re.escape(account)}["']?\s*[.=]""", line):
                return f"line {number}, "
        return ""


def _tables(lines: Iterable[str]) -> Iterator[_Table]:
    for number, line in enumerate(lines, 1):
        if not re.fullmatch(r"\s*\[[^\[].*\]\s*(#.*)?", line):
            continue
        try:
            document = tomllib.loads(line)
        except tomllib.TOMLDecodeError:
            continue
        yield _Table(number, tuple(_path(document)))


def _path(document: Mapping[str, Any]) -> Iterator[str]:
    for name, content in document.items():
        yield name
        yield from _path(content)


def _not_toml(error: tomllib.TOMLDecodeError, layout: _Layout) -> str:
    # The rest of the error's text may quote the file.
    found = re.search(r"\(at line (\d+),", str(error))
    if not found:
        return _not_closed(layout)
    line = int(found[1])
    before = [table for table in layout.tables if table.line <= line]
    if before and before[-1].line == line:
        name = quoted(".".join(before[-1].path))
        for table in before[:-1]:
            if table.path == before[-1].path:
                return f"the account {name} in line {line} is already in line {table.line}"
    if before and not layout.lines[line - 1].lstrip().startswith("["):
        return f"line {line}, in the account {quoted(before[-1].path[0])}, is not valid TOML"
    return f"line {line} is not valid TOML"


def _not_closed(layout: _Layout) -> str:
    """For an error at the file's end: something was opened before, and not closed."""
    for table in reversed(layout.tables):
        try:
            tomllib.loads("\n".join(layout.lines[: table.line - 1]))
        except tomllib.TOMLDecodeError:
            continue
        name = quoted(table.path[0])
        return f"a quote or bracket is not closed in the account {name}, from line {table.line} on"
    return "a quote or bracket is not closed before the first account"


def _invalid(error: ValidationError, layout: _Layout) -> Iterator[str]:
    for problem in error.errors(include_input=False):
        place = layout.place(str(problem["loc"][0]))
        what = ".".join(escaped(str(part)) for part in problem["loc"])
        yield f"Accounts file, {place}{what}: {problem['msg']}"


def _unknown_tools(
    accounts: Mapping[str, Account], tools: frozenset[str], layout: _Layout
) -> Iterator[str]:
    for name, account in accounts.items():
        for tool in sorted({*(account.tools or ())} - tools):
            place = layout.place(name)
            yield f"Accounts file, {place}{escaped(name)}: there is no tool {quoted(tool)}."


def _shared_tokens(accounts: Mapping[str, Account], layout: _Layout) -> Iterator[str]:
    owners = dict[str, str]()
    for name, account in accounts.items():
        first = owners.setdefault(account.token_sha256, name)
        if first != name:
            place = layout.place(name)
            yield f"Accounts file, {place}{escaped(name)}: it has the token of {quoted(first)}."
