"""When the issuer's keys are fetched, who waits for that, and which of them are used."""

import gzip
import tracemalloc
from collections.abc import Iterator

import anyio
import anyio.to_thread
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey
from jwt.algorithms import RSAAlgorithm

from server.http.issuer_keys import IssuerKeys
from server.http.refusal import Refusal
from tests.server.http.issuer import Issuer, KeySetAnswer, issuing

pytestmark = pytest.mark.anyio
RS256 = "RS256"
FIRST = RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True)


class Clock:
    """Seconds, which pass when a test says so."""

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
    running_issuer.key, running_issuer.answer, running_issuer.jwks_fetched = (
        FIRST,
        KeySetAnswer(),
        0,
    )
    return running_issuer


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(issuer: Issuer, clock: Clock) -> IssuerKeys:
    return IssuerKeys(f"{issuer.url}/jwks", clock)


def rotate(issuer: Issuer) -> str | None:
    """The id of the key that was used before."""
    old, issuer.key = issuer.key, RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True)
    return old.kid


async def refused(keys: IssuerKeys, key_id: str | None) -> Refusal:
    with pytest.raises(Refusal) as raised:
        await keys.find(key_id, RS256)
    return raised.value


async def was_asked(issuer: Issuer) -> None:
    assert await anyio.to_thread.run_sync(issuer.asked.wait, 10)


def public(key: Key, **fields: object) -> dict[str, object]:
    return {**key.as_dict(private=False), **fields}


async def test_a_known_key_does_not_wait_for_a_fetch_that_an_unknown_one_caused(
    keys: IssuerKeys, issuer: Issuer, clock: Clock
) -> None:
    assert await keys.find(issuer.key.kid, RS256)
    clock.now += 31
    with anyio.fail_after(10):
        async with anyio.create_task_group() as others:
            with issuer.withholding():
                others.start_soon(keys.find, "made-up", RS256)
                await was_asked(issuer)
                assert await keys.find(issuer.key.kid, RS256)


async def test_all_who_need_an_unknown_key_share_one_fetch(
    keys: IssuerKeys, issuer: Issuer
) -> None:
    found = []

    async def find() -> None:
        found.append(await keys.find(issuer.key.kid, RS256))

    async with anyio.create_task_group() as group:
        with issuer.withholding():
            for _ in range(50):
                group.start_soon(find)
            await was_asked(issuer)
    assert len(found) == 50
    assert all(found)
    assert issuer.jwks_fetched == 1


async def test_who_leaves_while_keys_are_fetched_leaves_the_fetch_to_the_others(
    keys: IssuerKeys, issuer: Issuer
) -> None:
    async with anyio.create_task_group() as leaving:
        with issuer.withholding():
            leaving.start_soon(keys.find, issuer.key.kid, RS256)
            await was_asked(issuer)
            leaving.cancel_scope.cancel()
    assert await keys.find(issuer.key.kid, RS256)
    assert issuer.jwks_fetched == 1


async def test_new_keys_are_fetched_but_not_whenever_somebody_makes_one_up(
    keys: IssuerKeys, issuer: Issuer, clock: Clock
) -> None:
    assert await keys.find(issuer.key.kid, RS256)
    assert [await keys.find(f"made-up-{number}", RS256) for number in range(50)] == [[]] * 50
    assert issuer.jwks_fetched == 1
    clock.now += 31
    old = rotate(issuer)
    assert await keys.find(issuer.key.kid, RS256)
    assert not await keys.find(old, RS256)
    assert issuer.jwks_fetched == 2


async def test_an_unknown_key_is_refused_for_now_when_the_issuer_does_not_answer(
    keys: IssuerKeys, issuer: Issuer, clock: Clock
) -> None:
    issuer.answer = KeySetAnswer(status=500)
    refusal = await refused(keys, issuer.key.kid)
    assert (refusal.status, refusal.headers) == (503, {"Retry-After": "2"})
    assert "INCIDENT_DESK_HTTP_OAUTH_JWKS_URL" in refusal.log
    issuer.answer = KeySetAnswer()
    clock.now += 2
    assert await keys.find(issuer.key.kid, RS256)


async def test_an_issuer_that_is_away_is_asked_less_and_less_often(
    keys: IssuerKeys, issuer: Issuer, clock: Clock
) -> None:
    issuer.answer = KeySetAnswer(status=503)
    pauses = []
    for _ in range(7):
        await refused(keys, issuer.key.kid)
        refusal = await refused(keys, "made-up")
        pauses.append(int(refusal.headers["Retry-After"]))
        clock.now += pauses[-1]
    assert pauses == [2, 4, 8, 16, 30, 30, 30]
    assert issuer.jwks_fetched == 7


async def test_while_the_issuer_is_away_known_keys_go_on_for_a_day(
    keys: IssuerKeys, issuer: Issuer, clock: Clock
) -> None:
    assert await keys.find(issuer.key.kid, RS256)
    issuer.answer = KeySetAnswer(status=503)
    clock.now += 86_399
    assert await keys.find(issuer.key.kid, RS256)
    assert (await refused(keys, "made-up")).status == 503
    clock.now += 2
    assert (await refused(keys, issuer.key.kid)).status == 503


