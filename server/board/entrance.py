"""Lets one browser of this machine in: a one-time token in, a session out."""

import secrets
import time
from collections.abc import Callable, Iterable
from hmac import compare_digest

TOKEN_S = 300.0


class Entrance:
    """Exchanges a token for a session, once and within `TOKEN_S`.

    If the token is used a second time, somebody who was not meant to has seen it: other users of
    this machine can see the command that opens the browser. Nobody knows who came first, so from
    then on the session is not valid either, as with a code of OAuth (RFC 6749, 4.1.2).
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.token = secrets.token_urlsafe(32)
        self.is_closed = False
        self._session = secrets.token_urlsafe(32)
        self._clock = clock
        self._token_ends_at = clock() + TOKEN_S
        self._is_token_used = False

    @property
    def secrets(self) -> tuple[str, str]:
        """What no log may show."""
        return (self.token, self._session)

    def enter(self, token: str) -> str | None:
        """The session; None if *token* is wrong, was used before, or is too old."""
        if not _are_equal(token, self.token) or self._clock() > self._token_ends_at:
            return None
        if self._is_token_used:
            self.is_closed = True
            return None
        self._is_token_used = True
        return self._session

    def is_open_to(self, sessions: Iterable[str]) -> bool:
        """Whether one of *sessions* is the valid one."""
        return not self.is_closed and any(_are_equal(one, self._session) for one in sessions)


def _are_equal(text: str, secret: str) -> bool:
    return compare_digest(text.encode(), secret.encode())
