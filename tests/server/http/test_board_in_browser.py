"""The board of the service in Chromium: logging in, and what pages of other sites can do."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Response,
    expect,
)

from sandbox.serving import Sandbox, serve
from server.http.accounts.verifier import new_account
from server.http.board.settings import BoardSettings
from server.http.settings import HttpLimits, HttpSettings
from tests.authority import Authority
from tests.board.browser import chromium, skip_without_chromium
from tests.conftest import settings_for
from tests.server.http.served import META, MODERN, served
from tests.server.http.test_accounts import ALICE, ALICES, FAR
from tests.tcp_proxy import TcpProxy
from tests.tcp_server import after_request, serving

pytestmark = pytest.mark.slow
DORA, DORAS = new_account("dora", FAR, ["list_incidents"])
NAMES = "MAP *.example.com 127.0.0.1, MAP evil.example 127.0.0.1"
LOG_IN = re.compile("log in|reload", re.IGNORECASE)
"""The link of a board whose session is over."""
FOREIGN = ["evil.example", "wiki.example.com"]
"""A stranger, and a sibling: for cookies, it is the same site as the board."""
FOREIGN_PAGE = b"<!doctype html><title>A page of another site</title>"
FORM = """([action, type, fields]) => {
    const form = document.createElement("form");
    Object.assign(form, {action, method: "post", enctype: type});
    for (const [name, value] of Object.entries(fields)) {
        const input = document.createElement("input");
        Object.assign(input, {name, value, type: "hidden"});
        form.append(input);
    }
    document.body.append(form);
    form.submit();
}"""
FETCH = """async ([url, options]) => {
    try {
        const response = await fetch(url, {method: "POST", credentials: "include", ...options});
        return `${response.type} ${response.status}`;
    } catch (error) {
        return error.name;
    }
}"""

LIST_TOOLS = f"""async () => {{
    const headers = {{
        "Accept": "application/json, text/event-stream",
        "Content-Type": "application/json",
        "MCP-Protocol-Version": "{MODERN}",
        "Mcp-Method": "tools/list",
    }};
    const params = {{_meta: {json.dumps(META)}}};
    const body = JSON.stringify({{jsonrpc: "2.0", id: 1, method: "tools/list", params}});
    return await (await fetch("board/mcp", {{method: "POST", headers, body}})).text();
}}"""


@dataclass(frozen=True)
class Sites:
    """The origins of the board and, by name, of pages of other sites."""

    desk: str
    other: dict[str, str]

    @property
    def board(self) -> str:
        return f"{self.desk}/board"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    skip_without_chromium()
    rules = f"--host-resolver-rules={NAMES}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    with chromium(rules) as browser:
        yield browser


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """A sandbox of today: the page would take older data for data that is late."""
    with serve() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def sites(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    """The service after a proxy with TLS, and a server of other sites."""
    folder = tmp_path_factory.mktemp("sites")
    file = folder / "accounts.toml"
    file.write_text(ALICES + DORAS, encoding="utf-8")
    http = HttpSettings(
        accounts_file=str(file),
        allowed_hosts=("desk.example.com:*",),
        limits=HttpLimits(calls_per_minute=1_000_000),
    )
    tls = Authority(folder).server()
    with served(settings_for(sandbox), http) as port:
        proxy = TcpProxy(port)
        with serving(proxy.forward, tls) as desk, serving(_foreign_site, tls) as others:
            other = {name: f"https://{name}:{others.port}" for name in FOREIGN}
            yield Sites(f"https://desk.example.com:{desk.port}", other)
            proxy.cut()


def _answer(body: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: %d"
    return head % len(body) + b"\r\n\r\n" + body


_foreign_site = after_request(_answer(FOREIGN_PAGE))


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser without cookies."""
    context = browser.new_context(ignore_https_errors=True)
    yield context
    context.close()


def log_in(context: BrowserContext, sites: Sites, token: str = ALICE) -> Page:
    """The board of a person who has logged in."""
    page = context.new_page()
    page.goto(sites.board)
    page.get_by_label("Token of your account").fill(token)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("link", name="Log out")).to_be_visible()
    return page


