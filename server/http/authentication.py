"""Bearer authentication: from the Authorization header to a principal."""

from collections.abc import Sequence
from typing import Protocol

from starlette.datastructures import Headers

from server.http.principal import LOCAL, Principal
from server.http.refusal import Refusal


class InvalidToken(Exception):
    """A token that a verifier recognizes and rejects. The text is the reason, for the log."""


class TokenVerifier(Protocol):
    """Verifies one kind of bearer token."""

    async def verify_token(self, token: str) -> Principal | None:
        """The token's principal; None if the token is unknown to this verifier.

        Raises:
            InvalidToken: the token is of this verifier's kind, and is not valid.
            Refusal: the token is valid but its scope is too small, or it cannot be checked now.
        """


class BearerAuthenticator:
    """Asks each token verifier in turn. Without verifiers, every request is from `LOCAL`.

    No other code reads the token, and it is never logged or passed on.
    """

    def __init__(self, verifiers: Sequence[TokenVerifier], challenge: str = "Bearer") -> None:
        self._verifiers = verifiers
        self._challenge = challenge

    async def authenticate(self, headers: Headers) -> Principal:
        """Find the principal of a request.

        Raises:
            Refusal: there is no valid token.
        """
        if not self._verifiers:
            return LOCAL
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
