"""What the log says about refused requests."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.serving import Sandbox
from server.http.rate_limited_log import RateLimitedLog
from server.http.settings import HttpLimits, HttpSettings
from tests.conftest import settings_for
from tests.server.http.served import Process, ask, request, served
from tests.server.http.test_accounts import ALICE, ALICES, GONE, GONES


@pytest.fixture
def port(sandbox: Sandbox, tmp_path: Path) -> Iterator[int]:
    """A server with accounts. Each test has a new one, because its log is rate-limited."""
    file = tmp_path / "accounts.toml"
    file.write_text(ALICES + GONES, encoding="utf-8")
    limits = HttpLimits(calls_per_minute=1)
    with served(
        settings_for(sandbox), HttpSettings(accounts_file=str(file), limits=limits)
    ) as port:
        yield port


SETTING = "INCIDENT_DESK_HTTP_"
LOGGED = {
    "an expired token": (
        [request(Authorization=f"Bearer {GONE}")],
        "(401 unauthorized): the token of account 'gone' expired on 2020-01-01.",
    ),
    "an unknown token": (
        [request(Authorization="Bearer idesk_nobodys")],
        "(401 unauthorized): the token is not known here.",
    ),
    "no token": ([request()], "(401 unauthorized): no token."),
    "another host": (
        [request(Host="evil.example")],
        f"(421 wrong_host): the host 'evil.example' is not in {SETTING}ALLOWED_HOSTS.",
    ),
    "a host with a token": (
        [request(Host=f"{ALICE}@localhost")],
        f"(421 wrong_host): the host '[token]@localhost' is not in {SETTING}ALLOWED_HOSTS.",
    ),
    "a long host of special characters": (
        [request(Host="é\\" + "x" * 1_000)],
        # The two UTF-8 bytes of é, because HTTP headers are Latin-1.
        rf"(421 wrong_host): the host '\xc3\xa9\\{'x' * 67}...' is not in {SETTING}ALLOWED_HOSTS.",
    ),
    "no host": (
        [request(Host=None).replace(b"HTTP/1.1", b"HTTP/1.0", 1)],
        "(421 wrong_host): the request has no Host header.",
    ),
    "another origin": (
        [request(Origin="https://evil.example")],
        "(403 wrong_origin): "
        f"the origin 'https://evil.example' is not in {SETTING}ALLOWED_ORIGINS.",
    ),
    "too many requests": (
        [request(Authorization=f"Bearer {ALICE}")] * 2,
        f"(429 rate_limited): 'alice' (account) has reached {SETTING}CALLS_PER_MINUTE.",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("what", LOGGED)
def test_the_log_says_why_a_request_was_refused(
    what: str, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    requests, message = LOGGED[what]
    with caplog.at_level(logging.WARNING):
        for one in requests:
            ask(port, one)
    assert [record.message for record in caplog.records] == [f"Refused {message}"]
    assert ALICE not in caplog.text


def test_malformed_requests_are_not_logged(port: int, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        ask(port, request(X_Long="a" * 100_000))
        ask(port, b"\x16\x03\x01\r\n\r\n")
    assert not caplog.records


@pytest.mark.slow
def test_refusals_are_logged_by_default_and_cannot_flood_the_log() -> None:
    with Process("--sandbox") as process:
        for number in range(60):
            name = f"{number}.example"
            sent = request(Host=name) if number % 2 else request(Origin=f"https://{name}")
            assert ask(process.port, sent)[0] in (403, 421)
        process.ask_to_stop()
        code, log = process.stopped()
    assert code == 0
    lines = [json.loads(line) for line in log.splitlines()]
    assert "'https://0.example' is not in INCIDENT_DESK_HTTP_ALLOWED_ORIGINS" in lines[0]["message"]
    assert "'1.example' is not in INCIDENT_DESK_HTTP_ALLOWED_HOSTS" in lines[1]["message"]
    # Ten at once, and some more if this machine is slow.
    assert 10 <= len(lines) < 30


def test_of_a_flood_the_first_warnings_are_logged_and_the_others_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = 0.0
    log = RateLimitedLog(logging.getLogger("test"), clock=lambda: now)
    with caplog.at_level(logging.WARNING):
        for number in range(25):
            log.warning(f"{number}.")
        now = 5.0
        log.warning("25.")
        log.warning("26.")
        now = 1_000.0
        log.warning("27.")
        log.warning("28.")
    assert [record.message for record in caplog.records] == [
        *(f"{number}." for number in range(10)),
        "25. (Warnings left out before this: 15.)",
        "27. (Warnings left out before this: 1.)",
        "28.",
    ]
