"""Which access tokens are accepted, and why others are refused, as the log says it."""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from server.http.authentication import InvalidToken
from server.http.jwks_client import JwksClient
from server.http.jwt_verifier import JwtVerifier
from server.http.principal import Principal
from server.http.refusal import Refusal
from server.http.settings import OAuthSettings
from tests.server.http.issuer import Issuer, KeySetAnswer, issuing

RESOURCE = "https://desk.example.com/mcp"
PREFIX = "INCIDENT_DESK_HTTP_OAUTH_"
KEY = OKPKey.generate_key("Ed25519", {"kid": "one"})


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with issuing() as issuer:
        issuer.key = KEY
        yield issuer


@pytest.fixture(autouse=True)
def _usual(issuer: Issuer) -> None:
    issuer.answer = KeySetAnswer()


@pytest.fixture(scope="module")
def verifier(issuer: Issuer) -> JwtVerifier:
    """It knows the issuer's key. Its clock stands still, so it fetches no other."""
    # An earlier test may have published other keys, and `_usual` runs after this.
    issuer.answer = KeySetAnswer()
    oauth = OAuthSettings(issuer.url, RESOURCE, f"{issuer.url}/jwks", ("incidents:read",))
    keys = JwksClient(oauth.jwks_url, clock=lambda: 1_000.0)
    assert anyio.run(keys.find_keys, KEY.kid, "EdDSA")
    return JwtVerifier(oauth, keys)


def claims(issuer: Issuer, **others: Any) -> dict[str, Any]:
    now = int(time.time())
    usual = {
        "iss": issuer.url,
        "aud": RESOURCE,
        "sub": "ada",
        "scope": "incidents:read",
        "iat": now,
        "exp": now + 300,
    }
    return {name: value for name, value in {**usual, **others}.items() if value is not ...}


def handmade(header: dict[str, Any] | bytes, payload: Any) -> str:
    """A correctly signed token with any header and payload."""
    if isinstance(header, dict):
        usual = {"alg": "EdDSA", "typ": "at+jwt", "kid": KEY.kid}
        header = json.dumps(
            {name: value for name, value in {**usual, **header}.items() if value is not ...}
        ).encode()
    if not isinstance(payload, bytes):
        payload = json.dumps(payload).encode()
    signed = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in (header, payload))
    signature = base64.urlsafe_b64encode(KEY.private_key.sign(signed)).rstrip(b"=")  # type: ignore[union-attr]
    return (signed + b"." + signature).decode()


async def reason_for_refusal(verifier: JwtVerifier, token: str) -> str:
    with pytest.raises(InvalidToken) as raised:
        await verifier.verify_token(token)
    return str(raised.value)


@pytest.mark.anyio
async def test_the_subject_of_a_token_is_an_oauth_principal(
    verifier: JwtVerifier, issuer: Issuer
) -> None:
    assert await verifier.verify_token(handmade({}, claims(issuer))) == Principal(
        "ada", source="oauth"
    )


@pytest.mark.anyio
@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+jwt"])
async def test_the_type_of_an_access_token_may_be_spelled_in_several_ways(
    typ: str, verifier: JwtVerifier, issuer: Issuer
) -> None:
    assert await verifier.verify_token(handmade({"typ": typ}, claims(issuer)))


@pytest.mark.anyio
@pytest.mark.parametrize(
    "typ",
    [
        "JWT",
        "id_token+jwt",
        "logout+jwt",
        "dpop+jwt",
        "",
        "application/application/at+jwt",
        ...,
        5,
        None,
        [],
    ],
)
async def test_a_token_of_another_type_is_refused_and_the_log_names_the_setting(
    typ: Any, verifier: JwtVerifier, issuer: Issuer
) -> None:
    assert f"{PREFIX}TOKEN_TYPES allows at+jwt" in await reason_for_refusal(
        verifier, handmade({"typ": typ}, claims(issuer))
    )


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("typ", "allowed"),
    [("JWT", True), ("jwt", True), (..., True), ("id_token+jwt", False), ("at+jwt", False)],
)
async def test_other_types_can_be_allowed(typ: Any, allowed: bool, issuer: Issuer) -> None:
    verifier = JwtVerifier(
        OAuthSettings(issuer.url, RESOURCE, f"{issuer.url}/jwks", token_types=("jwt",))
    )
    token = handmade({"typ": typ}, claims(issuer))
    if allowed:
        assert await verifier.verify_token(token)
    else:
        assert "allows jwt" in await reason_for_refusal(verifier, token)


