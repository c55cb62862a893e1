"""Limits on requests per minute and on requests in flight."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.serving import Sandbox
from server.http.principal import LOCAL, Principal
from server.http.refusal import Refusal
from server.http.settings import HttpLimits, HttpSettings
from server.http.throttle import Throttle
from tests.conftest import settings_for
from tests.server.http.served import Peer, Vendor, ask, call, request, served
from tests.server.http.test_accounts import ALICE, ALICES, BOB, BOBS, CAROL, CAROLS
from tools.limits import Limits as CallLimits

ALICE_, BOB_ = Principal("alice"), Principal("bob")


def test_an_account_over_its_rate_is_refused_with_retry_after(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    file = tmp_path / "accounts.toml"
    file.write_text(ALICES + BOBS, encoding="utf-8")
    slow = HttpSettings(accounts_file=str(file), limits=HttpLimits(calls_per_minute=12))
    with served(settings_for(sandbox), slow) as port:
        answers = [ask(port, request(Authorization=f"Bearer {ALICE}")) for _ in range(3)]
        assert [status for status, _, _ in answers] == [200, 200, 429]
        assert 1 <= int(answers[-1][1]["retry-after"]) <= 5
        assert ask(port, request(Authorization=f"Bearer {BOB}"))[0] == 200


def test_each_account_has_a_rate_of_its_own_that_refills_evenly() -> None:
    now = [0.0]
    throttle = Throttle(HttpLimits(calls_per_minute=60), clock=lambda: now[0])

    def accepted(principal: Principal, of: int) -> int:
        for count in range(of):
            try:
                throttle.count_request(principal)
            except Refusal:
                return count
        return of

    assert accepted(ALICE_, of=30) == 10
    assert accepted(BOB_, of=30) == 10
    now[0] += 3
    assert accepted(ALICE_, of=30) == 3
    assert accepted(LOCAL, of=1_000) == 1_000


def test_an_account_and_an_oauth_subject_of_one_name_have_limits_of_their_own() -> None:
    subject = Principal("alice", source="oauth")
    throttle = Throttle(HttpLimits(calls_per_minute=1, calls_per_principal=1), clock=lambda: 0.0)
    for principal in (ALICE_, subject):
        throttle.count_request(principal)
        with pytest.raises(Refusal):
            throttle.count_request(principal)
    with (
        throttle.slot(ALICE_),
        throttle.slot(subject),
        pytest.raises(Refusal),
        throttle.slot(subject),
    ):
        pass


def test_one_account_cannot_take_every_slot() -> None:
    throttle = Throttle(HttpLimits(calls=3, calls_per_principal=2))
    with throttle.slot(ALICE_), throttle.slot(ALICE_):
        with pytest.raises(Refusal) as raised, throttle.slot(ALICE_):
            pass
        assert (raised.value.status, raised.value.headers) == (429, {"Retry-After": "1"})
        with throttle.slot(BOB_):
            with pytest.raises(Refusal) as raised, throttle.slot(LOCAL):
                pass
            assert (raised.value.status, raised.value.headers) == (503, {"Retry-After": "1"})
    with throttle.slot(ALICE_), throttle.slot(BOB_), throttle.slot(LOCAL):
        pass


def test_one_account_does_not_make_another_wait_for_all_its_calls(tmp_path: Path) -> None:
    file = tmp_path / "accounts.toml"
    file.write_text(ALICES + CAROLS, encoding="utf-8")
    with (
        Vendor() as vendor,
        served(
            replace(vendor.settings, limits=CallLimits(max_in_flight=2)),
            HttpSettings(accounts_file=str(file)),
        ) as port,
        ExitStack() as stack,
    ):

        def send(token: str, page_size: int) -> None:
            headers = {"Authorization": f"Bearer {token}"}
            stack.enter_context(Peer(port)).send(call({"page_size": page_size}, **headers))
            # Once a later call has been answered, this one is in the queue.
            ask(port, call({"page_size": 0}, **headers))

        for page_size in range(10, 30):
            send(ALICE, page_size)
        for _ in range(2):
            vendor.request()
        send(CAROL, page_size=7)
        # Alice's oldest request was there before Carol's. All her others come after it.
        for page_size in (12, 7):
            vendor.answer()
            # One more row is requested than asked for, to know whether more rows follow.
            assert f"size%5D={page_size + 1}" in vendor.request()
