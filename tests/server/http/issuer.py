"""An authorization server made with authlib, independent of our code.

It has client credentials, JWT access tokens (RFC 9068) and a JWK set.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio.to_thread
import uvicorn
from authlib.oauth2 import AuthorizationServer, OAuth2Request  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749 import ClientMixin  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload  # type: ignore[import-untyped]
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.jwk import Key, KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.server.http.served import listening, running

SECRET = "secret-of-the-client"


class _Client(ClientMixin):  # type: ignore[misc]
    def __init__(self, client_id: str) -> None:
        self.client_id = client_id

    def get_client_id(self) -> str:
        return self.client_id

    def get_allowed_scope(self, scope: str | None) -> str:
        return scope or ""

    def check_client_secret(self, secret: str) -> bool:
        return secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return True

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "client_credentials"


class _Tokens(JWTBearerTokenGenerator):  # type: ignore[misc]
    def __init__(self, issuer: "Issuer") -> None:
        super().__init__(issuer.url)
        self._issuer = issuer

    def get_jwks(self) -> KeySet:
        return KeySet([self._issuer.key])

    def get_audiences(self, client: _Client, user: Any, scope: str) -> str:
        return self._issuer.audience

    def get_extra_claims(
        self, client: _Client, grant_type: str, user: Any, scope: str
    ) -> dict[str, Any]:
        return self._issuer.claims


@dataclass
class KeySetAnswer:
    """The response of the key set's URL. Without a body, it has the issuer's key."""

    body: bytes | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])


class Issuer(AuthorizationServer):  # type: ignore[misc]
    """`audience`, `claims` and `key` are for the next tokens, `answer` for the key set's URL."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.audience = ""
        self.claims: dict[str, Any] = {}
        self.key: Key = RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True)
        self.answer = KeySetAnswer()
        self.jwks_fetched = 0
        self.fetch_started = threading.Event()
        self._may_answer = threading.Event()
        self._may_answer.set()
        self.register_grant(ClientCredentialsGrant)
        self.register_token_generator("default", _Tokens(self))

    def publish(self, *keys: object) -> None:
        """Make these the key set: JWKs as dictionaries, or anything else."""
        self.answer = KeySetAnswer(json.dumps({"keys": keys}).encode())

    @contextmanager
    def withholding(self) -> Iterator[None]:
        """Inside the block, accept requests for the key set and do not answer them.

        The first request sets `fetch_started`.
        """
        self.fetch_started.clear()
        self._may_answer.clear()
        try:
            yield
        finally:
            self._may_answer.set()

    def signed(self, claims: dict[str, Any], key: Key | None = None, **header: Any) -> str:
        """A token with only these claims. A header field that is None is left out."""
        key = key or self.key
        fields = {"alg": "RS256", "typ": "at+jwt", "kid": key.kid, **header}
        fields = {name: value for name, value in fields.items() if value is not None}
        return jwt.encode(fields, claims, key, algorithms=[fields["alg"]], default_type=None)

    def query_client(self, client_id: str) -> _Client:
        return _Client(client_id)

    def save_token(self, token: Any, request: Any) -> None:
        """Nothing to do: a JWT needs no storage."""

    def send_signal(self, name: str, *_: Any, **__: Any) -> None:
        """Nothing to do: there are no receivers."""

    def create_oauth2_request(self, request: OAuth2Request) -> OAuth2Request:
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> Response:
        return JSONResponse(body, status, dict(headers))

    @property
    def app(self) -> Starlette:
        async def metadata(_: Request) -> Response:
            methods = ["client_secret_basic", "client_secret_post"]
            return JSONResponse(
                {
                    "issuer": self.url,
                    "token_endpoint": f"{self.url}/token",
                    "jwks_uri": f"{self.url}/jwks",
                    "authorization_endpoint": f"{self.url}/authorize",
                    "response_types_supported": ["code"],
                    "grant_types_supported": ["client_credentials"],
                    "token_endpoint_auth_methods_supported": methods,
                }
            )

        async def token(request: Request) -> Response:
            oauth_request = OAuth2Request(
                "POST", "https://issuer.example/token", headers=dict(request.headers)
            )
            oauth_request.headers["Authorization"] = request.headers.get("authorization", "")
            form = await request.form()
            oauth_request.payload = BasicOAuth2Payload(
                {name: str(value) for name, value in form.items()}
            )
            response: Response = self.create_token_response(oauth_request)
            return response

        async def jwks(_: Request) -> Response:
            self.jwks_fetched += 1
            self.fetch_started.set()
            await anyio.to_thread.run_sync(self._may_answer.wait)
            answer = self.answer
            body = answer.body
            if body is None:
                body = json.dumps(KeySet([self.key]).as_dict(private=False)).encode()
            return Response(
                body, answer.status, answer.headers, media_type="application/jwk-set+json"
            )

        return Starlette(
            routes=[
                Route("/.well-known/oauth-authorization-server", metadata),
                Route("/token", token, methods=["POST"]),
                Route("/jwks", jwks),
            ]
        )


@contextmanager
def issuing() -> Iterator[Issuer]:
    listener = listening()
    issuer = Issuer(f"http://127.0.0.1:{listener.getsockname()[1]}")
    with running(uvicorn.Config(issuer.app, log_config=None, log_level="error"), listener):
        yield issuer
