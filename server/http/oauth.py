"""An OAuth 2.1 resource server: access tokens that an authorization server issued for us, as signed JWTs (RFC 9068)."""

import time
from typing import Any

import jwt
from mcp.server.auth.routes import build_resource_metadata_url, create_protected_resource_routes
from pydantic import AnyHttpUrl, ConfigDict, TypeAdapter
from starlette.routing import Route

from server.http.callers import Caller, InvalidToken
from server.http.claims import Claims
from server.http.issuer_keys import IssuerKeys
from server.http.refusal import Refusal
from server.http.settings import OAuth
from server.http.verification_key import ALGORITHMS, VerificationKey

_LEEWAY_S = 30
_JWS = jwt.PyJWS(ALGORITHMS)


class ResourceServer:
    """A register of callers: those whom the issuer gave a token for this server, with the scopes needed."""

    def __init__(self, oauth: OAuth, keys: IssuerKeys | None = None) -> None:
        self._oauth = oauth
        self._keys = keys or IssuerKeys(oauth.jwks_url)

    async def caller(self, token: str) -> Caller | None:
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.DecodeError, RecursionError):
            return None
        except jwt.InvalidTokenError:
            raise InvalidToken("the token's header is malformed") from None
        algorithm = self._check_header(header)
        key_id = header.get("kid")
        keys = await self._keys.find(key_id, algorithm)
        if not keys:
            raise InvalidToken(f"the issuer has no key {_quoted(key_id)} for {algorithm}")
        claims = Claims.read(_verified(token, algorithm, keys))
        self._check(claims)
        return Caller(claims.sub, source="oauth")

    def _check_header(self, header: dict[str, Any]) -> str:
        """The algorithm that the token is signed with. Raises: InvalidToken."""
        # Some issuers state no type, which is as good as JWT (RFC 7519, section 5.1).
        token_type = header.get("typ", "JWT")
        if (
            not isinstance(token_type, str)
            or token_type.lower().removeprefix("application/") not in self._oauth.token_types
        ):
            allowed = ", ".join(self._oauth.token_types)
            raise InvalidToken(
                f"the token's type is {_quoted(header.get('typ'))}; INCIDENT_DESK_HTTP_OAUTH_TOKEN_TYPES allows {allowed}"
            )
        if "crit" in header:
            raise InvalidToken("the token's header has critical extensions, and none is supported")
        algorithm = header.get("alg")
        if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
            raise InvalidToken(
                f"the token's algorithm is {_quoted(algorithm)}; supported are {', '.join(ALGORITHMS)}"
            )
        return algorithm

    def _check(self, claims: Claims) -> None:
        """Raises: InvalidToken, Refusal."""
        owner = f"the token of {_quoted(claims.sub)}"
        if claims.iss != self._oauth.issuer:
            raise InvalidToken(
                f"{owner} was issued by {_quoted(claims.iss)}, and INCIDENT_DESK_HTTP_OAUTH_ISSUER is another"
            )
        if not {self._oauth.resource, f"{self._oauth.resource}/"} & {*claims.audience}:
            audience = _quoted(claims.audience[0]) if claims.audience else "nobody"
            raise InvalidToken(
                f"{owner} is for {audience}, and INCIDENT_DESK_HTTP_OAUTH_RESOURCE is another"
            )
        now = time.time()
        if claims.exp <= now - _LEEWAY_S:
            raise InvalidToken(f"{owner} has expired")
        if max(claims.nbf, claims.iat) > now + _LEEWAY_S:
            raise InvalidToken(f"{owner} is not valid yet")
        if missing := {*self._oauth.scopes} - claims.scopes:
            raise self._too_little(min(missing), owner)

    def _too_little(self, scope: str, owner: str) -> Refusal:
        needed = " ".join(self._oauth.scopes)
        return Refusal(
            403,
            "insufficient_scope",
            f"The token lacks the scope {scope}.",
            {"WWW-Authenticate": f'{self.challenge}, error="insufficient_scope", scope="{needed}"'},
            log=f"{owner} lacks the scope {scope}, which INCIDENT_DESK_HTTP_OAUTH_SCOPES names",
        )

    @property
    def challenge(self) -> str:
        """Tells clients where to learn who issues tokens (RFC 9728)."""
        return (
            f'Bearer resource_metadata="{build_resource_metadata_url(_url(self._oauth.resource))}"'
        )

    @property
    def metadata_routes(self) -> list[Route]:
        return create_protected_resource_routes(
            _url(self._oauth.resource),
            [_url(self._oauth.issuer)],
            scopes_supported=[*self._oauth.scopes] or None,
            resource_name="incident-desk",
        )


# Clients compare an issuer to the letter: pydantic would add a slash.
_url = TypeAdapter(AnyHttpUrl, config=ConfigDict(url_preserve_empty_path=True)).validate_python


def _verified(token: str, algorithm: str, keys: list[VerificationKey]) -> bytes:
    """The token's payload. Raises: InvalidToken: none of *keys* signed it."""
    for key in keys:
        try:
            payload: bytes = _JWS.decode(token, key.public, algorithms=[algorithm])
        except jwt.InvalidSignatureError:
            continue
        except jwt.PyJWTError:
            raise InvalidToken("the token's header is malformed") from None
        return payload
    raise InvalidToken("the token's signature is not the issuer's")


def _quoted(value: object) -> str:
    """What a token says, for the log: short, and escaped."""
    return repr(value[:80]) if isinstance(value, str) else "missing or malformed"
