"""Which settings are required, and how wrong ones are reported."""

import re

import pytest

from server.http.board.settings import BoardSettings
from server.http.budgets import check_redis
from server.http.settings import HttpLimits, HttpSettings, OAuthSettings
from server.setting_names import HTTP_NAMES, HTTP_PREFIX
from server.settings import SettingsError
from tests.server.http.served import ROOT

ELSEWHERE = {
    "INCIDENT_DESK_HTTP_HOST": "0.0.0.0",
    "INCIDENT_DESK_HTTP_ALLOWED_HOSTS": "desk.example.com",
}
ACCOUNTS = {"INCIDENT_DESK_HTTP_ACCOUNTS_FILE": "/accounts.toml"}
OAUTH = {
    "INCIDENT_DESK_HTTP_OAUTH_ISSUER": "https://login.example.com/",
    "INCIDENT_DESK_HTTP_OAUTH_RESOURCE": "https://desk.example.com/mcp",
    "INCIDENT_DESK_HTTP_OAUTH_JWKS_URL": "https://login.example.com/jwks",
}


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_this_machine_is_served_without_accounts(host: str) -> None:
    assert HttpSettings.read({}, host=host).is_anonymous


def test_a_unix_socket_is_served_without_accounts() -> None:
    assert HttpSettings.read({}, host="0.0.0.0", socket="/run/desk.sock").is_anonymous


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "192.0.2.1", "desk.example.com", "127.0.0.1.example.com"]
)
def test_any_other_address_needs_accounts(host: str) -> None:
    named = {"INCIDENT_DESK_HTTP_ALLOWED_HOSTS": "desk.example.com"}
    with pytest.raises(SettingsError, match="ACCOUNTS_FILE"):
        HttpSettings.read(named, host=host)
    for accounts in (ACCOUNTS, OAUTH):
        assert not HttpSettings.read({**named, **accounts}, host=host).is_anonymous


def test_a_server_with_allowed_hosts_needs_accounts() -> None:
    with pytest.raises(SettingsError, match="ACCOUNTS_FILE"):
        HttpSettings.read(
            {
                "INCIDENT_DESK_HTTP_ALLOWED_HOSTS": "desk.example.com",
                "INCIDENT_DESK_HTTP_ACCOUNTS_FILE": "",
            }
        )


def test_any_other_address_needs_allowed_hosts() -> None:
    with pytest.raises(SettingsError, match="ALLOWED_HOSTS"):
        HttpSettings.read(ACCOUNTS, host="0.0.0.0")


def test_the_command_line_overrides_the_environment() -> None:
    environ = {"INCIDENT_DESK_HTTP_PORT": "1", "INCIDENT_DESK_HTTP_WORKERS": "2"}
    settings = HttpSettings.read(environ, port=0)
    assert (settings.port, settings.workers) == (0, 2)


def test_the_issuer_keeps_its_trailing_slash() -> None:
    oauth = HttpSettings.read(
        {**OAUTH, "INCIDENT_DESK_HTTP_OAUTH_SCOPES": "incidents:read, openid"}
    ).oauth
    assert oauth == OAuthSettings(
        "https://login.example.com/",
        "https://desk.example.com/mcp",
        "https://login.example.com/jwks",
        ("incidents:read", "openid"),
    )


