"""How long a session of the board is valid, and what ends it."""

import json
import os
import signal
import socket
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.http.accounts import file as accounts_file
from server.http.accounts.verifier import AccountVerifier, new_account, token_sha256
from server.http.authentication import InvalidToken
from server.http.board.sessions import Sessions
from server.http.settings import HttpSettings
from tests.process import run
from tests.server.http.board_client import board_call, login, message, page, session
from tests.server.http.served import ROOT, Peer, Process, Vendor, ask, served
from tests.server.http.test_accounts import ALICE, ALICES, BOB, BOBS

SECRET = "a secret of the tests, which is long"
SUBJECT = "0123456789abcdef"


def test_a_session_is_valid_until_its_time_is_over() -> None:
    now = [1_000_000.0]
    sessions = Sessions(SECRET, 600, clock=lambda: now[0])
    started = sessions.start(SUBJECT)
    for passed_s, is_valid in ((0, True), (599, True), (600, False), (10_000, False)):
        now[0] = 1_000_000 + passed_s
        assert (sessions.subject(started) == SUBJECT) is is_valid, passed_s


def test_a_shorter_time_also_ends_sessions_that_have_begun() -> None:
    started = Sessions(SECRET, 3_600, clock=lambda: 1_000_000).start(SUBJECT)
    assert Sessions(SECRET, 600, clock=lambda: 1_000_700).subject(started) is None


def test_the_clock_of_another_copy_may_be_a_minute_ahead() -> None:
    started = Sessions(SECRET, 600, clock=lambda: 1_000_000).start(SUBJECT)
    for now, subject in ((999_941, SUBJECT), (999_939, None)):
        assert Sessions(SECRET, 600, clock=partial(float, now)).subject(started) == subject


@given(st.integers(0, 95), st.characters(codec="latin-1"))
def test_no_change_of_one_character_leaves_a_session_valid(at: int, new: str) -> None:
    sessions = Sessions(SECRET, 600, clock=lambda: 1_000_000)
    started = sessions.start(SUBJECT)
    at %= len(started)
    changed = started[:at] + new + started[at + 1 :]
    assert sessions.subject(changed) == (SUBJECT if changed == started else None)


@given(st.text())
def test_any_other_text_is_not_a_session(text: str) -> None:
    assert Sessions(SECRET, 600).subject(text) is None


def test_the_secret_is_not_in_the_text_of_an_object() -> None:
    assert SECRET not in repr(Sessions(SECRET, 600))


def test_a_session_ends_on_the_day_on_which_its_token_expires() -> None:
    expires = datetime(2026, 11, 22, tzinfo=UTC)
    token, table = new_account("carol", expires.date(), [])
    now = [expires - timedelta(seconds=1)]
    verifier = AccountVerifier(
        lambda: accounts_file.parse(table, frozenset()), clock=lambda: now[0]
    )
    assert verifier.principal(token_sha256(token))
    now[0] = expires
    with pytest.raises(InvalidToken, match="expired on 2026-11-22"):
        verifier.principal(token_sha256(token))


@pytest.fixture
def accounts(tmp_path: Path) -> Path:
    file = tmp_path / "accounts.toml"
    file.write_text(ALICES + BOBS, encoding="utf-8")
    return file


@pytest.fixture
def service(accounts: Path) -> Iterator[Process]:
    """Two processes."""
    environ = {"INCIDENT_DESK_HTTP_ACCOUNTS_FILE": str(accounts)}
    with Process("--sandbox", "--workers", "2", **environ) as service:
        yield service


@pytest.mark.slow
def test_every_process_accepts_the_sessions_of_the_others_also_a_new_one(
    service: Process,
) -> None:
    cookie = session(service.port, ALICE)
    assert {ask(service.port, message(Cookie=cookie))[0] for _ in range(20)} == {200}
    os.kill(service.workers()[0], signal.SIGKILL)
    assert "A new one is started" in service.log_line()
    assert {ask(service.port, message(Cookie=cookie))[0] for _ in range(20)} == {200}


@pytest.mark.slow
def test_a_revoked_token_ends_its_sessions_in_every_process(
    service: Process, accounts: Path
) -> None:
    cookies = {token: session(service.port, token) for token in (ALICE, BOB)}
    accounts.write_text(BOBS, encoding="utf-8")
    service.reload(2, "There are 1")
    for _ in range(10):
        assert ask(service.port, message(Cookie=cookies[ALICE]))[0] == 401
        assert ask(service.port, message(Cookie=cookies[BOB]))[0] == 200
    assert 'name="token"' in ask(service.port, page(Cookie=cookies[ALICE]))[2]


