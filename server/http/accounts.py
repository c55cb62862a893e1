"""Accounts: bearer tokens in a file, as hashes, with a name, an expiry and the tools they may call."""

import hmac
import json
import logging
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from server.http.callers import Caller
from server.settings import SettingsError
from tools.connection import Clock, utc_now

logger = logging.getLogger(__name__)


class _Account(BaseModel):
    """One table of the accounts file. `expires` is the first UTC day on which the token no longer works."""

    model_config = ConfigDict(extra="forbid", strict=True)

    token_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    expires: date
    tools: list[str] | None = None


@dataclass(frozen=True)
class Accounts:
    """A register of callers.

    A token has 256 random bits, so that a plain hash of it cannot be turned back. Every hash is compared, and in constant
    time: how long an answer takes says nothing about any of them.
    """

    accounts: Mapping[str, _Account]
    clock: Clock = utc_now

    @classmethod
    def read(cls, path: str, tools: frozenset[str]) -> "Accounts":
        """Read the file at *path*, where accounts may name only *tools*.

        Raises:
            SettingsError: it cannot be used.
        """
        try:
            return cls.parse(Path(path).read_text(encoding="utf-8"), tools)
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"The accounts file cannot be read ({type(error).__name__}).") from error

    @classmethod
    def parse(cls, text: str, tools: frozenset[str], clock: Clock = utc_now) -> "Accounts":
        """Raises:
        SettingsError: every account that is wrong is named.
        """
        try:
            accounts = _FILE.validate_python(tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise SettingsError("The accounts file cannot be read as TOML.") from error
        except ValidationError as error:
            wrong = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_input=False)]
            raise SettingsError("\n".join(f"Accounts file, {problem}" for problem in wrong)) from None
        if not accounts:
            raise SettingsError("The accounts file has no account.")
        for name, account in accounts.items():
            if unknown := {*(account.tools or ())} - tools:
                raise SettingsError(f"Accounts file, {name}: there is no tool {min(unknown)!r}.")
        return cls(accounts, clock)

    async def caller(self, token: str) -> Caller | None:
        given = _hash(token)
        found: Caller | None = None
        today = self.clock().date()
        for name, account in self.accounts.items():
            if hmac.compare_digest(account.token_sha256, given) and today < account.expires:
                found = Caller(name, None if account.tools is None else frozenset(account.tools))
        return found


class AccountsFile:
    """A register of callers that is read from a file, and read again when it is told to.

    Raises:
        SettingsError: the file cannot be used.
    """

    def __init__(self, path: str, tools: frozenset[str]) -> None:
        self._path = path
        self._tools = tools
        self._accounts = Accounts.read(path, tools)

    async def caller(self, token: str) -> Caller | None:
        return await self._accounts.caller(token)

    def reload(self) -> None:
        """Read the file again. Where it cannot be used, the accounts stay as they were."""
        try:
            self._accounts = Accounts.read(self._path, self._tools)
        except SettingsError as error:
            logger.error("The accounts stay as they were: %s", error)
        else:
            # A warning, so that it is in the log by default: an operator asked for this.
            logger.warning("The accounts were read again. There are %d.", len(self._accounts.accounts))


_FILE = TypeAdapter(dict[str, _Account])


def new_account(name: str, expires: date, tools: list[str]) -> tuple[str, str]:
    """A new token, to be handed to its owner, and the table for the accounts file, which does not tell it."""
    token = f"idesk_{secrets.token_urlsafe(32)}"
    lines = [f'["{name}"]', f'token_sha256 = "{_hash(token)}"', f"expires = {expires.isoformat()}"]
    if tools:
        lines.append(f"tools = {json.dumps(tools)}")
    return token, "\n".join(lines) + "\n"


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
