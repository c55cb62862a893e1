"""Accounts: bearer tokens in a file, as hashes, with a name, an expiry and the tools they may call."""

import hmac
import json
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from server.http import accounts_file
from server.http.accounts_file import Account
from server.http.callers import Caller, InvalidToken
from server.http.quoting import quoted
from server.settings import SettingsError
from tools.connection import Clock, utc_now

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Accounts:
    """A register of callers.

    A token has 256 random bits, so that a plain hash of it cannot be turned back. Every hash is compared, and in constant
    time: how long an answer takes says nothing about any of them.
    """

    accounts: Mapping[str, Account]
    clock: Clock = utc_now

    @classmethod
    def read(cls, path: str, tools: frozenset[str]) -> "Accounts":
        """Read the file at *path*, where accounts may name only *tools*.

        Raises:
            SettingsError: it cannot be used.
        """
        return cls.parse(accounts_file.read(path), tools)

    @classmethod
    def parse(cls, text: str, tools: frozenset[str], clock: Clock = utc_now) -> "Accounts":
        """Raises:
        SettingsError: every account that is wrong is named.
        """
        return cls(accounts_file.parse(text, tools), clock)

    async def caller(self, token: str) -> Caller | None:
        """Raises:
        InvalidToken: it has expired.
        """
        token_sha256 = _hash(token)
        owner: str | None = None
        for name, account in self.accounts.items():
            if hmac.compare_digest(account.token_sha256, token_sha256):
                owner = name
        if owner is None:
            return None
        account = self.accounts[owner]
        if account.expires <= self.clock().date():
            raise InvalidToken(f"the token of account {quoted(owner)} expired on {account.expires}")
        return Caller(owner, None if account.tools is None else frozenset(account.tools))


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
            logger.warning(
                "The accounts were read again. There are %d.", len(self._accounts.accounts)
            )


def new_account(name: str, expires: date, tools: list[str]) -> tuple[str, str]:
    """A new token, to be handed to its owner, and the table for the accounts file, which does not tell it."""
    token = f"idesk_{secrets.token_urlsafe(32)}"
    lines = [f'["{name}"]', f'token_sha256 = "{_hash(token)}"', f"expires = {expires.isoformat()}"]
    if tools:
        lines.append(f"tools = {json.dumps(tools)}")
    return token, "\n".join(lines) + "\n"


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
