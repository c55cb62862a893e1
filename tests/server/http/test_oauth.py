"""OAuth: access tokens from a real authorization server."""

import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import httpx
import httpx2
import jwt
import pytest
from joserfc.jwk import RSAKey
from mcp import Client
from mcp.client.auth.extensions.client_credentials import ClientCredentialsOAuthProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthToken

from sandbox.serving import Sandbox
from server.http.settings import HttpSettings, OAuthSettings
from tests.conftest import settings_for
from tests.server.http.issuer import SECRET, Issuer, KeySetAnswer, issuing
from tests.server.http.served import ask, listening, request, served

SCOPE = "incidents:read"


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with issuing() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def url(issuer: Issuer, sandbox: Sandbox) -> Iterator[str]:
    listener = listening()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
    oauth = OAuthSettings(issuer.url, url, f"{issuer.url}/jwks", (SCOPE,))
    with served(settings_for(sandbox), HttpSettings(oauth=oauth), listener):
        yield url


@pytest.fixture(autouse=True)
def _usual(issuer: Issuer, url: str) -> None:
    issuer.audience, issuer.claims = url, {}


def token(issuer: Issuer, scope: str = SCOPE) -> str:
    answer = httpx.post(
        f"{issuer.url}/token",
        data={"grant_type": "client_credentials", "scope": scope},
        auth=("ada", SECRET),
        trust_env=False,
    )
    access_token: str = answer.json()["access_token"]
    return access_token


def send_with_token(url: str, token: str) -> tuple[int, dict[str, str]]:
    port = int(url.rsplit(":", 1)[1].removesuffix("/mcp"))
    status, headers, _ = ask(port, request(Authorization=f"Bearer {token}"))
    return status, headers


class _Memory:
    """A client's storage for tokens."""

    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


@pytest.mark.anyio
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_client_needs_only_the_url(mode: Any, issuer: Issuer, url: str) -> None:
    provider = ClientCredentialsOAuthProvider(url, _Memory(), "ada", SECRET, issuer=issuer.url)
    async with (
        httpx2.AsyncClient(auth=provider, trust_env=False) as http,
        Client(streamable_http_client(url, http_client=http), mode=mode) as client,
    ):
        assert not (await client.call_tool("list_incidents", {"page_size": 1})).is_error


def test_a_valid_token_is_accepted(issuer: Issuer, url: str) -> None:
    assert send_with_token(url, token(issuer, f"openid {SCOPE}"))[0] == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://another.example/mcp"},
        {"aud": []},
        {"iss": "https://another.example"},
        {"exp": int(time.time()) - 3_600},
        {"exp": None},
        {"nbf": int(time.time()) + 3_600},
        {"sub": None},
        {"sub": ""},
        {"scope": 5},
    ],
    ids=map(str, count()),
)
def test_a_token_for_another_server_or_time_gets_401(
    claims: dict[str, Any], issuer: Issuer, url: str
) -> None:
    issuer.claims = claims
    status, headers = send_with_token(url, token(issuer))
    assert status == 401
    assert headers["www-authenticate"].startswith('Bearer resource_metadata="http://127.0.0.1')


def test_a_token_with_insufficient_scope_gets_403_and_the_required_scopes(
    issuer: Issuer, url: str
) -> None:
    status, headers = send_with_token(url, token(issuer, "openid"))
    assert status == 403
    assert f'error="insufficient_scope", scope="{SCOPE}"' in headers["www-authenticate"]


def test_a_forged_token_gets_401(issuer: Issuer, url: str) -> None:
    claims = jwt.decode(token(issuer), options={"verify_signature": False})
    theirs = RSAKey.generate_key(2048, private=True).as_pem(private=True)
    public = httpx.get(f"{issuer.url}/jwks", trust_env=False).json()["keys"][0]
    kid = {"kid": public["kid"]}
    forged = [
        jwt.encode(claims, theirs, "RS256", kid),
        jwt.encode(claims, "", "none", kid),
        jwt.encode(claims, public["n"], "HS256", kid),
        token(issuer)[:-4] + "AAAA",
        "a.b.c",
        "",
    ]
    assert {send_with_token(url, one)[0] for one in forged} == {401}


def test_a_token_of_another_type_gets_401(issuer: Issuer, url: str) -> None:
    claims = jwt.decode(token(issuer), options={"verify_signature": False})
    assert send_with_token(url, issuer.signed(claims))[0] == 200
    for typ in ("id_token+jwt", "logout+jwt", "JWT", None):
        assert send_with_token(url, issuer.signed(claims, typ=typ))[0] == 401


def test_while_the_issuer_fails_its_tokens_get_503_with_retry_after(sandbox: Sandbox) -> None:
    listener = listening()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
    with issuing() as issuer:
        issuer.answer = KeySetAnswer(status=503)
        oauth = OAuthSettings(issuer.url, url, f"{issuer.url}/jwks")
        with served(settings_for(sandbox), HttpSettings(oauth=oauth), listener):
            status, headers = send_with_token(url, issuer.signed({"sub": "ada"}))
            assert status == 503
            assert 1 <= int(headers["retry-after"]) <= 2
            assert send_with_token(url, "idesk_x")[0] == 401


def test_the_resource_metadata_is_public(issuer: Issuer, url: str) -> None:
    metadata_url = url.replace("/mcp", "/.well-known/oauth-protected-resource/mcp")
    metadata = httpx.get(metadata_url, trust_env=False).json()
    assert metadata["resource"] == url
    assert metadata["authorization_servers"] == [issuer.url]
    assert metadata["scopes_supported"] == [SCOPE]
