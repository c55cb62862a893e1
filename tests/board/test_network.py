"""Nothing that the board shows leaves it, except to the program that shows it."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Frame

from sandbox.serving import serve_store
from tests.board import hostile
from tests.board.browser import launched
from tests.board.chat import ChatProgram, open_chat
from tests.board.conftest import OpenBoard
from tests.board.desk import desk_for
from tests.board.net_log import requests
from tests.board.other_server import OtherServer, other_server
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

ATTEMPTS: Mapping[str, str] = {
    "fetch": "fetch(url, {mode: 'no-cors'}).catch(() => {})",
    "xhr": "const r = new XMLHttpRequest(); r.open('GET', url); r.send()",
    "beacon": "navigator.sendBeacon(url)",
    "event-source": "new EventSource(url)",
    "web-socket": "new WebSocket(url.replace('http', 'ws'))",
    "image": "new Image().src = url",
    "stylesheet": "add('link', {rel: 'stylesheet', href: url})",
    "preload": "add('link', {rel: 'preload', as: 'image', href: url})",
    "prefetch": "add('link', {rel: 'prefetch', href: url})",
    "video": "add('video', {src: url})",
    "audio": "add('audio', {src: url})",
    "frame": "add('iframe', {src: url})",
    "embed": "add('embed', {src: url})",
    "object": "add('object', {data: url})",
    "script": "add('script', {src: url})",
    "module": "import(url).catch(() => {})",
    "font": "new FontFace('leak', `url(${url})`).load().catch(() => {})",
    "background": "document.body.style.backgroundImage = `url(${url})`",
    "rule": "document.styleSheets[0].insertRule(`body { list-style-image: url(${url}) }`)",
    "vector": "addVector('image', url)",
    "form": (
        "add('iframe', {name: 'aside'});"
        " add('form', {action: url, method: 'post', target: 'aside'}).submit()"
    ),
    "ping": "const a = add('a', {href: '#', ping: url}); a.click()",
}
"""What a script could do in the page to send something to *url*, if one ever ran there.

The last one leaves the page.
"""

NAVIGATIONS: Mapping[str, str] = {
    "refresh": "add('meta', {'http-equiv': 'refresh', content: `0;url=${url}`})",
    "location": "location = url",
    "parent": "parent.location = url",
    "top": "top.location = url",
    "window": "open(url)",
    "link": "add('a', {href: url, target: '_blank'}).click()",
}
"""The same by leaving the page: a policy of the page cannot forbid that, its host can."""

_ADD = """
const add = (tag, attributes) => {
  const created = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) created.setAttribute(name, value);
  document.body.append(created);
  return created;
};
const addVector = (tag, href) => {
  const [picture, created] = ["svg", tag].map((name) =>
    document.createElementNS("http://www.w3.org/2000/svg", name));
  created.setAttribute("href", href);
  picture.append(created);
  document.body.append(picture);
};
"""


@pytest.fixture
def catcher() -> Iterator[OtherServer]:
    with other_server() as catcher:
        yield catcher


def attempt(frame: Frame, attempts: Mapping[str, str], url: str) -> None:
    """Try all of them. Each asks for its name at *url*, and may be refused with an error."""
    for name, code in attempts.items():
        frame.evaluate(f"url => {{ {_ADD} try {{ {code} }} catch {{}} }}", f"{url}/{name}")


def test_the_browser_s_own_log_has_no_request_of_the_board(
    browser: Browser, program: ChatProgram, catcher: OtherServer, tmp_path: Path
) -> None:
    """Also with texts and links that point to another server."""
    log = tmp_path / "net.json"
    text = hostile.TEXTS["image"].replace("http://127.0.0.1:9", catcher.url)
    with (
        launched(browser.browser_type, f"--log-net-log={log}") as logged,
        serve_store(hostile.world(text, f"{catcher.url}/link")) as sandbox,
        desk_for(sandbox) as desk,
    ):
        chat = open_chat(logged, program, desk)
        chat.board.get_by_role("button", name="leak.png").first.click()
        chat.board.get_by_role("button", name="Ask about this").click()
        chat.board.get_by_role("button", name="Refresh now").click()
        chat.board.get_by_role("heading", name="Timeline").wait_for()
    host, proxy = program.host.rstrip("/"), program.proxy.rstrip("/")
    assert {request.origin for request in requests(log)} == {host, proxy}
    assert [request.url for request in requests(log) if request.initiator == proxy] == []
    assert [*catcher.paths] == []


def test_each_attempt_works_in_a_page_without_a_policy(
    browser: Browser, catcher: OtherServer
) -> None:
    """So the next tests try what could get through."""
    page = browser.new_page()
    page.set_content("<style></style>")
    attempt(page.main_frame, ATTEMPTS, catcher.url)
    wait_until(lambda: {*catcher.paths} == {f"/{name}" for name in ATTEMPTS})


@pytest.mark.parametrize("policy", ["none", "strict"])
def test_a_script_in_the_board_could_send_nothing(
    browser: Browser,
    program: ChatProgram,
    desk: str,
    catcher: OtherServer,
    tmp_path: Path,
    policy: str,
) -> None:
    """Also where the program has no policy: the page has its own."""
    log = tmp_path / "net.json"
    with launched(browser.browser_type, f"--log-net-log={log}") as logged:
        chat = open_chat(logged, program, desk, policy=policy)
        chat.board.get_by_role("heading", name="Live incidents").wait_for()
        attempt(chat.board, ATTEMPTS, catcher.url)
        logged.new_page().goto(f"{catcher.url}/the-end")
    urls = {request.url for request in requests(log) if request.origin == catcher.url}
    assert urls <= {f"{catcher.url}/the-end", f"{catcher.url}/favicon.ico"}


@pytest.mark.parametrize("name", [*NAVIGATIONS])
def test_a_strict_program_keeps_the_board_from_leaving(
    browser: Browser, board: OpenBoard, catcher: OtherServer, name: str
) -> None:
    chat = board()
    chat.board.get_by_role("heading", name="Live incidents").wait_for()
    attempt(chat.board, {name: NAVIGATIONS[name]}, catcher.url)
    browser.new_page().goto(f"{catcher.url}/the-end")
    assert f"/{name}" not in catcher.paths


@pytest.mark.parametrize("name", ["refresh", "location"])
def test_a_program_without_a_policy_lets_a_script_leave_the_board(
    board: OpenBoard, catcher: OtherServer, name: str
) -> None:
    """So the last test tries what only the program can forbid."""
    chat = board(policy="none")
    chat.board.get_by_role("heading", name="Live incidents").wait_for()
    attempt(chat.board, {name: NAVIGATIONS[name]}, catcher.url)
    wait_until(lambda: f"/{name}" in catcher.paths)
