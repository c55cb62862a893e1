"""Accounts: which tokens are valid, which tools they may call, and errors in the accounts file."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

from sandbox.serving import Sandbox
from server.__main__ import main
from server.http.accounts import file as accounts_file
from server.http.accounts.command import print_account
from server.http.accounts.verifier import AccountVerifier, new_account
from server.http.authentication import InvalidToken
from server.http.settings import HttpSettings
from server.settings import SettingsError
from tests.conftest import settings_for
from tests.server.http.served import ask, request, served

FAR = date(2999, 1, 1)
ALICE, ALICES = new_account("alice", FAR, [])
BOB, BOBS = new_account("bob", FAR, ["list_attachments"])
CAROL, CAROLS = new_account("carol", FAR, [])
GONE, GONES = new_account("gone", date(2020, 1, 1), [])


@pytest.fixture(scope="module")
def port(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    file = tmp_path_factory.mktemp("accounts") / "accounts.toml"
    file.write_text(ALICES + BOBS + GONES, encoding="utf-8")
    with served(settings_for(sandbox), HttpSettings(accounts_file=str(file))) as port:
        yield port


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        f"Bearer {ALICE}x",
        f"Bearer {GONE}",
        f"Basic {ALICE}",
        ALICE,
        f"Bearer {ALICE}\r\nAuthorization: x",
    ],
    ids=map(str, count()),
)
def test_a_request_without_a_valid_token_gets_401(authorization: str | None, port: int) -> None:
    for sent in (
        request(Authorization=authorization),
        request("", method="GET", path="/metrics", Authorization=authorization),
        request("", method="GET", path="/anything", Authorization=authorization),
    ):
        status, headers, body = ask(port, sent)
        assert (status, headers["www-authenticate"]) == (401, "Bearer")
        assert "alice" not in body


def test_health_needs_no_token(port: int) -> None:
    assert ask(port, request("", method="GET", path="/healthz"))[0] == 200


@pytest.mark.anyio
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_tool_that_an_account_may_not_call_does_not_exist_for_it(
    mode: Any, port: int
) -> None:
    url = f"http://127.0.0.1:{port}/mcp"
    for token, tools in (
        (ALICE, ["list_incidents", "list_attachments"]),
        (BOB, ["list_attachments"]),
    ):
        async with (
            httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as http,
            Client(streamable_http_client(url, http_client=http), mode=mode) as client,
        ):
            assert [tool.name for tool in (await client.list_tools()).tools] == tools
            if "list_incidents" in tools:
                assert not (await client.call_tool("list_incidents", {"page_size": 1})).is_error
            else:
                with pytest.raises(MCPError, match="Unknown tool") as raised:
                    await client.call_tool("list_incidents", {"page_size": 1})
                assert raised.value.code == -32602


@pytest.mark.anyio
async def test_a_token_works_until_its_day_of_expiry() -> None:
    token, table = new_account("carol", date(2026, 11, 22), [])
    now = [datetime(2026, 11, 21, 23, 59, tzinfo=UTC)]
    verifier = AccountVerifier(
        lambda: accounts_file.parse(table, frozenset()), clock=lambda: now[0]
    )
    assert await verifier.verify_token(token)
    now[0] += timedelta(minutes=1)
    with pytest.raises(InvalidToken, match="'carol' expired on 2026-11-22"):
        await verifier.verify_token(token)


def test_the_table_of_an_account_does_not_contain_its_token() -> None:
    assert ALICE not in ALICES
    assert ALICE.removeprefix("idesk_") not in ALICES


def test_the_command_prints_the_table_to_stdout_and_the_token_to_stderr(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert print_account("dave@example.com", days=30, tools="list_incidents") == 0
    output = capsys.readouterr()
    assert output.out.startswith('["dave@example.com"]\ntoken_sha256 = "')
    assert "idesk_" not in output.out
    assert "idesk_" in output.err
    accounts = accounts_file.parse(output.out, frozenset({"list_incidents"}))
    assert accounts["dave@example.com"].tools == frozenset({"list_incidents"})


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["eve", "--tools", "delete_incident"], "there is no tool 'delete_incident': there are "),
        (["eve", "--tools", ""], "--tools has no names"),
        (['eve"]'], "NAME takes up to 64 letters"),
        (["eve", "--days", "0"], "--days takes a number from 1 to 3660"),
    ],
)
def test_wrong_usage_of_the_command_is_refused(
    capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert main(["account", *words]) == 2
    output = capsys.readouterr()
    usage, *_, last = output.err.splitlines()
    assert output.out == ""
    assert usage.startswith("usage: incident-desk account ")
    assert last.startswith(f"incident-desk account: {message}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("alice = 1", "alice"),
        ("[alice", "cannot be read"),
        ("[alice]\ntoken_sha256 = 'secret'\nexpires = 2999-01-01", "alice.token_sha256"),
        (f"[alice]\ntoken_sha256 = '{'0' * 64}'", "alice.expires"),
        (f"[alice]\ntoken_sha256 = '{'0' * 64}'\nexpires = 2999-01-01\ntols = []", "alice.tols"),
        (
            f"[alice]\ntoken_sha256 = '{'0' * 64}'\nexpires = 2999-01-01\n"
            "tools = ['delete_incident']",
            "delete_incident",
        ),
    ],
)
def test_an_error_in_the_file_is_reported_by_name_without_its_value(
    text: str, message: str
) -> None:
    with pytest.raises(SettingsError, match=message) as raised:
        accounts_file.parse(text, frozenset({"list_incidents"}))
    assert "secret" not in str(raised.value)


@pytest.mark.anyio
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_instructions_name_only_the_tools_that_the_account_may_call(
    mode: Any, port: int
) -> None:
    url = f"http://127.0.0.1:{port}/mcp"
    for token, named in (
        (ALICE, {"list_incidents", "list_attachments"}),
        (BOB, {"list_attachments"}),
    ):
        async with (
            httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as http,
            Client(streamable_http_client(url, http_client=http), mode=mode) as client,
        ):
            instructions = client.instructions or ""
        assert {*re.findall(r"list_\w+", instructions)} == named


A_HASH = f"token_sha256 = '{'0' * 64}'"
EXPIRES = "expires = 2999-01-01"
GOOD = f"{A_HASH}\n{EXPIRES}\n"
BEGIN = "The accounts file cannot be read: "


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            f"[alice]\n{GOOD}\n[bob]\nidesk_secret\n",
            f"{BEGIN}line 6, in the account 'bob', is not valid TOML.",
        ),
        (
            "# Ours\n'idesk_secret\n[bob]\n",
            f"{BEGIN}a quote or bracket is not closed before the first account.",
        ),
        ("# Ours\nidesk_secret\n[bob]\n", f"{BEGIN}line 2 is not valid TOML."),
        (f"[alice]\n{GOOD}[idesk_secret\n", f"{BEGIN}line 4 is not valid TOML."),
        (
            "[alice]\ntools = ['idesk_secret',",
            f"{BEGIN}a quote or bracket is not closed in the account 'alice', from line 1 on.",
        ),
        (
            f"[alice]\n{GOOD}\n[bob] # new\n{GOOD}\n['alice']\n{EXPIRES}\n",
            f"{BEGIN}the account 'alice' in line 9 is already in line 1.",
        ),
        (
            f"[alice]\n{GOOD}\n['bob@example.com']\n{GOOD}",
            "Accounts file, line 5, bob@example.com: the token is also that of 'alice'.",
        ),
        (
            f"[alice]\n{GOOD}\n[bob]\ntoken_sha256 = 'idesk_secret'\n{EXPIRES}\n",
            "Accounts file, line 5, bob.token_sha256: String should match pattern '^[0-9a-f]{64}$'",
        ),
        (
            f"[alice]\n{GOOD}idesk_secret = 1\n",
            "Accounts file, line 1, alice.[token]: Extra inputs are not permitted",
        ),
        (
            f"[alice]\n{GOOD}tools = ['x', 'idesk_secret']\n",
            "Accounts file, line 1, alice: there is no tool '[token]'.\n"
            "Accounts file, line 1, alice: there is no tool 'x'.",
        ),
        (
            f"[bob]\r\n{GOOD}\r\n[alice]\r\ntoken_sha256 = 1\r\n{EXPIRES}",
            "Accounts file, line 5, alice.token_sha256: Input should be a valid string",
        ),
        (
            "\nalice = 1",
            "Accounts file, line 2, alice: Input should be a valid dictionary or instance of Table",
        ),
    ],
)
def test_an_error_in_the_file_is_reported_with_its_line_and_account(
    text: str, message: str
) -> None:
    with pytest.raises(SettingsError) as raised:
        accounts_file.parse(text, frozenset({"list_incidents"}))
    assert str(raised.value) == message


def test_the_file_may_start_with_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "accounts.toml"
    file.write_text(ALICES, encoding="utf-8-sig")
    assert accounts_file.load(str(file), frozenset(), {}).keys() == {"alice"}


def test_a_file_that_is_not_utf_8_is_reported_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "accounts.toml"
    file.write_bytes(b"[alice]\n# caf\xe9\n")
    with pytest.raises(SettingsError, match="line 2 is not UTF-8"):
        accounts_file.load(str(file), frozenset(), {})
    with pytest.raises(SettingsError, match="No such file or directory"):
        accounts_file.load(str(tmp_path / "nothing.toml"), frozenset(), {})
