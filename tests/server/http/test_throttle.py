"""How much is too much."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.serving import Sandbox
from server.http.callers import LOCAL, Caller
from server.http.refusal import Refusal
from server.http.settings import HttpSettings, Limits
from server.http.throttle import Throttle
from tests.conftest import settings_for
from tests.server.http.served import Peer, Vendor, ask, call, request, served
from tests.server.http.test_accounts import ALICE, ALICES, BOB, BOBS, CAROL, CAROLS
from tools.limits import Limits as CallLimits

ALICE_, BOB_ = Caller("alice"), Caller("bob")


def test_who_calls_too_often_is_told_when_to_come_again(sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "accounts.toml"
    file.write_text(ALICES + BOBS, encoding="utf-8")
    slow = HttpSettings(accounts_file=str(file), limits=Limits(calls_per_minute=12))
    with served(settings_for(sandbox), slow) as port:
        asked = [ask(port, request(Authorization=f"Bearer {ALICE}")) for _ in range(3)]
        assert [status for status, _, _ in asked] == [200, 200, 429]
        assert 1 <= int(asked[-1][1]["retry-after"]) <= 5
        assert ask(port, request(Authorization=f"Bearer {BOB}"))[0] == 200


def test_the_rate_is_refilled_evenly_and_each_has_their_own() -> None:
    now = [0.0]
    throttle = Throttle(Limits(calls_per_minute=60), clock=lambda: now[0])

    def taken(caller: Caller, of: int) -> int:
        for count in range(of):
            try:
                throttle.meter(caller)
            except Refusal:
                return count
        return of

    assert taken(ALICE_, of=30) == 10
    assert taken(BOB_, of=30) == 10
    now[0] += 3
    assert taken(ALICE_, of=30) == 3
    assert taken(LOCAL, of=1_000) == 1_000


def test_an_account_and_a_subject_of_one_name_have_limits_of_their_own() -> None:
    subject = Caller("alice", source="oauth")
    throttle = Throttle(Limits(calls_per_minute=1, calls_per_caller=1), clock=lambda: 0.0)
    for caller in (ALICE_, subject):
        throttle.meter(caller)
        with pytest.raises(Refusal):
            throttle.meter(caller)
    with (
        throttle.place(ALICE_),
        throttle.place(subject),
        pytest.raises(Refusal),
        throttle.place(subject),
    ):
        pass


def test_one_caller_cannot_take_every_place() -> None:
    throttle = Throttle(Limits(calls=3, calls_per_caller=2))
    with throttle.place(ALICE_), throttle.place(ALICE_):
        with pytest.raises(Refusal) as refused, throttle.place(ALICE_):
            pass
        assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "1"})
        with throttle.place(BOB_):
            with pytest.raises(Refusal) as refused, throttle.place(LOCAL):
                pass
            assert (refused.value.status, refused.value.headers) == (503, {"Retry-After": "1"})
    with throttle.place(ALICE_), throttle.place(BOB_), throttle.place(LOCAL):
        pass


def test_one_caller_does_not_make_another_wait_for_all_its_calls(tmp_path: Path) -> None:
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

        for _ in range(20):
            send(ALICE, page_size=3)
        for _ in range(2):
            vendor.request()
        send(CAROL, page_size=7)
        # Alice's oldest request was there before. All her others come later.
        for page_size in (3, 7):
            vendor.answer()
            # One row more than is shown tells whether the list goes on.
            assert f"size%5D={page_size + 1}" in vendor.request()
