"""The accounts file: TOML, with one table for each account."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from server.http.accounts.keys import AccountKeys
from server.http.accounts_layout import Layout, syntax_problem
from server.http.escaping import escape, quote
from server.settings import SettingsError
from server.vendor_key import Keys, VendorKey
from tools.catalogue import RIGHTS


@dataclass(frozen=True)
class Account:
    """One account.

    * `expires`: the first UTC day on which the token is not valid.
    * `tools`: the tools that it may call; None means all of them.
    * `keys`: its own vendor keys, by the vendor's name.
    """

    token_sha256: str
    expires: date
    tools: frozenset[str] | None = None
    keys: Keys = field(default_factory=dict[str, VendorKey], repr=False)


class Table(BaseModel):
    """The table of an account in the file. `key_files` are paths, by the vendor's name."""

    model_config = ConfigDict(extra="forbid", strict=True)

    token_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    expires: date
    tools: list[str] | None = None
    key_files: dict[str, Annotated[str, Field(min_length=1)]] = {}


_TABLES = TypeAdapter(dict[str, Table])


def load(
    path: str, tools: frozenset[str], service_keys: Keys, *, is_sandbox: bool = False
) -> dict[str, Account]:
    """The accounts in the file at *path*, by name, with the keys in their key files.

    Raises:
        SettingsError: the file or a key file cannot be read or is not valid.
    """
    account_keys = AccountKeys(Path(path).parent, service_keys, is_sandbox=is_sandbox)
    return parse(_read(path), tools, account_keys)


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


def parse(
    text: str, tools: frozenset[str], account_keys: AccountKeys | None = None
) -> dict[str, Account]:
    """The accounts in *text*, by name. They may name only *tools*.

    Raises:
        SettingsError: lists each mistake with its line and account. It quotes no value of a
            field, because that may be a token that was pasted by mistake.
    """
    account_keys = account_keys or AccountKeys()
    layout = Layout.from_text(text)
    tables = _tables(text, layout)
    key_files = {name: table.key_files for name, table in tables.items()}
    problems = [
        *_unknown_tool_problems(tables, tools, layout),
        *_shared_token_problems(tables, layout),
        *account_keys.read(key_files, layout),
    ]
    if problems:
        raise SettingsError("\n".join(problems))
    return {
        name: Account(
            table.token_sha256,
            table.expires,
            None if table.tools is None else frozenset(table.tools),
            account_keys.of(name),
        )
        for name, table in tables.items()
    }


def _tables(text: str, layout: Layout) -> dict[str, Table]:
    try:
        return _TABLES.validate_python(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        problem = syntax_problem(error, layout)
        raise SettingsError(f"The accounts file cannot be read: {problem}.") from None
    except ValidationError as error:
        raise SettingsError("\n".join(_schema_problems(error, layout))) from None


def _schema_problems(error: ValidationError, layout: Layout) -> Iterator[str]:
    for problem in error.errors(include_input=False):
        place = layout.place(str(problem["loc"][0]))
        path = ".".join(escape(str(part)) for part in problem["loc"])
        yield f"Accounts file, {place}{path}: {problem['msg']}"


def _unknown_tool_problems(
    tables: Mapping[str, Table], tools: frozenset[str], layout: Layout
) -> Iterator[str]:
    for name, table in tables.items():
        place = layout.place(name)
        for tool in sorted({*(table.tools or ())} - tools):
            problem = f"there is no tool {quote(tool)}"
            if tool in RIGHTS:
                problem = f"{tool} comes with {RIGHTS[tool]}: name that instead"
            yield f"Accounts file, {place}{escape(name)}: {problem}."


def _shared_token_problems(tables: Mapping[str, Table], layout: Layout) -> Iterator[str]:
    owners = dict[str, str]()
    for name, table in tables.items():
        owner = owners.setdefault(table.token_sha256, name)
        if owner != name:
            place = layout.place(name)
            yield f"Accounts file, {place}{escape(name)}: the token is also that of {quote(owner)}."
