"""Vendor keys of accounts: their files, what an account without a key sees, readiness, metrics."""

import io
import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from mcp.types import PromptReference

from sandbox.serving import Sandbox
from server import logs
from server.caller import Caller
from server.connections import UNUSED_S
from server.dispatcher import Dispatcher
from server.http.accounts import file as accounts_file
from server.http.accounts.verifier import AccountVerifier
from server.http.application import create_app
from server.http.key_ring import KeyRing
from server.http.refused_keys import RefusedKeys
from server.http.settings import HttpSettings
from server.settings import KEYS, URLS, Settings, SettingsError
from server.vendor_key import VendorKey, service_keys
from tests.conftest import settings_for
from tests.server.http.organisations import AccountsFile, both, client_with
from tests.server.http.served import ROOT, Process, ask, call, request, served
from tests.server.http.test_page_session import client_of
from tests.virtual_time import VIRTUAL_TIME
from tools.catalogue import VENDORS
from tools.request import get, loads

KEY = "rootly-key-0123456789abcdef"
TOOLS = frozenset({"list_incidents", "list_attachments"})
READY = request("", method="GET", path="/readyz")


@pytest.fixture
def accounts(tmp_path: Path) -> AccountsFile:
    return AccountsFile(tmp_path)


def load(accounts: AccountsFile, **keys: str) -> Mapping[str, accounts_file.Account]:
    """The accounts, while the service has *keys* of its own."""
    return accounts_file.load(str(accounts.path), TOOLS, service_keys(keys))


def name_key_file(accounts: AccountsFile, path: str) -> None:
    """Name *path* as the key file of ada."""
    text = accounts.path.read_text(encoding="utf-8")
    text = text.replace('"ada-rootly"', json.dumps(path))
    accounts.path.write_text(text, encoding="utf-8")


def test_the_files_of_an_account_have_its_keys(accounts: AccountsFile) -> None:
    accounts.add("ada", {"rootly": KEY, "incident_io": "another-key"})
    keys = load(accounts)["ada"].keys
    assert {vendor: key.value for vendor, key in keys.items()} == {
        "rootly": KEY,
        "incident_io": "another-key",
    }
    assert {key.short_name for key in keys.values()} == {"ada"}


def test_a_path_is_relative_to_the_accounts_file_or_absolute(
    accounts: AccountsFile, tmp_path: Path
) -> None:
    accounts.add("ada", {"rootly": KEY})
    name_key_file(accounts, str(tmp_path / "ada-rootly"))
    assert load(accounts)["ada"].keys["rootly"].value == KEY


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "names a file that is empty: put the key into it."),
        ("Bearer secret", 'names a file that begins like a header, such as "Bearer …"'),
        ('"secret"', "names a file that has quotation marks around its value: remove them."),
        ("${SECRET}", "names a file that has a placeholder that was not replaced"),
        ("your-secret", "names a file that still has the example's placeholder"),
        ("secret secret", "names a file that has white space or characters that keys never have"),
        pytest.param("secret" * 4_000, "names a file that is too long for a key", id="a long key"),
        (None, "names a file that cannot be read (FileNotFoundError)"),
    ],
)
def test_a_file_without_a_valid_key_is_reported_with_line_and_account_and_without_its_content(
    content: str | None, problem: str, accounts: AccountsFile
) -> None:
    accounts.add("eve")
    accounts.add("ada", {"rootly": KEY})
    file = accounts.path.with_name("ada-rootly")
    file.unlink() if content is None else file.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError) as raised:
        load(accounts)
    assert str(raised.value).startswith(f"Accounts file, line 6, ada: key_files.rootly {problem}")
    assert "secret" not in str(raised.value).lower()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("path", ["pipe", "link-to-pipe", "/dev/zero", "."])