def signing_keys() -> dict[str, Key]:
    """A key for each algorithm."""
    return {
        **dict.fromkeys(
            ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
            RSAKey.generate_key(2048, {"kid": "a"}),
        ),
        "ES256": ECKey.generate_key("P-256", {"kid": "a"}),
        "ES384": ECKey.generate_key("P-384", {"kid": "a"}),
        "ES512": ECKey.generate_key("P-521", {"kid": "a"}),
        "EdDSA": OKPKey.generate_key("Ed25519", {"kid": "a"}),
    }


KEYS, OTHER_KEYS = signing_keys(), signing_keys()


@pytest.mark.anyio
@pytest.mark.parametrize("named", [True, False], ids=["key names it", "key names none"])
@pytest.mark.parametrize("algorithm", KEYS)
@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
async def test_a_token_may_be_signed_with(algorithm: str, named: bool, issuer: Issuer) -> None:
    key = KEYS[algorithm]
    issuer.publish({**key.as_dict(private=False), **({"alg": algorithm} if named else {})})
    verifier = JwtVerifier(OAuthSettings(issuer.url, RESOURCE, f"{issuer.url}/jwks"))
    assert await verifier.verify_token(issuer.signed(claims(issuer), key, alg=algorithm))
    assert await verifier.verify_token(issuer.signed(claims(issuer), key, alg=algorithm, kid=None))
    forged = issuer.signed(claims(issuer, sub="eve"), OTHER_KEYS[algorithm], alg=algorithm)
    assert "signature" in await reason_for_refusal(verifier, forged)


@pytest.mark.anyio
async def test_every_key_of_the_tokens_key_id_is_tried(issuer: Issuer) -> None:
    issuer.publish(OTHER_KEYS["RS256"].as_dict(private=False), KEYS["RS256"].as_dict(private=False))
    verifier = JwtVerifier(OAuthSettings(issuer.url, RESOURCE, f"{issuer.url}/jwks"))
    assert await verifier.verify_token(issuer.signed(claims(issuer), KEYS["RS256"]))


@pytest.mark.anyio
@pytest.mark.parametrize(
    "alg", ["none", "HS256", "RS1", "ES256K", "Ed25519", "", ..., 5, None, ["EdDSA"]]
)
async def test_any_other_algorithm_is_refused(
    alg: Any, verifier: JwtVerifier, issuer: Issuer
) -> None:
    assert "algorithm" in await reason_for_refusal(verifier, handmade({"alg": alg}, claims(issuer)))


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("header", "payload"),
    [
        ({"crit": ["exp"], "exp": 1}, None),
        ({"crit": []}, None),
        ({"crit": 5}, None),
        ({"crit": ["b64"], "b64": True}, None),
        ({"kid": 5}, None),
        ({"crit": ["b64"], "b64": False}, b""),
        ({"b64": False}, b""),
    ],
    ids=repr,
)
async def test_a_header_with_critical_extensions_or_a_malformed_key_id_is_refused(
    header: dict[str, Any], payload: bytes | None, verifier: JwtVerifier, issuer: Issuer
) -> None:
    token = handmade(header, claims(issuer) if payload is None else payload)
    assert "header" in await reason_for_refusal(verifier, token)