@pytest.mark.slow
def test_copies_with_one_secret_accept_the_same_sessions(accounts: Path, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("0123456789abcdef" * 4 + "\n", encoding="utf-8")
    environ = {"INCIDENT_DESK_HTTP_ACCOUNTS_FILE": str(accounts)}
    shared = {**environ, "INCIDENT_DESK_HTTP_BOARD_SECRET_FILE": str(file)}
    with (
        Process("--sandbox", **shared) as one,
        Process("--sandbox", **shared) as other,
        Process("--sandbox", **environ) as stranger,
    ):
        # The name of the cookie has the port, so a proxy's name stands for all of them.
        host = {"Host": "localhost:8443", "Origin": "https://localhost:8443"}
        cookie = session(one.port, ALICE, **host)
        assert ask(other.port, message(Cookie=cookie, **host))[0] == 200
        assert ask(stranger.port, message(Cookie=cookie, **host))[0] == 401


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environ", "is_warned"),
    [
        ({}, False),
        ({"INCIDENT_DESK_COPIES": "3"}, True),
        ({"INCIDENT_DESK_COPIES": "3", "INCIDENT_DESK_HTTP_BOARD": "0"}, False),
        ({"INCIDENT_DESK_COPIES": "3", "INCIDENT_DESK_HTTP_BOARD_SECRET": "0123" * 8}, False),
    ],
)
def test_copies_without_a_shared_secret_are_warned_of(
    environ: dict[str, str], is_warned: bool, accounts: Path
) -> None:
    variables = {"INCIDENT_DESK_HTTP_ACCOUNTS_FILE": str(accounts), **environ}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "server", "http", "--sandbox", "--port", port]
        done = run(*command, folder=ROOT, **variables)
    assert done.returncode == 1
    assert "cannot listen" in done.stderr
    assert ("BOARD_SECRET is not set" in done.stderr) is is_warned


@pytest.mark.slow
def test_a_call_of_the_board_is_recorded_as_one_of_its_account_without_any_secret(
    accounts: Path,
) -> None:
    environ = {
        "INCIDENT_DESK_HTTP_ACCOUNTS_FILE": str(accounts),
        "INCIDENT_DESK_HTTP_BOARD_SECRET": "0123456789abcdef" * 4,
        "INCIDENT_DESK_LOG_LEVEL": "debug",
    }
    with Process("--sandbox", **environ) as process:
        cookie = session(process.port, ALICE)
        ask(process.port, board_call("list_incidents", {"page_size": 1}, Cookie=cookie))
        line = process.audit_line()
        assert (line["caller"], line["source"], line["tool"], line["outcome"]) == (
            *("alice", "account", "list_incidents", "ok"),
        )
        for sent in (
            login(f"{ALICE}x"),
            login(ALICE, Origin=f"https://{ALICE}"),
            message(Cookie=f"{cookie}0"),
            page(Cookie=cookie, Host=ALICE),
        ):
            assert ask(process.port, sent)[0] in (401, 403, 421)
        metrics = ask(process.port, page("/metrics", Authorization=f"Bearer {BOB}"))[2]
        process.ask_to_stop()
        code, log = process.stopped()
    assert code == 0
    assert 'refused_requests_total{reason="unauthorized",status="401"} 2.0' in metrics
    assert 'refused_requests_total{reason="wrong_origin",status="403"} 1.0' in metrics
    assert [json.loads(text)["message"] for text in log.splitlines()] == [
        "Refused (401 unauthorized): a login to the board: the token is not known here.",
        "Refused (403 wrong_origin): a request to the board, and the origin 'https://[token]' is"
        " not that of the board.",
        "Refused (401 unauthorized): no valid session of the board.",
        "Refused (421 wrong_host): the host '[token]' is not in INCIDENT_DESK_HTTP_ALLOWED_HOSTS.",
    ]
    value = cookie.partition("=")[2]
    for secret in (ALICE, "0123456789abcdef", value, value.rpartition(".")[2]):
        assert secret not in json.dumps(line) + log + metrics


@pytest.mark.slow
def test_a_call_ends_at_the_vendor_when_the_board_leaves(accounts: Path) -> None:
    with (
        Vendor() as vendor,
        served(vendor.settings, HttpSettings(accounts_file=str(accounts))) as port,
    ):
        cookie = session(port, ALICE)
        with Peer(port) as peer:
            peer.send(board_call("list_incidents", {}, Cookie=cookie))
            vendor.request()
        assert vendor.was_left()
