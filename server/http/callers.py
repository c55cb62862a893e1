"""Who calls, as their bearer token says."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from starlette.datastructures import Headers

from server.http.refusal import Refusal


@dataclass(frozen=True)
class Caller:
    """Someone who was let in.

    `source` says who knows them: `account`, `oauth` or `local`. An account and an OAuth subject of the same name are two
    callers. `tools` are the tools that they may call; None means all of them.
    """

    name: str
    tools: frozenset[str] | None = None
    source: str = "account"

    @property
    def identity(self) -> tuple[str, str]:
        """What limits are counted by. It stays the same when the tools of an account change."""
        return (self.source, self.name)

    def may_call(self, tool: str) -> bool:
        return self.tools is None or tool in self.tools


LOCAL = Caller("local", source="local")
"""Everyone who calls where nobody needs a token."""


class InvalidToken(Exception):
    """A token that a register knows to be wrong. The text says why, for the operator's log."""


class Register(Protocol):
    """Knows callers by their tokens."""

    async def caller(self, token: str) -> Caller | None:
        """The token's owner, or None if this register does not know the token.

        Raises:
            InvalidToken: the token is meant for this register, and is not valid.
            Refusal: the token is valid, but not for this; or nobody can say now.
        """


class Reception:
    """Asks every register in turn. Without any, everybody is `LOCAL`.

    The token is looked at here and nowhere else: it is never logged, and never passed on.
    """

    def __init__(self, registers: Sequence[Register], challenge: str = "Bearer") -> None:
        self._registers = registers
        self._challenge = challenge

    async def caller(self, headers: Headers) -> Caller:
        """Raises: Refusal."""
        if not self._registers:
            return LOCAL
        lines = headers.getlist("authorization")
        if len(lines) != 1:
            raise self._unauthorized("no token" if not lines else "two Authorization headers")
        scheme, _, token = lines[0].partition(" ")
        if scheme.lower() != "bearer":
            raise self._unauthorized("the Authorization header has no bearer token")
        reasons = ["the token is not known here"]
        for register in self._registers:
            try:
                caller = await register.caller(token.strip())
            except InvalidToken as error:
                reasons = [str(error)]
            else:
                if caller:
                    return caller
        raise self._unauthorized(reasons[-1])

    def _unauthorized(self, log: str) -> Refusal:
        challenge = {"WWW-Authenticate": self._challenge}
        return Refusal(401, "unauthorized", "A valid bearer token is needed.", challenge, log=log)