@pytest.mark.anyio
async def test_an_unknown_key_id_is_refused(verifier: JwtVerifier, issuer: Issuer) -> None:
    assert "no key 'made-up'" in await reason_for_refusal(
        verifier, handmade({"kid": "made-up"}, claims(issuer))
    )


@pytest.mark.anyio
@pytest.mark.parametrize(
    "sub", ["", " ", ..., None, 5, ["ada"], "a" * 256, "ada\n", "ada\u202e", "ada\x00"], ids=repr
)
async def test_a_subject_that_is_not_a_printable_name_is_refused(
    sub: Any, verifier: JwtVerifier, issuer: Issuer
) -> None:
    assert "claim sub" in await reason_for_refusal(verifier, handmade({}, claims(issuer, sub=sub)))


MALFORMED: dict[str, list[Any]] = {
    "scope": [5, {}, [5], True, ["incidents:read", None]],
    "scp": [5, {}, [5]],
    "exp": [..., None, "x", "1", True, [], float("inf"), float("nan")],
    "iat": ["x", True, [], float("inf")],
    "nbf": ["x", True, [], float("inf")],
    "iss": [..., None, 5, []],
    "aud": [..., None, 5, {}, [5]],
}


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name, values in MALFORMED.items() for value in values],
    ids=repr,
)
async def test_a_malformed_claim_is_refused_by_name(
    name: str, value: Any, verifier: JwtVerifier, issuer: Issuer
) -> None:
    assert f"claim {name}" in await reason_for_refusal(
        verifier, handmade({}, claims(issuer, **{name: value}))
    )


@pytest.mark.anyio
@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"5",
        b"\xff",
        b"{",
        b'{"exp": 1' + b"0" * 5_000 + b"}",
        b'{"a":' * 3_000,
        b'{"a":' * 900 + b"1" + b"}" * 900,
    ],
    ids=lambda payload: repr(payload[:12]),
)
async def test_claims_that_are_not_a_json_object_are_refused(
    payload: bytes, verifier: JwtVerifier
) -> None:
    assert "claims" in await reason_for_refusal(verifier, handmade({}, payload))


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("others", "reason"),
    [
        ({"iss": "https://another.example"}, f"'https://another.example', not by {PREFIX}ISSUER"),
        (
            {"aud": "https://another.example/mcp"},
            f"'https://another.example/mcp', not for {PREFIX}RESOURCE",
        ),
        ({"aud": []}, f"nobody, not for {PREFIX}RESOURCE"),
        ({"exp": 1_700_000_000}, "has expired"),
        ({"exp": -1e308}, "has expired"),
        ({"nbf": 1e308}, "is not valid yet"),
        ({"iat": 32_503_680_000}, "is not valid yet"),
    ],
    ids=repr,
)
async def test_the_log_names_the_subject_and_the_reason_of_a_refused_token(
    others: dict[str, Any], reason: str, verifier: JwtVerifier, issuer: Issuer
) -> None:
    log = await reason_for_refusal(verifier, handmade({}, claims(issuer, **others)))
    assert log.startswith("the token of 'ada' ")
    assert reason in log


@pytest.mark.anyio
async def test_clocks_may_differ_by_up_to_30_seconds(verifier: JwtVerifier, issuer: Issuer) -> None:
    now = time.time()
    for others in ({"exp": now - 15}, {"nbf": now + 15}, {"iat": now + 15.5}):
        assert await verifier.verify_token(handmade({}, claims(issuer, **others)))


@pytest.mark.anyio
async def test_values_of_a_token_in_the_log_are_escaped_and_short(
    verifier: JwtVerifier, issuer: Issuer
) -> None:
    odd = "\n\x1b[31m" + "x" * 4_000
    for token in (
        handmade({"typ": odd}, claims(issuer)),
        handmade({"alg": odd}, claims(issuer)),
        handmade({"kid": odd}, claims(issuer)),
        handmade({}, claims(issuer, iss=odd)),
        handmade({}, claims(issuer, aud=[odd, odd])),
    ):
        log = await reason_for_refusal(verifier, token)
        assert log.isprintable()
        assert len(log) < 400