def test_a_person_logs_in_with_the_keyboard_and_sees_the_board(
    context: BrowserContext, sites: Sites
) -> None:
    page = context.new_page()
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    page.goto(sites.board)
    page.keyboard.type("idesk_wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("This token is not valid")
    page.keyboard.type(ALICE)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Checkout 5xx in us-east-1").first).to_be_visible()
    assert page.url == sites.board
    [cookie] = context.cookies()
    assert (cookie["name"], cookie["path"]) == ("__Host-incident-desk-board", "/")
    assert cookie["domain"] == "desk.example.com"
    assert cookie["httpOnly"]
    assert cookie["secure"]
    assert cookie["sameSite"] == "Strict"
    assert page.evaluate("document.cookie") == ""
    # Only our own server was asked, and no address had a token.
    assert {address.partition("/board")[0] for address in addresses} == {sites.desk}
    assert not [address for address in addresses if "idesk" in address or "?" in address]


def test_the_page_cannot_be_read_again_after_logging_out(
    context: BrowserContext, sites: Sites
) -> None:
    page = log_in(context, sites)
    other = context.new_page()
    other.goto(sites.board)
    page.get_by_role("link", name="Log out").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_label("Token of your account")).to_be_visible()
    assert context.cookies() == []
    page.go_back()
    page.go_back()
    expect(page.get_by_label("Token of your account")).to_be_visible()
    # Another window says that it shows old data, and how to go on.
    other.get_by_role("button", name="Refresh").click()
    other.get_by_role("link", name=LOG_IN).click()
    expect(other.get_by_label("Token of your account")).to_be_visible()


def test_all_windows_of_a_browser_have_the_account_that_logged_in_last(
    context: BrowserContext, sites: Sites
) -> None:
    first = log_in(context, sites)
    assert "list_attachments" in first.evaluate(LIST_TOOLS)
    context.clear_cookies()
    log_in(context, sites, DORA)
    tools = first.evaluate(LIST_TOOLS)
    assert "list_incidents" in tools
    assert "list_attachments" not in tools


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_link_on_another_site_opens_the_board(
    origin: str, context: BrowserContext, sites: Sites
) -> None:
    log_in(context, sites)
    page = context.new_page()
    page.goto(sites.other[origin])
    page.evaluate("(url) => { location.href = url; }", sites.board)
    expect(page.get_by_role("link", name="Log out")).to_be_visible()


def test_a_link_on_another_site_leads_to_the_login_if_nobody_is_logged_in(
    context: BrowserContext, sites: Sites
) -> None:
    page = context.new_page()
    page.goto(sites.other["evil.example"])
    page.evaluate("(url) => { location.href = url; }", sites.board)
    expect(page.get_by_label("Token of your account")).to_be_visible()


FORMS = {
    "a login": ("/board/login", "application/x-www-form-urlencoded", {"token": DORA}),
    "a logout": ("/board/logout", "application/x-www-form-urlencoded", {}),
    "a message": ("/board/mcp", "text/plain", {'{"jsonrpc":"2.0","id":1,"method":"': 'ping"}'}),
}


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize("what", FORMS)
def test_a_form_of_another_site_is_refused(
    what: str, origin: str, context: BrowserContext, sites: Sites
) -> None:
    log_in(context, sites)
    before = context.cookies()
    page = context.new_page()
    page.goto(sites.other[origin])
    path, content_type, fields = FORMS[what]
    with page.expect_response(sites.desk + path) as arriving:
        page.evaluate(FORM, [sites.desk + path, content_type, fields])
    assert arriving.value.status == 403
    expect(page.get_by_role("alert")).to_contain_text("Only pages of the board")
    assert context.cookies() == before


REQUESTS: dict[str, dict[str, Any]] = {
    "JSON": {"headers": {"Content-Type": "application/json"}, "body": "{}"},
    "plain text": {"headers": {"Content-Type": "text/plain"}, "body": "{}"},
    "plain text, without reading the answer": {"mode": "no-cors", "body": "{}"},
    "a page": {"method": "GET"},
    "a page, without reading it": {"method": "GET", "mode": "no-cors"},
}


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize("what", REQUESTS)
def test_a_script_of_another_site_reads_nothing_and_calls_nothing(
    what: str, origin: str, context: BrowserContext, sites: Sites
) -> None:
    log_in(context, sites)
    page = context.new_page()
    page.goto(sites.other[origin])
    statuses: list[int] = []

    def record(response: Response) -> None:
        statuses.append(response.status)

    page.on("response", record)
    options = REQUESTS[what]
    path = "/board" if options.get("method") == "GET" else "/board/mcp"
    assert page.evaluate(FETCH, [sites.desk + path, options]) in ("TypeError", "opaque 0")
    if path == "/board/mcp":
        assert 200 not in statuses


