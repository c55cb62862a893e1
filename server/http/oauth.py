"""An OAuth 2.1 resource server: access tokens that an authorization server issued for us, as signed JWTs (RFC 9068)."""

import logging
import time
from collections.abc import Callable
from typing import Any

import anyio
import httpx
import jwt
from mcp.server.auth.routes import build_resource_metadata_url, create_protected_resource_routes
from pydantic import AnyHttpUrl, ConfigDict, TypeAdapter
from starlette.routing import Route

from server.http.callers import Caller
from server.http.refusal import Refusal
from server.http.settings import OAuth

logger = logging.getLogger(__name__)

# Asymmetric ones only: with a symmetric one, the public key would do as the secret.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_KEYS_LAST_S = 3_600.0
_FETCH_AGAIN_AFTER_S = 30.0
_MAX_JWKS = 256 * 1024
_LEEWAY_S = 30


class Keys:
    """The issuer's public keys, fetched when a token needs them.

    A key that is not known makes for a new fetch, because issuers rotate theirs; but not more often than every 30 s, whatever
    callers send. When a fetch fails, the keys known so far are kept.
    """

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._clock = clock
        self._keys = dict[str | None, jwt.PyJWK]()
        self._fetched_at = self._tried_at = float("-inf")
        self._fetching = anyio.Lock()

    async def find(self, key_id: str | None) -> jwt.PyJWK | None:
        async with self._fetching:
            now = self._clock()
            stale = key_id not in self._keys or now - self._fetched_at > _KEYS_LAST_S
            if stale and now - self._tried_at > _FETCH_AGAIN_AFTER_S:
                self._tried_at = now
                await self._fetch()
        return self._keys.get(key_id)

    async def _fetch(self) -> None:
        try:
            with anyio.fail_after(10):
                async with httpx.AsyncClient() as http:
                    answer = await http.get(self._url)
            answer.raise_for_status()
            if len(answer.content) > _MAX_JWKS:
                raise ValueError("too long")
            self._keys = {key.key_id: key for key in jwt.PyJWKSet.from_dict(answer.json()).keys}
            self._fetched_at = self._clock()
        except (httpx.HTTPError, TimeoutError, ValueError, AttributeError, jwt.PyJWTError) as error:
            logger.warning("The issuer's keys could not be fetched (%s).", type(error).__name__)


class ResourceServer:
    """A register of callers: those whom the issuer gave a token for this server, with the scopes needed."""

    def __init__(self, oauth: OAuth, keys: Keys | None = None) -> None:
        self._oauth = oauth
        self._keys = keys or Keys(oauth.jwks_url)

    async def caller(self, token: str) -> Caller | None:
        try:
            header = jwt.get_unverified_header(token)
            key = await self._keys.find(header.get("kid"))
            if key is None:
                return None
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=_ALGORITHMS,
                issuer=self._oauth.issuer,
                audience=[self._oauth.resource, f"{self._oauth.resource}/"],
                leeway=_LEEWAY_S,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError:
            return None
        if missing := {*self._oauth.scopes} - {*_scopes(claims)}:
            raise Refusal(
                403,
                "insufficient_scope",
                f"The token lacks the scope {min(missing)}.",
                {"WWW-Authenticate": f'{self.challenge}, error="insufficient_scope", scope="{" ".join(self._oauth.scopes)}"'},
            )
        return Caller(claims["sub"], source="oauth")

    @property
    def challenge(self) -> str:
        """Tells clients where to learn who issues tokens (RFC 9728)."""
        return f'Bearer resource_metadata="{build_resource_metadata_url(_url(self._oauth.resource))}"'

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


def _scopes(claims: dict[str, Any]) -> list[str]:
    scope = claims.get("scope", claims.get("scp", []))
    return scope.split() if isinstance(scope, str) else [str(one) for one in scope]