def test_only_a_regular_file_is_read_because_reading_others_could_block_every_call(
    path: str, accounts: AccountsFile, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link-to-pipe").symlink_to("pipe")
    accounts.add("ada", {"rootly": KEY})
    name_key_file(accounts, path)
    with pytest.raises(SettingsError, match=r"ada: key_files\.rootly names a pipe, a device or"):
        load(accounts)


@pytest.mark.parametrize("path", ["x" * 300, "a\0b", "ada-rootly/key"])
def test_a_path_that_no_file_can_have_is_reported(path: str, accounts: AccountsFile) -> None:
    accounts.add("ada", {"rootly": KEY})
    name_key_file(accounts, path)
    with pytest.raises(SettingsError, match=r"ada: key_files\.rootly names a file that cannot be"):
        load(accounts)


@pytest.mark.parametrize(
    ("name", "vendor", "problem"),
    [
        ("ada", "rotly", "key_files has no vendor 'rotly': there are rootly, incident_io."),
        ("service", "rootly", "an account of this name cannot have key_files"),
        ("retired", "rootly", "an account of this name cannot have key_files"),
    ],
)
def test_an_unknown_vendor_or_a_name_that_metrics_use_is_a_mistake(
    name: str, vendor: str, problem: str, accounts: AccountsFile
) -> None:
    accounts.add(name, {vendor: KEY})
    with pytest.raises(SettingsError) as raised:
        load(accounts)
    assert str(raised.value).startswith(f"Accounts file, line 1, {name}: {problem}")


def test_all_mistakes_are_reported_together(accounts: AccountsFile) -> None:
    accounts.add("ada", {"rootly": "two words", "incident_io": ""})
    accounts.add("bob", {"rotly": KEY})
    with pytest.raises(SettingsError) as raised:
        load(accounts)
    assert len(str(raised.value).splitlines()) == 3


def test_the_sandbox_takes_no_keys_of_accounts(accounts: AccountsFile) -> None:
    accounts.add("ada", {"rootly": KEY})
    with pytest.raises(SettingsError, match="line 1, ada: the sandbox is on"):
        accounts_file.load(str(accounts.path), TOOLS, {}, is_sandbox=True)


def test_a_key_has_one_short_name_that_of_the_service_or_of_its_first_account(
    accounts: AccountsFile,
) -> None:
    accounts.add("ada", {"rootly": KEY})
    accounts.add("bob", {"rootly": KEY, "incident_io": KEY})
    accounts.add("eve", {"rootly": "key-of-the-service"})
    loaded = load(accounts, rootly="key-of-the-service")
    assert {
        name: {vendor: key.short_name for vendor, key in account.keys.items()}
        for name, account in loaded.items()
    } == {
        "ada": {"rootly": "ada"},
        "bob": {"rootly": "ada", "incident_io": "bob"},
        "eve": {"rootly": "service"},
    }
    assert loaded["ada"].keys["rootly"] is loaded["bob"].keys["rootly"]


@pytest.mark.anyio
async def test_nothing_that_has_a_key_shows_it_in_its_repr(accounts: AccountsFile) -> None:
    accounts.add("ada", {"rootly": KEY})
    loaded = load(accounts)
    verifier = AccountVerifier(lambda: loaded)
    principal = await verifier.verify_token(accounts.tokens["ada"])
    assert principal
    async with Dispatcher(Settings(urls={"rootly": "http://127.0.0.1:9"})) as dispatcher:
        with dispatcher.using(VENDORS[0], principal.caller) as connection:
            holders = [principal, principal.caller, principal.keys, loaded, connection]
            assert KEY not in repr(holders)


def test_the_log_shows_neither_a_key_of_an_account_nor_the_one_before_it(
    accounts: AccountsFile,
) -> None:
    written = io.StringIO()
    logs.configure("warning", [], logging.StreamHandler(written))
    accounts.add("ada", {"rootly": KEY})
    reloads: list[Callable[[], None]] = []
    create_app(Settings(), HttpSettings(accounts_file=str(accounts.path)), reloads.append)
    accounts.set_keys("ada", {"rootly": f"{KEY}-rotated"})
    for reload in reloads:
        reload()
    logging.getLogger("server").warning("%s, before it %s", f"{KEY}-rotated", KEY)
    assert "***, before it ***" in written.getvalue()
    assert KEY not in written.getvalue()


def service(
    sandbox: Sandbox, accounts: AccountsFile, keys: Mapping[str, str], *, shares_keys: bool = True
) -> Any:
    settings = replace(settings_for(sandbox), keys=keys)
    http = HttpSettings(accounts_file=str(accounts.path), shares_keys=shares_keys)
    return served(settings, http)


@pytest.mark.anyio
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_an_account_sees_the_tools_of_the_vendors_whose_key_it_has(
    mode: str, sandbox: Sandbox, accounts: AccountsFile
) -> None:
    accounts.add("ada", {"rootly": KEY})
    accounts.add("bob", {"incident_io": KEY})
    accounts.add("eve")
    seen = {
        ("ada", True): {"list_incidents", "list_attachments"},
        ("bob", True): {"list_attachments"},
        ("eve", True): {"list_attachments"},
        ("ada", False): {"list_incidents"},
        ("bob", False): {"list_attachments"},
        # Eve has no key at all. A call of either tool tells her what to do.
        ("eve", False): {"list_incidents", "list_attachments"},
    }
    for shares_keys in (True, False):
        keys = {"incident_io": "key-of-the-service"}
        with service(sandbox, accounts, keys, shares_keys=shares_keys) as port:
            for name in ("ada", "bob", "eve"):
                async with client_with(accounts.tokens[name], port, mode) as client:
                    tools = {tool.name for tool in (await client.list_tools()).tools}
                    assert tools == seen[name, shares_keys]
                    assert {*re.findall(r"list_\w+", client.instructions or "")} == tools
                    has_prompts = "list_incidents" in tools
                    assert bool(client.server_capabilities.prompts) == has_prompts
                    assert bool(client.server_capabilities.completions) == has_prompts
                    assert bool((await client.list_prompts()).prompts) == has_prompts


@pytest.mark.anyio
async def test_only_an_account_with_a_key_of_rootly_has_the_board(
    sandbox: Sandbox, accounts: AccountsFile
) -> None:
    accounts.add("ada", {"rootly": KEY})
    accounts.add("bob", {"incident_io": KEY})
    with service(sandbox, accounts, {}, shares_keys=False) as port:
        for name, has_board in (("ada", True), ("bob", False)):
            async with client_of(port, "auto", accounts.tokens[name]) as client:
                tools = {tool.name for tool in (await client.list_tools()).tools}
                assert ("show_board" in tools) == has_board
                assert bool(client.server_capabilities.resources) == has_board


@pytest.mark.anyio
async def test_a_call_without_a_key_says_whom_to_ask_and_sends_nothing(
    sandbox: Sandbox, accounts: AccountsFile
) -> None:
    accounts.add("ada", {"incident_io": KEY})
    accounts.add("eve")
    requests = sandbox.script.count()
    with service(sandbox, accounts, {"rootly": KEY}, shares_keys=False) as port:
        for name in ("ada", "eve"):
            async with client_with(accounts.tokens[name], port) as client:
                result = await client.call_tool("list_incidents", {})
                text = result.content[0].text  # type: ignore[union-attr]
                error = json.loads(text)["error"]
                assert error["code"] == "not_configured"
                assert "Your account has no key of Rootly." in error["message"]
                assert "Ask the people who run this service" in error["message"]
                assert KEYS["rootly"] not in error["message"]
                completion = await client.complete(
                    PromptReference(name="triage"), {"name": "service", "value": ""}
                )
                assert completion.completion.values == []
    assert sandbox.script.count() == requests


def metrics_of(port: int, token: str) -> str:
    sent = request("", method="GET", path="/metrics", Authorization=f"Bearer {token}")
    return ask(port, sent)[2]


def test_a_service_whose_accounts_alone_have_keys_is_ready(
    sandbox: Sandbox, accounts: AccountsFile
) -> None:
    accounts.add("eve")
    with service(sandbox, accounts, {}) as port:
        assert ask(port, READY)[0] == 503
    accounts.add("ada", {"rootly": KEY})
    with service(sandbox, accounts, {}) as port:
        status, _, body = ask(port, READY)
        assert (status, json.loads(body)) == (200, {"status": "ready"})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environ", "own_keys", "notice"),
    [
        ({}, {}, "no key is set, and no account has one"),
        ({}, {"rootly": KEY}, None),
        ({KEYS["rootly"]: KEY}, {}, None),
        (
            {KEYS["rootly"]: KEY, "INCIDENT_DESK_HTTP_SERVICE_KEYS": "0"},
            {},
            "INCIDENT_DESK_HTTP_SERVICE_KEYS is 0, and no account has a key of its own",
        ),
    ],
    ids=["no key", "an account's key", "a service's key", "a service's key that is not shared"],
)
def test_a_start_says_if_nobody_can_ask_any_vendor(
    environ: Mapping[str, str],
    own_keys: Mapping[str, str],
    notice: str | None,
    accounts: AccountsFile,
) -> None:
    accounts.add("ada", own_keys)
    process = subprocess.Popen(
        [sys.executable, "-m", "server", "http", "--port", "0"],
        cwd=ROOT,
        env={
            **environ,
            "PATH": os.environ["PATH"],
            "INCIDENT_DESK_HTTP_ACCOUNTS_FILE": str(accounts.path),
        },
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    with process:
        assert process.stderr
        first = process.stderr.readline()
        process.terminate()
    if notice:
        assert first.startswith(f"incident-desk: {notice}")
    else:
        assert first.startswith("incident-desk: the board is at ")


@pytest.mark.anyio
async def test_a_refused_key_of_an_account_is_named_and_the_service_stays_ready(
    sandbox: Sandbox, accounts: AccountsFile
) -> None:
    accounts.add("mallory", {"rootly": "invalid"})
    accounts.add("ada", {"rootly": KEY})
    with service(sandbox, accounts, both("key-of-the-service")) as port:
        for name in ("ada", "mallory"):
            async with client_with(accounts.tokens[name], port) as client:
                result = await client.call_tool("list_incidents", {"page_size": 1})
                assert result.is_error == (name == "mallory")
        status, _, body = ask(port, READY)
        _, _, metrics = ask(
            port,
            request(
                "", method="GET", path="/metrics", Authorization=f"Bearer {accounts.tokens['ada']}"
            ),
        )
    assert status == 200
    assert json.loads(body)["warnings"] == ["rootly refuses the key of the account 'mallory'"]
    for line in (
        'incident_desk_vendor_key_refused{key="mallory",vendor="rootly"} 1.0',
        'incident_desk_vendor_key_refused{key="ada",vendor="rootly"} 0.0',
        'incident_desk_vendor_key_refused{key="service",vendor="rootly"} 0.0',
        'incident_desk_vendor_seconds_count{key="ada",outcome="ok",vendor="rootly"} 1.0',
        'incident_desk_budget_wait_seconds_count{key="mallory",vendor="rootly"} 1.0',
    ):
        assert line in metrics


@pytest.mark.anyio
async def test_the_connection_of_a_key_that_is_gone_closes_after_its_last_call(
    sandbox: Sandbox,
) -> None:
    [rootly, _] = VENDORS
    attempts: list[Any] = []
    settings = replace(settings_for(sandbox), keys={})
    async with Dispatcher(settings, observe=attempts.append) as dispatcher:
        old, new = VendorKey(KEY, "ada"), VendorKey("another-key-0123456789", "ada")
        caller = Caller("ada", {"rootly": old})
        with dispatcher.using(rootly, caller) as connection:
            dispatcher.retain([("rootly", new)])
            await dispatcher.call(
                "list_incidents", {"page_size": 1}, caller=Caller("ada", {"rootly": new})
            )
            assert not connection.http.is_closed
            # What the old key's last answer shows must not be said of the new key.
            await get(connection, rootly.probe_path, rootly.probe_params, parse=loads)
        await anyio.lowlevel.checkpoint()
        assert connection.http.is_closed
        # A request that was accepted before the change, and whose call begins after it.
        await dispatcher.call("list_incidents", {"page_size": 2}, caller=caller)
    assert [attempt.key_id for attempt in attempts] == ["ada", "retired", "retired"]


@pytest.mark.parametrize("anyio_backend", [VIRTUAL_TIME], ids=["virtual time"])
@pytest.mark.anyio
async def test_a_connection_that_nobody_uses_for_a_while_is_closed_and_opens_again() -> None:
    rootly = VENDORS[0]
    ada, bob = (
        Caller(name, {"rootly": VendorKey(f"key-of-{name}", name)}) for name in ("ada", "bob")
    )
    async with Dispatcher(Settings(urls={"rootly": "http://127.0.0.1:9"})) as dispatcher:
        with dispatcher.using(rootly, ada) as used, dispatcher.using(rootly, bob) as idle:
            await anyio.sleep(UNUSED_S + 1)
            assert not idle.http.is_closed
        await anyio.sleep(UNUSED_S - 1)
        with dispatcher.using(rootly, ada) as again:
            assert again.http is used.http
        await anyio.sleep(2)
        with dispatcher.using(rootly, ada):
            await anyio.lowlevel.checkpoint()
            assert idle.http.is_closed
            assert not used.http.is_closed
            with dispatcher.using(rootly, bob) as reopened:
                assert not reopened.http.is_closed


def test_a_key_that_is_accepted_again_is_not_a_warning_any_more() -> None:
    refused = RefusedKeys()
    for is_refused in (True, False):
        refused.judge("rootly", "ada", is_refused=is_refused)
        refused.judge("rootly", "service", is_refused=is_refused)
    assert [*refused.warnings()] == []
    assert not refused.has_service_key("rootly")


def test_at_most_ten_refused_keys_are_named() -> None:
    refused = RefusedKeys()
    for number in range(13):
        refused.judge("rootly", f"account-{number}", is_refused=True)
    *names, rest = refused.warnings()
    assert len(names) == 10
    assert rest == "3 more keys of accounts are refused"


def refused_keys(port: int, token: str) -> dict[str, float]:
    """By short name, the gauge of Rootly's refused keys."""
    pattern = r'incident_desk_vendor_key_refused\{key="(\w+)",vendor="rootly"\} (\S+)'
    return {name: float(value) for name, value in re.findall(pattern, metrics_of(port, token))}


WORKERS = pytest.mark.parametrize("workers", [1, 2])


def start(workers: int, sandbox: Sandbox, accounts: AccountsFile) -> Process:
    """A service with the accounts Ada, whose key is refused, and Eve, who has none."""
    accounts.add("ada", {"rootly": "invalid"})
    accounts.add("eve")
    process = Process(
        "--workers",
        str(workers),
        **{URLS["rootly"]: sandbox.url("rootly"), KEYS["rootly"]: "key-of-the-service"},
        INCIDENT_DESK_HTTP_ACCOUNTS_FILE=str(accounts.path),
    )
    process.reload(workers, "There are 2.")
    return process


@pytest.mark.slow
@WORKERS
def test_after_sighup_a_rotated_key_is_used_and_nothing_is_known_of_the_old_one(
    workers: int, sandbox: Sandbox, accounts: AccountsFile
) -> None:
    with start(workers, sandbox, accounts) as process:
        ada, eve = (accounts.tokens[name] for name in ("ada", "eve"))
        assert "unauthorized" in ask(process.port, call({}, Authorization=f"Bearer {ada}"))[2]
        assert refused_keys(process.port, eve)["ada"] == 1
        accounts.set_keys("ada", {"rootly": KEY})
        process.reload(workers, "There are 2.")
        assert refused_keys(process.port, eve)["ada"] == 0
        assert "incidents" in ask(process.port, call({}, Authorization=f"Bearer {ada}"))[2]
        assert sandbox.script.requests[-1][1].token == KEY
        assert [process.audit_line()["key"] for _ in range(2)] == ["own", "own"]
        accounts.set_keys("ada", {"incident_io": KEY})
        process.reload(workers, "There are 2.")
        assert "ada" not in refused_keys(process.port, eve)
        accounts.remove("ada")
        process.reload(workers, "There are 1.")
        assert "ada" not in refused_keys(process.port, eve)


@pytest.mark.slow
@WORKERS
def test_after_sighup_a_wrong_key_file_leaves_the_keys_as_they_were(
    workers: int, sandbox: Sandbox, accounts: AccountsFile
) -> None:
    with start(workers, sandbox, accounts) as process:
        accounts.set_keys("eve", {"rootly": "Bearer secret"})
        for line in process.reload(workers, "The accounts stay as they were"):
            assert "eve: key_files.rootly names a file that begins like a header" in line
            assert "secret" not in line
        sent = call({}, Authorization=f"Bearer {accounts.tokens['eve']}")
        assert "incidents" in ask(process.port, sent)[2]
        assert sandbox.script.requests[-1][1].token == "key-of-the-service"
        assert process.audit_line()["key"] == "service"


def test_the_key_ring_knows_the_short_names_of_the_keys_in_use() -> None:
    ring = KeyRing(service_keys({"rootly": KEY}))
    ada, bob = VendorKey("key-of-ada", "ada"), VendorKey("key-of-bob", "bob")
    assert ring.replace_account_keys(frozenset({("rootly", ada), ("rootly", bob)})) == frozenset()
    assert ring.series() == {("rootly", "service"), ("rootly", "ada"), ("rootly", "bob")}
    assert ring.short_name("rootly", "key-of-bob") == "bob"
    assert ring.short_name("rootly", KEY) == "service"
    assert ring.replace_account_keys(frozenset({("rootly", ada)})) == {("rootly", bob)}
    assert ring.short_name("rootly", "key-of-bob") == "retired"
