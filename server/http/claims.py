"""The claims of an access token (RFC 9068, section 2.2)."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from server.http.callers import InvalidToken


def _printable(subject: str) -> str:
    if not subject.isprintable() or subject.isspace():
        raise ValueError("not printable")
    return subject


class Claims(BaseModel):
    """Those that are looked at. Times are seconds since 1970.

    A subject has 1 to 255 printable characters: it is a caller's name in the audit log.
    """

    model_config = ConfigDict(strict=True, allow_inf_nan=False)

    iss: str
    aud: str | list[str]
    sub: Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_printable)]
    exp: float
    nbf: float = 0
    iat: float = 0
    scope: str | list[str] | None = None
    scp: str | list[str] | None = None

    @classmethod
    def read(cls, payload: bytes) -> "Claims":
        """Raises:
        InvalidToken: they are not JSON, or a claim is missing or of another type.
        """
        try:
            return cls.model_validate_json(payload)
        except ValidationError as error:
            path = error.errors(include_input=False, include_url=False)[0]["loc"]
        if not path:
            raise InvalidToken("the token's claims are not a JSON object")
        raise InvalidToken(f"the token's claim {path[0]} is missing or malformed")

    @property
    def audience(self) -> list[str]:
        return [self.aud] if isinstance(self.aud, str) else self.aud

    @property
    def scopes(self) -> set[str]:
        """Some issuers name them `scp`, and some make a list of them."""
        granted = self.scp if self.scope is None else self.scope
        return {*(granted.split() if isinstance(granted, str) else granted or ())}
