"""Settings that are wrong or missing: what a client and its user see of them."""

import json
import sys
from typing import Any

import pytest
from mcp import Client

from sandbox.serving import Sandbox
from server.dispatcher import MAX_ERROR_CHARS, Dispatcher
from server.setting_names import SHARED_NAMES
from server.settings import KEYS, URLS, Settings
from tests.pages import ROOT
from tests.process import run
from tests.server.stdio_client import start
from tests.slow import slow
from tools.catalogue import PLAIN_TOOLS

MODES = ["auto", *slow(["legacy"])]
WRONG: list[tuple[dict[str, str], list[str]]] = [
    ({"INCIDENT_DESK_TIMEOUT_S": "soon"}, ["INCIDENT_DESK_TIMEOUT_S takes a number"]),
    (
        {"ROOTLY_API_TOKEN": '"sesame"', "INCIDENT_IO_API_URL": "http://vendor.example.com"},
        ["ROOTLY_API_TOKEN has quotation marks", "INCIDENT_IO_API_URL is not https"],
    ),
    ({"INCIDENT_IO_EXTRA_RESOURCE_TYPES": "A B"}, ["INCIDENT_IO_EXTRA_RESOURCE_TYPES takes names"]),
    (
        {"INCIDENT_DESK_SANDBOX": "1", "ROOTLY_API_TOKEN": "sesame"},
        ["Made-up and live data do not mix"],
    ),
    (
        {"ROOTLY_API_TOKEN": "sesame", "HTTPS_PROXY": "socks5://127.0.0.1:1"},
        ["HTTPS_PROXY is not a proxy for HTTP"],
    ),
    (
        {"ROOTLY_API_TOKEN": "sesame", "SSL_CERT_FILE": "/nowhere/ca.pem"},
        ["SSL_CERT_FILE names a file that cannot be read"],
    ),
]
NUMBERS = [*range(3), *slow(range(3, len(WRONG)))]
ARGUMENTS: dict[str, dict[str, Any]] = {
    "list_incidents": {},
    "list_attachments": {"incident_id": "01G0J1EXE7AXZ2C93K61WBPYEH"},
}


async def message(client: Client, tool: str) -> str:
    """The message of a `not_configured` error, which every call of *tool* gets."""
    result = await client.call_tool(tool, ARGUMENTS[tool])
    assert result.is_error
    [block] = result.content
    assert block.type == "text"
    error = json.loads(block.text)["error"]
    assert (error["code"], error["retryable"]) == ("not_configured", False)
    return str(error["message"])


@pytest.mark.anyio
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("number", NUMBERS)
async def test_with_a_wrong_setting_the_server_starts_and_every_call_says_what_is_wrong(
    mode: str, number: int
) -> None:
    environ, problems = WRONG[number]
    async with start(mode, **environ) as client:
        assert [tool.name for tool in (await client.list_tools()).tools] == [
            entry.name for entry in PLAIN_TOOLS
        ]
        assert "The settings are wrong" in (client.instructions or "")
        assert "SANDBOX" not in (client.instructions or "")
        for tool in ARGUMENTS:
            text = await message(client, tool)
            for expected in (*problems, "env block", "restart the server"):
                assert expected in text
            assert "sesame" not in text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "number"),
    [("call list_incidents", 1), ("tools", 4), ("http --port 0", 5), ("doctor --facts", 0)],
)
def test_with_a_wrong_setting_other_commands_stop(command: str, number: int) -> None:
    environ, problems = WRONG[number]
    done = run(sys.executable, "-m", "server", *command.split(), folder=ROOT, **environ)
    assert (done.returncode, done.stdout) == (2, "")
    assert all(problem in done.stderr for problem in problems)
    assert "sesame" not in done.stderr