@pytest.mark.parametrize("origin", FOREIGN)
def test_another_site_cannot_show_the_board_in_a_frame(
    origin: str, context: BrowserContext, sites: Sites
) -> None:
    log_in(context, sites)
    page = context.new_page()
    page.goto(sites.other[origin])
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    with page.expect_event("framenavigated") as navigating:
        page.evaluate(
            """(url) => {
                const frame = document.createElement("iframe");
                frame.src = url;
                document.body.append(frame);
            }""",
            sites.board,
        )
    assert navigating.value.url.startswith("chrome-error:")
    assert any("frame-ancestors" in text for text in said)


def test_a_sibling_cannot_put_a_person_into_a_session_of_its_own(
    context: BrowserContext, sites: Sites
) -> None:
    page = log_in(context, sites, DORA)
    [session] = context.cookies()
    context.clear_cookies()
    page.goto(sites.other["wiki.example.com"])
    for name in ("__Host-incident-desk-board", "incident-desk-board"):
        page.evaluate(
            "([name, value]) => { document.cookie ="
            "`${name}=${value}; Domain=example.com; Path=/; Secure`; }",
            [name, session["value"]],
        )
    assert [cookie["name"] for cookie in context.cookies()] == ["incident-desk-board"]
    page.goto(sites.board)
    expect(page.get_by_label("Token of your account")).to_be_visible()
    log_in(context, sites)


def test_a_page_that_opened_the_board_has_no_hold_of_it(
    context: BrowserContext, sites: Sites
) -> None:
    log_in(context, sites)
    page = context.new_page()
    page.goto(sites.other["wiki.example.com"])
    with context.expect_page() as opening:
        page.evaluate("(url) => { window.board = window.open(url); }", sites.board)
    opened = opening.value
    expect(opened.get_by_role("link", name="Log out")).to_be_visible()
    assert page.evaluate("window.board.closed")
    assert opened.evaluate("window.opener") is None


def test_no_page_of_the_board_breaks_its_own_policy(context: BrowserContext, sites: Sites) -> None:
    complaints: list[str] = []
    context.on("console", lambda said: complaints.append(said.text))
    page = log_in(context, sites)
    expect(page.get_by_text("Checkout 5xx in us-east-1").first).to_be_visible()
    page.goto(f"{sites.board}/logout")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_label("Token of your account")).to_be_visible()
    page.goto(f"{sites.board}/nothing")
    expect(page.get_by_role("link", name="Open the board")).to_be_visible()
    assert not [text for text in complaints if "Content Security" in text or "Refused" in text]


def test_a_session_that_is_over_asks_to_log_in_again(
    browser: Browser, sandbox: Sandbox, tmp_path: Path
) -> None:
    """On this machine without TLS, where the cookie is not for all paths."""
    file = tmp_path / "accounts.toml"
    file.write_text(ALICES, encoding="utf-8")
    http = HttpSettings(accounts_file=str(file), board=BoardSettings(session_s=3_600))
    with served(settings_for(sandbox), http) as port:
        sites = Sites(f"http://127.0.0.1:{port}", {})
        context = browser.new_context()
        page = log_in(context, sites)
        [cookie] = context.cookies()
        assert (cookie["name"], cookie["path"]) == (f"incident-desk-board-{port}", "/board")
        value = cookie["value"].replace(".", "0.", 1)
        context.add_cookies(
            [{"name": cookie["name"], "value": value, "domain": "127.0.0.1", "path": "/board"}]
        )
        page.get_by_role("button", name="Refresh").click()
        expect(page.get_by_text("Your session is over.").first).to_be_visible()
        page.get_by_role("link", name=LOG_IN).click()
        expect(page.get_by_label("Token of your account")).to_be_visible()
        context.close()
