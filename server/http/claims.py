"""The claims of a JWT access token (RFC 9068, section 2.2)."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from server.http.authentication import InvalidToken


def _check_printable(subject: str) -> str:
    if not subject.isprintable() or subject.isspace():
        raise ValueError("not printable")
    return subject


class Claims(BaseModel):
    """The claims that are checked. Times are in seconds since 1970.

    `sub` has 1 to 255 printable characters, because the audit log shows it as the caller's name.
    """

    model_config = ConfigDict(strict=True, allow_inf_nan=False)

    iss: str
    aud: str | list[str]
    sub: Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_check_printable)]
    exp: float
    nbf: float = 0
    iat: float = 0
    scope: str | list[str] | None = None
    scp: str | list[str] | None = None

    @classmethod
    def from_payload(cls, payload: bytes) -> "Claims":
        """Parse the payload of a token.

        Raises:
            InvalidToken: the payload is not a JSON object, or a claim is missing or malformed.
        """
        try:
            return cls.model_validate_json(payload)
        except ValidationError as error:
            path = error.errors(include_input=False, include_url=False)[0]["loc"]
        if not path:
            raise InvalidToken("the token's claims are not a JSON object")
        raise InvalidToken(f"the token's claim {path[0]} is missing or malformed")

    @property
    def audiences(self) -> list[str]:
        return [self.aud] if isinstance(self.aud, str) else self.aud

    @property
    def scopes(self) -> set[str]:
        """The scopes of the token. Some issuers call the claim `scp`, and some make it a list."""
        scopes = self.scp if self.scope is None else self.scope
        if isinstance(scopes, str):
            scopes = scopes.split()
        return set(scopes or ())
