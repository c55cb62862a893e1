"""Verifies the JWT access tokens of an OAuth 2.1 authorization server (RFC 9068)."""

import time
from typing import Any

import jwt
from mcp.server.auth.routes import build_resource_metadata_url, create_protected_resource_routes
from pydantic import AnyHttpUrl, ConfigDict, TypeAdapter
from starlette.routing import Route

from server.http.authentication import InvalidToken
from server.http.claims import Claims
from server.http.jwks_client import JwksClient
from server.http.principal import Principal
from server.http.refusal import Refusal
from server.http.settings import OAuthSettings
from server.http.verification_key import ALGORITHMS, VerificationKey
from server.vendor_key import Keys

_LEEWAY_S = 30
"""Our clock and the issuer's may differ by so much."""
_JWS = jwt.PyJWS(ALGORITHMS)


class JwtVerifier:
    """A token verifier for tokens of the issuer, for this server, with the required scopes.

    *keys* are the vendor keys that all subjects use.
    """

    def __init__(
        self, oauth: OAuthSettings, jwks: JwksClient | None = None, keys: Keys | None = None
    ) -> None:
        self._oauth = oauth
        self._keys = keys or {}
        self._jwks = jwks or JwksClient(oauth.jwks_url)

    async def verify_token(self, token: str) -> Principal | None:
        """The token's principal; None if *token* is not a JWT.

        Raises:
            InvalidToken: the header, the signature or a claim is not valid.
            Refusal: a scope is missing, or the issuer's keys cannot be fetched.
        """
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.DecodeError, RecursionError):
            return None
        except jwt.InvalidTokenError:
            raise InvalidToken("the token's header is malformed") from None
        algorithm = self._check_header(header)
        key_id = header.get("kid")
        keys = await self._jwks.find_keys(key_id, algorithm)
        if not keys:
            raise InvalidToken(f"the issuer has no key {_quote(key_id)} for {algorithm}")
        claims = Claims.from_payload(_verify_signature(token, algorithm, keys))
        self._check_claims(claims)
        return Principal(claims.sub, source="oauth", keys=self._keys)

    def _check_header(self, header: dict[str, Any]) -> str:
        """Check the header. Returns the algorithm that the token is signed with.

        Raises:
            InvalidToken: the type, the algorithm or an extension is not supported.
        """
        # Some issuers omit the type. This means the same as JWT (RFC 7519, section 5.1).
        if not self._is_allowed_type(header.get("typ", "JWT")):
            allowed = ", ".join(self._oauth.token_types)
            raise InvalidToken(
                f"the token's type is {_quote(header.get('typ'))}; "
                f"INCIDENT_DESK_HTTP_OAUTH_TOKEN_TYPES allows {allowed}"
            )
        if "crit" in header:
            raise InvalidToken("the token's header has critical extensions, and none is supported")
        algorithm = header.get("alg")
        if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
            supported = ", ".join(ALGORITHMS)
            raise InvalidToken(
                f"the token's algorithm is {_quote(algorithm)}; supported are {supported}"
            )
        return algorithm

    def _is_allowed_type(self, token_type: object) -> bool:
        if not isinstance(token_type, str):
            return False
        return token_type.lower().removeprefix("application/") in self._oauth.token_types

    def _check_claims(self, claims: Claims) -> None:
        token = f"the token of {_quote(claims.sub)}"
        if claims.iss != self._oauth.issuer:
            raise InvalidToken(
                f"{token} was issued by {_quote(claims.iss)}, "
                "not by INCIDENT_DESK_HTTP_OAUTH_ISSUER"
            )
        resources = {self._oauth.resource, f"{self._oauth.resource}/"}
        if resources.isdisjoint(claims.audiences):
            audience = _quote(claims.audiences[0]) if claims.audiences else "nobody"
            raise InvalidToken(
                f"{token} is for {audience}, not for INCIDENT_DESK_HTTP_OAUTH_RESOURCE"
            )
        now = time.time()
        if claims.exp <= now - _LEEWAY_S:
            raise InvalidToken(f"{token} has expired")
        if max(claims.nbf, claims.iat) > now + _LEEWAY_S:
            raise InvalidToken(f"{token} is not valid yet")
        missing = {*self._oauth.scopes} - claims.scopes
        if missing:
            raise self._insufficient_scope(min(missing), token)

    def _insufficient_scope(self, scope: str, token: str) -> Refusal:
        required = " ".join(self._oauth.scopes)
        challenge = f'{self.challenge}, error="insufficient_scope", scope="{required}"'
        return Refusal(
            403,
            "insufficient_scope",
            f"The token lacks the scope {scope}.",
            {"WWW-Authenticate": challenge},
            log=f"{token} lacks the scope {scope}, which INCIDENT_DESK_HTTP_OAUTH_SCOPES names",
        )

    @property
    def challenge(self) -> str:
        """The value of `WWW-Authenticate`. It names the URL of the OAuth metadata (RFC 9728)."""
        metadata_url = build_resource_metadata_url(_parse_url(self._oauth.resource))
        return f'Bearer resource_metadata="{metadata_url}"'

    @property
    def metadata_routes(self) -> list[Route]:
        return create_protected_resource_routes(
            _parse_url(self._oauth.resource),
            [_parse_url(self._oauth.issuer)],
            scopes_supported=[*self._oauth.scopes] or None,
            resource_name="incident-desk",
        )


# Clients compare issuers character by character. By default, pydantic would add a slash.
_parse_url = TypeAdapter(
    AnyHttpUrl, config=ConfigDict(url_preserve_empty_path=True)
).validate_python


def _verify_signature(token: str, algorithm: str, keys: list[VerificationKey]) -> bytes:
    """Check the signature. Returns the token's payload.

    Raises:
        InvalidToken: none of *keys* verifies the signature, or the token is malformed.
    """
    for key in keys:
        try:
            payload: bytes = _JWS.decode(token, key.public, algorithms=[algorithm])
        except jwt.InvalidSignatureError:
            continue
        except jwt.PyJWTError:
            raise InvalidToken("the token's header is malformed") from None
        return payload
    raise InvalidToken("the token's signature is not the issuer's")


def _quote(value: object) -> str:
    """A value of a token for the log: short and escaped."""
    if not isinstance(value, str):
        return "missing or malformed"
    return repr(value[:80])