@pytest.mark.anyio
@pytest.mark.slow
async def test_the_option_sandbox_ignores_wrong_keys_and_proxies() -> None:
    environ = {"ROOTLY_API_TOKEN": '"sesame"', "HTTPS_PROXY": "socks5://127.0.0.1:1"}
    async with start("auto", "--sandbox", **environ) as client:
        result = await client.call_tool("list_incidents", {"page_size": 1})
        assert not result.is_error


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("environ", "reason"),
    [
        ({"ROOTLY_API_TOKEN": "${ROOTLY_API_TOKEN}"}, "ROOTLY_API_TOKEN has a placeholder"),
        ({"ROOTLY_API_TOKEN": " "}, "ROOTLY_API_TOKEN is empty"),
        ({"ROOTLY_API_TOKEN": "your-key"}, "ROOTLY_API_TOKEN still has the example's placeholder"),
        ({"ROOTLY_TOKEN": "sesame"}, "ROOTLY_TOKEN is not a setting"),
        ({"INCIDENT_IO_API_TOKEN": "sesame"}, "Did you mean INCIDENT_IO_API_KEY?"),
    ],
)
async def test_without_a_key_the_answer_says_why_none_counts(
    environ: dict[str, str], reason: str
) -> None:
    async with Dispatcher(Settings.read(environ)) as dispatcher:
        text = (await dispatcher.call("list_incidents", {})).text
    assert '"code":"not_configured"' in text
    where = "Put a key of Rootly into ROOTLY_API_TOKEN in the environment of this server"
    for expected in ("ROOTLY_API_TOKEN is not set.", where, reason):
        assert expected in text
    assert "sesame" not in text


@pytest.mark.anyio
async def test_the_vendor_whose_key_is_a_placeholder_says_so_beside_one_that_works(
    sandbox: Sandbox,
) -> None:
    environ = {
        KEYS["rootly"]: "a-key",
        URLS["rootly"]: sandbox.url("rootly"),
        KEYS["incident_io"]: "${user_config.incident_io}",
    }
    async with start("auto", **environ) as client:
        assert [tool.name for tool in (await client.list_tools()).tools] == ["list_incidents"]
        assert not (await client.call_tool("list_incidents", {"page_size": 1})).is_error
        assert "INCIDENT_IO_API_KEY has a placeholder" in await message(client, "list_attachments")


@pytest.mark.slow
def test_warnings_are_on_stderr_of_every_command() -> None:
    environ = {"INCIDENT_DESK_TIMEOUT": "5", "ROOTLY_API_TOKEN": "${ROOTLY_API_TOKEN}"}
    done = run(sys.executable, "-m", "server", "tools", folder=ROOT, **environ)
    assert done.returncode == 0
    assert "Did you mean INCIDENT_DESK_TIMEOUT_S?" in done.stderr
    assert "ROOTLY_API_TOKEN has a placeholder" in done.stderr


@pytest.mark.slow
def test_a_service_does_not_start_with_a_placeholder_for_its_accounts() -> None:
    environ = {"INCIDENT_DESK_HTTP_ACCOUNTS_FILE": "${ACCOUNTS}"}
    done = run(sys.executable, "-m", "server", "http", "--port", "0", folder=ROOT, **environ)
    assert done.returncode == 2
    assert "INCIDENT_DESK_HTTP_ACCOUNTS_FILE has a placeholder" in done.stderr


@pytest.mark.anyio
async def test_an_error_with_everything_wrong_stays_short() -> None:
    environ = dict.fromkeys(SHARED_NAMES, '"') | {f"INCIDENT_DESK_{n}": "x" for n in range(99)}
    async with Dispatcher(Settings.read(environ, keep_problems=True)) as wrong:
        assert len((await wrong.call("list_incidents", {})).text) < MAX_ERROR_CHARS


@pytest.mark.anyio
async def test_an_answer_without_a_key_stays_short_whatever_the_warnings_are() -> None:
    environ = dict.fromkeys(SHARED_NAMES, "${X}")
    environ |= {f"INCIDENT_DESK_{'X' * 60}{number}": "x" for number in range(99)}
    async with Dispatcher(Settings.read(environ)) as dispatcher:
        text = (await dispatcher.call("list_incidents", {})).text
    assert len(text) < MAX_ERROR_CHARS
    assert "Put a key of Rootly into ROOTLY_API_TOKEN" in text
    assert "incident-desk doctor lists" in text
