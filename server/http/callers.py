"""Who calls, told from a bearer token."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from starlette.datastructures import Headers

from server.http.refusal import Refusal


@dataclass(frozen=True)
class Caller:
    """Somebody who was let in. `tools` are those they may call; None means all of them."""

    name: str
    tools: frozenset[str] | None = None

    def may_call(self, tool: str) -> bool:
        return self.tools is None or tool in self.tools


LOCAL = Caller("local")
"""Whoever calls where nobody has to say who they are."""


class Register(Protocol):
    """Knows callers by their tokens."""

    async def caller(self, token: str) -> Caller | None:
        """The token's owner, or None if it is not known here, or no longer valid.

        Raises:
            Refusal: the token is valid, but not for this.
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
        given = headers.getlist("authorization")
        scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
        if scheme.lower() == "bearer":
            for register in self._registers:
                if caller := await register.caller(token.strip()):
                    return caller
        raise Refusal(401, "unauthorized", "A valid bearer token is needed.", {"WWW-Authenticate": self._challenge})