async def test_nobody_with_a_known_key_waits_for_an_issuer_that_failed(
    keys: IssuerKeys, issuer: Issuer, clock: Clock
) -> None:
    assert await keys.find(issuer.key.kid, RS256)
    issuer.answer = KeySetAnswer(status=503)
    clock.now += 3_601
    assert await keys.find(issuer.key.kid, RS256)
    clock.now += 2
    with anyio.fail_after(10), issuer.withholding():
        assert await keys.find(issuer.key.kid, RS256)
        await was_asked(issuer)


async def test_keys_are_renewed_before_they_are_old_and_nobody_waits(
    keys: IssuerKeys, issuer: Issuer, clock: Clock
) -> None:
    assert await keys.find(issuer.key.kid, RS256)
    clock.now += 3_001
    old = rotate(issuer)
    with anyio.fail_after(10), issuer.withholding():
        assert await keys.find(old, RS256)
        await was_asked(issuer)
    assert await keys.find(issuer.key.kid, RS256)
    assert issuer.jwks_fetched == 2


async def test_a_key_that_was_taken_away_is_not_used_after_an_hour(
    keys: IssuerKeys, issuer: Issuer, clock: Clock
) -> None:
    assert await keys.find(issuer.key.kid, RS256)
    clock.now += 3_601
    assert not await keys.find(rotate(issuer), RS256)


async def test_a_fetch_without_end_is_given_up(issuer: Issuer) -> None:
    keys = IssuerKeys(f"{issuer.url}/jwks", timeout_s=0.1)
    with issuer.withholding():
        assert (await refused(keys, issuer.key.kid)).status == 503


async def test_a_key_set_is_unpacked_within_bounds(keys: IssuerKeys, issuer: Issuer) -> None:
    issuer.answer = KeySetAnswer(
        gzip.compress(b" " * 64_000_000), headers={"Content-Encoding": "gzip"}
    )
    tracemalloc.start()
    try:
        assert (await refused(keys, issuer.key.kid)).status == 503
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


async def test_a_key_set_may_be_compressed(keys: IssuerKeys, issuer: Issuer) -> None:
    issuer.publish(public(issuer.key))
    assert issuer.answer.body
    issuer.answer = KeySetAnswer(
        gzip.compress(issuer.answer.body), headers={"Content-Encoding": "gzip"}
    )
    assert await keys.find(issuer.key.kid, RS256)


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
    ids=lambda answer: repr(answer)[:60],
)
async def test_an_answer_that_is_no_key_set_counts_as_none(
    answer: KeySetAnswer, keys: IssuerKeys, issuer: Issuer, clock: Clock
) -> None:
    assert await keys.find(issuer.key.kid, RS256)
    issuer.answer = answer
    clock.now += 31
    assert (await refused(keys, "made-up")).status == 503
    assert await keys.find(issuer.key.kid, RS256)
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
    ids=lambda bad: str(bad)[:60],
)
async def test_a_key_that_cannot_be_used_loses_none_of_the_others(
    bad: object, keys: IssuerKeys, issuer: Issuer
) -> None:
    if isinstance(bad, dict):
        bad = {"kid": "bad", **bad}
    issuer.publish(bad, public(issuer.key), bad)
    assert await keys.find(issuer.key.kid, RS256)
    for algorithm in ("RS256", "PS512", "ES256", "ES512", "EdDSA", "HS256", "ES256K", "none"):
        assert not await keys.find("bad", algorithm)


async def test_a_key_verifies_the_algorithms_of_its_type_or_the_one_that_it_names(
    keys: IssuerKeys, issuer: Issuer
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
    fitting = {
        key_id: [algorithm for algorithm in algorithms if await keys.find(key_id, algorithm)]
        for key_id in ("any", "one", "curve")
    }
    assert fitting == {"any": [*algorithms[:6]], "one": ["PS256"], "curve": ["ES256"]}


async def test_two_keys_of_one_id_are_both_found(keys: IssuerKeys, issuer: Issuer) -> None:
    issuer.publish(*(public(key, kid="same") for key in (RSA, issuer.key, EC)))
    assert len(await keys.find("same", RS256)) == 2
    assert len(await keys.find("same", "ES256")) == 1


async def test_without_an_id_every_key_of_the_algorithm_is_found(
    keys: IssuerKeys, issuer: Issuer
) -> None:
    anonymous = {name: value for name, value in public(RSA).items() if name != "kid"}
    issuer.publish(anonymous, public(issuer.key), public(EC))
    assert len(await keys.find(None, RS256)) == 2
    assert len(await keys.find(None, "ES256")) == 1
    assert not await keys.find(None, "EdDSA")


async def test_a_set_of_many_keys_does_not_multiply_the_work_for_one_token(
    keys: IssuerKeys, issuer: Issuer
) -> None:
    issuer.publish(*([public(RSA)] * 200))
    assert len(await keys.find(None, RS256)) == 4