@pytest.mark.parametrize(
    ("value", "token_types"),
    [
        ("", ("at+jwt",)),
        ("JWT", ("jwt",)),
        ("at+jwt, JWT", ("at+jwt", "jwt")),
        ("application/at+JWT  jwt", ("at+jwt", "jwt")),
        (",", ("at+jwt",)),
    ],
)
def test_token_types_are_read_in_lower_case(value: str, token_types: tuple[str, ...]) -> None:
    oauth = HttpSettings.read({**OAUTH, "INCIDENT_DESK_HTTP_OAUTH_TOKEN_TYPES": value}).oauth
    assert oauth
    assert oauth.token_types == token_types


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"INCIDENT_DESK_HTTP_PORT": "http"}, "a number from 0"),
        ({"INCIDENT_DESK_HTTP_WORKERS": "0"}, "a number from 1"),
        ({"INCIDENT_DESK_COPIES": "2.5"}, "a whole number"),
        ({"INCIDENT_DESK_HTTP_MAX_BODY_BYTES": "1"}, "a number from 1,024 to 4,194,304"),
        ({"INCIDENT_DESK_HTTP_ALLOWED_HOSTS": "https://desk.example.com"}, "hosts such as"),
        ({"INCIDENT_DESK_HTTP_ALLOWED_ORIGINS": "desk.example.com"}, "origins such as"),
        ({"INCIDENT_DESK_HTTP_ALLOWED_ORIGINS": "*"}, "origins such as"),
        ({"INCIDENT_DESK_HTTP_BOARD": "maybe"}, "BOARD takes 1 or 0"),
        ({**OAUTH, "INCIDENT_DESK_HTTP_BOARD": "1"}, "BOARD is 1, but people log in .* account"),
        ({"INCIDENT_DESK_HTTP_BOARD_SECRET": "short"}, "BOARD_SECRET is too short: .* 32 random"),
        ({"INCIDENT_DESK_HTTP_BOARD_SECRET_FILE": "/nothing"}, "SECRET_FILE names a file that ca"),
        ({"INCIDENT_DESK_HTTP_BOARD_SESSION_S": "28801"}, "a number from 60 to 28,800"),
        (
            {"INCIDENT_DESK_HTTP_OAUTH_ISSUER": "https://login.example.com"},
            "OAuth also needs .*JWKS_URL",
        ),
        (
            {"INCIDENT_DESK_HTTP_OAUTH_SCOPES": "incidents:read"},
            "OAuth also needs .*ISSUER",
        ),
        (
            {**OAUTH, "INCIDENT_DESK_HTTP_OAUTH_TOKEN_TYPES": "at+jwt; JWT"},
            "OAUTH_TOKEN_TYPES takes types of tokens such as",
        ),
        (
            {**OAUTH, "INCIDENT_DESK_HTTP_OAUTH_TOKEN_TYPES": "*"},
            "OAUTH_TOKEN_TYPES takes types of tokens such as",
        ),
        (
            {**OAUTH, "INCIDENT_DESK_HTTP_OAUTH_JWKS_URL": "http://login.example.com/jwks"},
            "not https",
        ),
    ],
)
def test_a_wrong_setting_is_reported_by_name(environ: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        HttpSettings.read(environ)


def test_hosts_and_origins_are_compared_as_a_whole() -> None:
    settings = HttpSettings.read(
        {
            **ACCOUNTS,
            "INCIDENT_DESK_HTTP_ALLOWED_HOSTS": "Desk.example.com, desk:*",
            "INCIDENT_DESK_HTTP_ALLOWED_ORIGINS": "https://app.example.com",
        }
    )
    for host in (
        "desk.example.com",
        "DESK.example.com",
        "desk",
        "desk:8000",
        "localhost:8000",
        "[::1]",
    ):
        assert settings.allows_host(host)
    for host in (
        "localhost.example.com",
        "desk.example.com:8000",
        "desk:x",
        "desk:",
        "",
        "desk:80@evil.example",
        "desk:80:80",
    ):
        assert not settings.allows_host(host)
    assert settings.allows_origin("https://app.example.com")
    for origin in (
        "http://app.example.com",
        "https://app.example.com:8443",
        "http://localhost",
        "null",
    ):
        assert not settings.allows_origin(origin)


def test_the_documentation_has_every_variable_and_every_default() -> None:
    files = ("server/http/settings.py", "server/http/board/settings.py")
    source = "".join((ROOT / file).read_text(encoding="utf-8") for file in files)
    variables = set(re.findall(r'"(?:\{HTTP_PREFIX\})?([A-Z][A-Z_]*[A-Z])"', source))
    assert {f"{HTTP_PREFIX}{name}" for name in variables} == {*HTTP_NAMES}
    page = (ROOT / "docs/service.md").read_text(encoding="utf-8")
    table = page.partition("| variable, after")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in row.split("|")[1:3]] for row in table.splitlines()[2:]]
    assert {name for cell, _ in rows for name in re.findall("`([A-Z_]+)`", cell)} == variables
    defaults = {value for _, cell in rows for value in cell.split(", ") if value != "–"}
    plain = [
        HttpSettings.host,
        HttpSettings.port,
        HttpSettings.workers,
        HttpSettings.drain_s,
        HttpSettings.stop_s,
        int(HttpSettings.shares_keys),
        int(BoardSettings.is_on),
        BoardSettings.session_s,
        *OAuthSettings.token_types,
        *vars(HttpLimits()).values(),
    ]
    assert defaults == {str(value) for value in plain}


