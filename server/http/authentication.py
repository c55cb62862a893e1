"""Bearer authentication: finds the principal of the token in the Authorization header."""

from collections.abc import Sequence
from typing import Protocol

from starlette.datastructures import Headers

from server.http.principal import LOCAL, Principal
from server.http.refusal import Refusal


class InvalidToken(Exception):
    """A verifier knows the token, and it is not valid. The text is the reason, for the log."""


class TokenVerifier(Protocol):
    """Verifies one kind of bearer token."""

    async def verify_token(self, token: str) -> Principal | None:
        """The token's principal; None if this verifier does not know the token.

        Raises:
            InvalidToken: this verifier knows the token, and it is not valid.
            Refusal: the token lacks a scope, or it cannot be checked now.
        """


class BearerAuthenticator:
    """Asks one token verifier after another. Without verifiers, every request is from
    *anonymous*.

    Only this class and the verifiers read the token. It is never logged or passed on.
    """

    def __init__(
        self,
        verifiers: Sequence[TokenVerifier],
        challenge: str = "Bearer",
        anonymous: Principal = LOCAL,
    ) -> None:
        self._verifiers = verifiers
        self._challenge = challenge
        self._anonymous = anonymous

    async def authenticate(self, headers: Headers) -> Principal:
        """Find the principal of a request.

        Raises:
            Refusal: there is no valid token.
        """
        if not self._verifiers:
            return self._anonymous
        token = self._bearer_token(headers)
        reason = "the token is not known here"
        for verifier in self._verifiers:
            try:
                principal = await verifier.verify_token(token)
            except InvalidToken as error:
                reason = str(error)
                continue
            if principal:
                return principal
        raise self._unauthorized(reason)

    def _bearer_token(self, headers: Headers) -> str:
        lines = headers.getlist("authorization")
        if not lines:
            raise self._unauthorized("no token")
        if len(lines) > 1:
            raise self._unauthorized("two Authorization headers")
        scheme, _, token = lines[0].partition(" ")
        if scheme.lower() != "bearer":
            raise self._unauthorized("the Authorization header has no bearer token")
        return token.strip()

    def _unauthorized(self, log: str) -> Refusal:
        challenge = {"WWW-Authenticate": self._challenge}
        return Refusal(401, "unauthorized", "A valid bearer token is required.", challenge, log=log)
