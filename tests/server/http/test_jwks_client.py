"""When the issuer's keys are fetched, which requests wait for it, and which keys are used."""

import gzip
import tracemalloc
from collections.abc import Iterator
from itertools import count

import anyio
import anyio.to_thread
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey
from jwt.algorithms import RSAAlgorithm

from server.http.jwks_client import JwksClient
from server.http.refusal import Refusal
from tests.server.http.issuer import Issuer, KeySetAnswer, issuing

pytestmark = pytest.mark.anyio
RS256 = "RS256"
FIRST = RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True)


class Clock:
    """Seconds that only the test advances."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def running_issuer() -> Iterator[Issuer]:
    with issuing() as issuer:
        yield issuer


@pytest.fixture
def issuer(running_issuer: Issuer) -> Issuer:
    running_issuer.key = FIRST
    running_issuer.answer = KeySetAnswer()
    running_issuer.jwks_fetched = 0
    return running_issuer


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(issuer: Issuer, clock: Clock) -> JwksClient:
    return JwksClient(f"{issuer.url}/jwks", clock)


def rotate(issuer: Issuer) -> str | None:
    """Give the issuer a new key. Returns the id of the old one."""
    old_id = issuer.key.kid
    issuer.key = RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True)
    return old_id


async def find_refusal(keys: JwksClient, key_id: str | None) -> Refusal:
    with pytest.raises(Refusal) as raised:
        await keys.find_keys(key_id, RS256)
    return raised.value


async def wait_for_fetch(issuer: Issuer) -> None:
    assert await anyio.to_thread.run_sync(issuer.fetch_started.wait, 10)


def public(key: Key, **fields: object) -> dict[str, object]:
    return {**key.as_dict(private=False), **fields}


async def test_a_known_key_does_not_wait_for_a_fetch_that_an_unknown_key_caused(
    keys: JwksClient, issuer: Issuer, clock: Clock
) -> None:
    assert await keys.find_keys(issuer.key.kid, RS256)
    clock.now += 31
    with anyio.fail_after(10):
        async with anyio.create_task_group() as others:
            with issuer.withholding():
                others.start_soon(keys.find_keys, "made-up", RS256)
                await wait_for_fetch(issuer)
                assert await keys.find_keys(issuer.key.kid, RS256)


async def test_all_requests_for_an_unknown_key_share_one_fetch(
    keys: JwksClient, issuer: Issuer
) -> None:
    results = []

    async def find() -> None:
        results.append(await keys.find_keys(issuer.key.kid, RS256))

    async with anyio.create_task_group() as group:
        with issuer.withholding():
            for _ in range(50):
                group.start_soon(find)
            await wait_for_fetch(issuer)
    assert len(results) == 50
    assert all(results)
    assert issuer.jwks_fetched == 1


async def test_a_fetch_goes_on_when_the_request_that_started_it_is_cancelled(
    keys: JwksClient, issuer: Issuer
) -> None:
    async with anyio.create_task_group() as leaving:
        with issuer.withholding():
            leaving.start_soon(keys.find_keys, issuer.key.kid, RS256)
            await wait_for_fetch(issuer)
            leaving.cancel_scope.cancel()
    assert await keys.find_keys(issuer.key.kid, RS256)
    assert issuer.jwks_fetched == 1


async def test_new_keys_are_fetched_but_not_for_every_made_up_key_id(
    keys: JwksClient, issuer: Issuer, clock: Clock
) -> None:
    assert await keys.find_keys(issuer.key.kid, RS256)
    assert [await keys.find_keys(f"made-up-{number}", RS256) for number in range(50)] == [[]] * 50
    assert issuer.jwks_fetched == 1
    clock.now += 31
    old = rotate(issuer)
    assert await keys.find_keys(issuer.key.kid, RS256)
    assert not await keys.find_keys(old, RS256)
    assert issuer.jwks_fetched == 2


async def test_an_unknown_key_is_refused_with_retry_after_while_the_issuer_fails(
    keys: JwksClient, issuer: Issuer, clock: Clock
) -> None:
    issuer.answer = KeySetAnswer(status=500)
    refusal = await find_refusal(keys, issuer.key.kid)
    assert (refusal.status, refusal.headers) == (503, {"Retry-After": "2"})
    assert "INCIDENT_DESK_HTTP_OAUTH_JWKS_URL" in refusal.log
    issuer.answer = KeySetAnswer()
    clock.now += 2
    assert await keys.find_keys(issuer.key.kid, RS256)


async def test_a_failing_issuer_is_asked_with_exponential_backoff(
    keys: JwksClient, issuer: Issuer, clock: Clock
) -> None:
    issuer.answer = KeySetAnswer(status=503)
    waits = []
    for _ in range(7):
        await find_refusal(keys, issuer.key.kid)
        refusal = await find_refusal(keys, "made-up")
        waits.append(int(refusal.headers["Retry-After"]))
        clock.now += waits[-1]
    assert waits == [2, 4, 8, 16, 30, 30, 30]
    assert issuer.jwks_fetched == 7


async def test_while_the_issuer_fails_known_keys_stay_valid_for_a_day(
    keys: JwksClient, issuer: Issuer, clock: Clock
) -> None:
    assert await keys.find_keys(issuer.key.kid, RS256)
    issuer.answer = KeySetAnswer(status=503)
    clock.now += 86_399
    assert await keys.find_keys(issuer.key.kid, RS256)
    assert (await find_refusal(keys, "made-up")).status == 503
    clock.now += 2
    assert (await find_refusal(keys, issuer.key.kid)).status == 503


async def test_a_known_key_does_not_wait_for_an_issuer_that_failed(
    keys: JwksClient, issuer: Issuer, clock: Clock
) -> None:
    assert await keys.find_keys(issuer.key.kid, RS256)
    issuer.answer = KeySetAnswer(status=503)
    clock.now += 3_601
    assert await keys.find_keys(issuer.key.kid, RS256)
    clock.now += 2
    with anyio.fail_after(10), issuer.withholding():
        assert await keys.find_keys(issuer.key.kid, RS256)
        await wait_for_fetch(issuer)


async def test_keys_are_renewed_in_the_background_before_they_are_stale(
    keys: JwksClient, issuer: Issuer, clock: Clock
) -> None:
    assert await keys.find_keys(issuer.key.kid, RS256)
    clock.now += 3_001
    old = rotate(issuer)
    with anyio.fail_after(10), issuer.withholding():
        assert await keys.find_keys(old, RS256)
        await wait_for_fetch(issuer)
    assert await keys.find_keys(issuer.key.kid, RS256)
    assert issuer.jwks_fetched == 2


async def test_a_key_that_the_issuer_removed_is_not_used_after_an_hour(
    keys: JwksClient, issuer: Issuer, clock: Clock
) -> None:
    assert await keys.find_keys(issuer.key.kid, RS256)
    clock.now += 3_601
    assert not await keys.find_keys(rotate(issuer), RS256)


async def test_a_fetch_times_out(issuer: Issuer) -> None:
    keys = JwksClient(f"{issuer.url}/jwks", timeout_s=0.1)
    with issuer.withholding():
        assert (await find_refusal(keys, issuer.key.kid)).status == 503


async def test_a_compressed_key_set_is_decompressed_within_a_memory_limit(
    keys: JwksClient, issuer: Issuer
) -> None:
    issuer.answer = KeySetAnswer(
        gzip.compress(b" " * 64_000_000), headers={"Content-Encoding": "gzip"}
    )
    tracemalloc.start()
    try:
        assert (await find_refusal(keys, issuer.key.kid)).status == 503
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


async def test_a_key_set_may_be_compressed(keys: JwksClient, issuer: Issuer) -> None:
    issuer.publish(public(issuer.key))
    assert issuer.answer.body
    issuer.answer = KeySetAnswer(
        gzip.compress(issuer.answer.body), headers={"Content-Encoding": "gzip"}
    )
    assert await keys.find_keys(issuer.key.kid, RS256)


@pytest.mark.parametrize(
    "answer",
    [
        KeySetAnswer(status=404),
        KeySetAnswer(status=204),
        KeySetAnswer(status=302, headers={"Location": "/jwks"}),
        KeySetAnswer(b""),
        KeySetAnswer(b"<html>"),
        KeySetAnswer(b"\xff"),
        KeySetAnswer(b"[]"),
        KeySetAnswer(b"{}"),
        KeySetAnswer(b'{"keys": 5}'),
        KeySetAnswer(b'{"keys": []}'),
        KeySetAnswer(b'{"keys": [{"kty": "oct", "k": "AAAA"}]}'),
        KeySetAnswer(b'{"keys": [' + b"[" * 100_000),
        KeySetAnswer(b'{"keys": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}"),
        KeySetAnswer(b'{"keys": [], "n": 1' + b"0" * 100_000 + b"}"),
        KeySetAnswer(b'{"keys": []}' + b" " * 300_000),
        KeySetAnswer(b'{"keys": []}', headers={"Content-Encoding": "br"}),
        KeySetAnswer(b'{"keys": []}', headers={"Content-Encoding": "gzip"}),
        KeySetAnswer(gzip.compress(b'{"keys": []}')[:-9], headers={"Content-Encoding": "gzip"}),
    ],
    ids=map(str, count()),
)
async def test_an_answer_that_is_not_a_valid_key_set_counts_as_a_failure(
    answer: KeySetAnswer, keys: JwksClient, issuer: Issuer, clock: Clock
) -> None:
    assert await keys.find_keys(issuer.key.kid, RS256)
    issuer.answer = answer
    clock.now += 31
    assert (await find_refusal(keys, "made-up")).status == 503
    assert await keys.find_keys(issuer.key.kid, RS256)
    assert issuer.jwks_fetched == 2


RSA, EC, OKP = (
    RSAKey.generate_key(2048),
    ECKey.generate_key("P-256"),
    OKPKey.generate_key("Ed25519"),
)
SHORT = RSAAlgorithm.to_jwk(generate_private_key(65_537, 1_024).public_key(), as_dict=True)


@pytest.mark.parametrize(
    "bad",
    [
        5,
        None,
        [],
        {},
        "key",
        {"kty": "RSA"},
        {"kty": ["RSA"]},
        {"kty": "RSA", "n": 5, "e": "AQAB"},
        {"kty": "RSA", "n": "", "e": ""},
        {"kty": "EC", "crv": "P-256"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AA"},
        {"kty": "AKP"},
        public(RSA, n="!"),
        public(RSA, e="Ag"),
        public(RSA, n="_" * 100_000),
        public(RSA, crv="P-256", kty="EC"),
        public(EC, x="A" * 43),
        public(EC, crv="P-384"),
        public(EC, crv="secp256k1"),
        public(EC, crv={}),
        public(OKP, crv="X25519"),
        SHORT,
        public(RSA, use="enc"),
        public(RSA, use=5),
        public(RSA, key_ops=["encrypt"]),
        public(RSA, key_ops=5),
        public(RSA, alg="RSA-OAEP"),
        public(RSA, alg="ES256"),
        public(RSA, alg="none"),
        public(RSA, alg=[]),
        public(EC, alg="ES512"),
        public(RSA, kid=5),
        RSA.as_dict(private=True),
        OctKey.generate_key(256).as_dict(private=True),
        OctKey.generate_key(256).as_dict(private=True) | {"alg": "HS256"},
    ],
    ids=map(str, count()),
)
async def test_an_unusable_key_does_not_affect_the_others(
    bad: object, keys: JwksClient, issuer: Issuer
) -> None:
    if isinstance(bad, dict):
        bad = {"kid": "bad", **bad}
    issuer.publish(bad, public(issuer.key), bad)
    assert await keys.find_keys(issuer.key.kid, RS256)
    for algorithm in ("RS256", "PS512", "ES256", "ES512", "EdDSA", "HS256", "ES256K", "none"):
        assert not await keys.find_keys("bad", algorithm)


async def test_a_key_verifies_the_algorithms_of_its_type_or_the_one_that_it_names(
    keys: JwksClient, issuer: Issuer
) -> None:
    issuer.publish(
        public(RSA, kid="any"), public(RSA, kid="one", alg="PS256"), public(EC, kid="curve")
    )
    algorithms = (
        "RS256",
        "RS384",
        "RS512",
        "PS256",
        "PS384",
        "PS512",
        "ES256",
        "ES384",
        "ES512",
        "EdDSA",
    )
    verified = {
        key_id: [algorithm for algorithm in algorithms if await keys.find_keys(key_id, algorithm)]
        for key_id in ("any", "one", "curve")
    }
    assert verified == {"any": [*algorithms[:6]], "one": ["PS256"], "curve": ["ES256"]}


async def test_two_keys_of_one_id_are_both_found(keys: JwksClient, issuer: Issuer) -> None:
    issuer.publish(*(public(key, kid="same") for key in (RSA, issuer.key, EC)))
    assert len(await keys.find_keys("same", RS256)) == 2
    assert len(await keys.find_keys("same", "ES256")) == 1


async def test_without_an_id_every_key_of_the_algorithm_is_found(
    keys: JwksClient, issuer: Issuer
) -> None:
    anonymous = {name: value for name, value in public(RSA).items() if name != "kid"}
    issuer.publish(anonymous, public(issuer.key), public(EC))
    assert len(await keys.find_keys(None, RS256)) == 2
    assert len(await keys.find_keys(None, "ES256")) == 1
    assert not await keys.find_keys(None, "EdDSA")


async def test_a_set_of_many_keys_does_not_multiply_the_work_for_one_token(
    keys: JwksClient, issuer: Issuer
) -> None:
    issuer.publish(*([public(RSA)] * 200))
    assert len(await keys.find_keys(None, RS256)) == 4