@pytest.mark.parametrize(
    ("environ", "has_board"),
    [
        ({}, True),
        ({"INCIDENT_DESK_HTTP_BOARD": "0"}, False),
        (ACCOUNTS, True),
        ({**ACCOUNTS, **OAUTH}, True),
        ({**ACCOUNTS, "INCIDENT_DESK_HTTP_BOARD": "0"}, False),
        (OAUTH, False),
    ],
)
def test_the_board_is_there_if_people_can_use_it(environ: dict[str, str], has_board: bool) -> None:
    assert HttpSettings.read(environ).has_board is has_board


def test_the_secret_of_the_board_is_not_in_a_repr_and_differs_at_each_start() -> None:
    secret = "0123456789abcdef" * 2
    http = HttpSettings.read({"INCIDENT_DESK_HTTP_BOARD_SECRET": secret})
    assert http.board.secret == secret
    assert secret not in repr(http)
    started = [HttpSettings.read({}) for _ in range(2)]
    assert started[0].board.secret != started[1].board.secret
    assert all(len(http.board.secret) >= 32 for http in started)


def test_redis_needs_the_number_of_copies() -> None:
    with pytest.raises(SettingsError, match="INCIDENT_DESK_COPIES is not set"):
        HttpSettings.read({"INCIDENT_DESK_REDIS_URL": "redis://127.0.0.1:6379"})


def test_a_wrong_number_of_copies_is_not_called_missing() -> None:
    environ = {"INCIDENT_DESK_REDIS_URL": "redis://127.0.0.1:6379", "INCIDENT_DESK_COPIES": "0"}
    with pytest.raises(SettingsError, match=r"^INCIDENT_DESK_COPIES takes a number[^\n]*$"):
        HttpSettings.read(environ)


def test_the_password_of_redis_is_not_in_a_repr() -> None:
    environ = {"INCIDENT_DESK_REDIS_URL": "redis://:hunter2@127.0.0.1", "INCIDENT_DESK_COPIES": "3"}
    settings = HttpSettings.read(environ)
    assert "hunter2" in settings.copies.redis_url
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:6379", "redis://", "127.0.0.1:6379", "redis://h/abc"]
)
def test_a_wrong_address_of_redis_is_refused(url: str) -> None:
    environ = {"INCIDENT_DESK_REDIS_URL": url, "INCIDENT_DESK_COPIES": "3"}
    with pytest.raises(SettingsError, match="INCIDENT_DESK_REDIS_URL is not a valid URL"):
        HttpSettings.read(environ)


@pytest.mark.parametrize("url", ["redis://:hunter2@127.0.0.1:x", "redis://h?password1=hunter2"])
def test_a_url_that_the_client_of_redis_refuses_is_a_wrong_setting(url: str) -> None:
    environ = {"INCIDENT_DESK_REDIS_URL": url, "INCIDENT_DESK_COPIES": "3"}
    with pytest.raises(SettingsError, match="is not a valid URL of Redis") as error:
        check_redis(HttpSettings.read(environ))
    assert "hunter2" not in str(error.value)