@pytest.mark.anyio
async def test_a_token_that_is_not_a_jwt_is_left_to_other_verifiers(verifier: JwtVerifier) -> None:
    for token in (
        "",
        "idesk_x",
        "a.b.c",
        "..",
        "ab.cd",
        "W10.e30.AA",
        handmade(b"[" * 6_000, {}),
        handmade(b"\xff", {}),
        "é.é.é",
    ):
        assert await verifier.verify_token(token) is None


@pytest.mark.anyio
@pytest.mark.parametrize(
    "scopes",
    [
        {"scope": "openid incidents:read"},
        {"scope": ["incidents:read"]},
        {"scope": ..., "scp": "incidents:read"},
        {"scope": None, "scp": ["incidents:read"]},
    ],
    ids=repr,
)
async def test_scopes_may_be_words_or_a_list_in_scope_or_scp(
    scopes: dict[str, Any], verifier: JwtVerifier, issuer: Issuer
) -> None:
    assert await verifier.verify_token(handmade({}, claims(issuer, **scopes)))


@pytest.mark.anyio
@pytest.mark.parametrize(
    "scopes",
    [
        {"scope": ""},
        {"scope": "incidents"},
        {"scope": ...},
        {"scope": "openid", "scp": "incidents:read"},
    ],
    ids=repr,
)
async def test_a_missing_scope_is_named(
    scopes: dict[str, Any], verifier: JwtVerifier, issuer: Issuer
) -> None:
    with pytest.raises(Refusal) as raised:
        await verifier.verify_token(handmade({}, claims(issuer, **scopes)))
    assert raised.value.status == 403
    assert f"{PREFIX}SCOPES" in raised.value.log
    assert "'ada'" in raised.value.log


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda values: (
        st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=5), values, max_size=3)
    ),
    max_leaves=8,
)
HEADERS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("alg", "typ", "kid", "crit", "b64", "jku", "jwk", "cty", "zip"), JSON),
)
CLAIMS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("iss", "aud", "sub", "exp", "nbf", "iat", "scope", "scp", "jti"), JSON),
)
TOKENS = (
    st.builds(handmade, HEADERS, CLAIMS)
    | st.builds(
        lambda header, payload: handmade(header, payload),
        st.binary(max_size=200),
        st.binary(max_size=200),
    )
    | st.builds(lambda payload: handmade({}, payload), st.binary(max_size=200))
    | st.binary(max_size=200).map(lambda text: text.decode("latin-1"))
    | st.from_regex(r"[A-Za-z0-9_=-]{0,40}(\.[A-Za-z0-9_=-]{0,40}){0,4}", fullmatch=True)
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(token=TOKENS, odd=CLAIMS)
def test_any_token_is_answered_with_a_principal_or_a_reason(
    verifier: JwtVerifier, issuer: Issuer, token: str, odd: dict[str, Any]
) -> None:
    async def answer(token: str) -> Principal | str | None:
        try:
            return await verifier.verify_token(token)
        except (InvalidToken, Refusal) as reason:
            return str(reason)

    async def answers() -> None:
        for one in (token, handmade({}, claims(issuer, **odd))):
            result = await answer(one)
            assert not isinstance(result, str) or len(one) < 80 or one not in result

    anyio.run(answers)


@pytest.mark.anyio
async def test_a_token_of_an_unknown_key_is_not_refused_as_invalid_while_the_issuer_fails(
    issuer: Issuer,
) -> None:
    issuer.answer = KeySetAnswer(status=503)
    verifier = JwtVerifier(OAuthSettings(issuer.url, RESOURCE, f"{issuer.url}/jwks"))
    with pytest.raises(Refusal) as raised:
        await verifier.verify_token(handmade({}, claims(issuer)))
    assert (raised.value.status, raised.value.headers) == (503, {"Retry-After": "2"})
