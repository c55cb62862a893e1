"""Accounts. Each has a name, a bearer token, an expiry date and the tools that it may call."""

import hmac
import json
import logging
import secrets
from collections.abc import Callable, Mapping
from datetime import date
from hashlib import sha256

from server.http.accounts.file import Account
from server.http.authentication import InvalidToken
from server.http.escaping import quote
from server.http.principal import Principal
from server.settings import SettingsError
from server.vendor_key import Keys, NamedKey
from tools.connection import Clock, utc_now

logger = logging.getLogger(__name__)


class AccountVerifier:
    """A token verifier for the accounts that *load* returns.

    An account that has no key of its own for a vendor uses the one in *shared_keys*, if there is
    one. *on_load* gets the own keys of all accounts each time that they have been loaded.

    A token has 256 random bits, so nobody can find it from its plain hash. Each check compares all
    hashes in constant time, so the response time reveals nothing about them.

    Raises:
        SettingsError: raised by *load*.
    """

    def __init__(
        self,
        load: Callable[[], Mapping[str, Account]],
        clock: Clock = utc_now,
        shared_keys: Keys | None = None,
        on_load: Callable[[frozenset[NamedKey]], None] = lambda _: None,
    ) -> None:
        self._load = load
        self._clock = clock
        self._shared_keys = shared_keys or {}
        self._on_load = on_load
        self._accounts = load()
        on_load(self._own_keys())

    async def verify_token(self, token: str) -> Principal | None:
        """The principal of the account with *token*; None if there is no such account.

        Raises:
            InvalidToken: the token has expired.
        """
        return self.principal(token_sha256(token))

    def principal(self, token_sha256: str) -> Principal | None:
        """The principal of the account whose token has this hash; None if there is none.

        Raises:
            InvalidToken: the token has expired.
        """
        name = self._owner(token_sha256)
        if name is None:
            return None
        account = self._accounts[name]
        if account.expires <= self._clock().date():
            raise InvalidToken(f"the token of account {quote(name)} expired on {account.expires}")
        return Principal(name, account.tools, keys={**self._shared_keys, **account.keys})

    def _owner(self, token_sha256: str) -> str | None:
        owner = None
        for name, account in self._accounts.items():
            if hmac.compare_digest(account.token_sha256, token_sha256):
                owner = name
        return owner

    def _own_keys(self) -> frozenset[NamedKey]:
        accounts = self._accounts.values()
        return frozenset(key for account in accounts for key in account.keys.items())

    def reload(self) -> None:
        """Load the accounts again. If that fails, the current ones stay in use."""
        try:
            self._accounts = self._load()
        except SettingsError as error:
            logger.error("The accounts stay as they were: %s", error)
        else:
            self._on_load(self._own_keys())
            # A warning, so that the operator who sent SIGHUP sees it at the default log level.
            logger.warning("The accounts were read again. There are %d.", len(self._accounts))


def new_account(name: str, expires: date, tools: list[str]) -> tuple[str, str]:
    """A new token, and the account's table in TOML. The table has only a hash of the token."""
    token = f"idesk_{secrets.token_urlsafe(32)}"
    lines = [
        f'["{name}"]',
        f'token_sha256 = "{token_sha256(token)}"',
        f"expires = {expires.isoformat()}",
    ]
    if tools:
        lines.append(f"tools = {json.dumps(tools)}")
    return token, "\n".join(lines) + "\n"


def token_sha256(token: str) -> str:
    """What the accounts file and a session of the board have in place of the token."""
    return sha256(token.encode()).hexdigest()
