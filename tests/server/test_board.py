"""`incident-desk board`: who gets in, who does not, and how it ends."""

import json
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from server.board.desktop import DesktopBoard
from server.board.entrance import TOKEN_S, Entrance
from server.commands.browser import can_open_browser
from server.settings import Settings
from tests.server.board_process import BoardProcess
from tests.server.http.served import Answer, Peer, Vendor, ask
from tests.server.shell import run

NOT_OPEN = "The board is not open in this browser"


@pytest.fixture(scope="module")
def board() -> Iterator[BoardProcess]:
    """A board that one browser has opened."""
    with BoardProcess("--sandbox") as board:
        yield board


@pytest.fixture(scope="module")
def entry(board: BoardProcess) -> Answer:
    """The answer to the browser that opened the address first."""
    # None of these is the person's browser, and none of them uses up the token.
    assert board.get(f"{board.page}?token={board.token}", method="HEAD")[0] == 405
    assert board.get(f"{board.page}?token={board.token[:-1]}")[0] == 403
    assert board.get(f"{board.page}?token=")[0] == 403
    assert board.get(f"{board.page}?token=%C3%A9")[0] == 403
    return board.get(f"{board.page}?token={board.token}")


@pytest.fixture(scope="module")
def cookie(entry: Answer) -> str:
    return entry[1]["set-cookie"].partition(";")[0]


def test_the_token_leaves_the_address_bar_and_becomes_a_cookie(
    board: BoardProcess, entry: Answer
) -> None:
    status, headers, _ = entry
    assert (status, headers["location"]) == (303, board.page)
    name, *attributes = headers["set-cookie"].split("; ")
    root = board.page.removesuffix("/board")
    assert sorted(attributes) == ["HttpOnly", f"Path={root}", "SameSite=strict"]
    assert board.token not in name
    assert len(root) > 20
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"


def test_the_browser_that_came_in_sees_the_page(board: BoardProcess, cookie: str) -> None:
    status, headers, text = board.get(board.page, Cookie=cookie)
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "connect-src 'self'" in text
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in headers


def test_the_same_browser_may_open_the_address_again(board: BoardProcess, cookie: str) -> None:
    status, headers, _ = board.get(f"{board.page}?token={board.token}", Cookie=cookie)
    assert (status, headers["location"]) == (303, board.page)
    assert "set-cookie" not in headers
    assert board.get(board.page, Cookie=cookie)[0] == 200


def test_the_page_calls_the_tools(board: BoardProcess, cookie: str) -> None:
    _, _, text = ask(board.port, board.call_request(cookie))
    content = json.loads(text)["result"]["structuredContent"]
    assert (len(content["incidents"]), content["source"]) == (1, "sandbox")


def test_another_cookie_of_the_same_name_does_not_keep_the_person_out(
    board: BoardProcess, cookie: str
) -> None:
    name = cookie.partition("=")[0]
    assert board.get(board.page, Cookie=f"{name}=x; {cookie}; other=y")[0] == 200


@pytest.mark.parametrize(
    "cookie", [None, "", "incident-desk-board=", "{name}=", "{name}=x", "{name}=%C3%A9", "{value}"]
)
def test_without_the_cookie_there_is_nothing(
    board: BoardProcess, entry: Answer, cookie: str | None
) -> None:
    name, _, value = entry[1]["set-cookie"].partition(";")[0].partition("=")
    sent = None if cookie is None else cookie.format(name=name, value=value)
    status, headers, text = board.get(board.page, Cookie=sent)
    assert (status, NOT_OPEN in text, "set-cookie" in headers) == (403, True, False)
    assert "connect-src" not in text
    assert "incident-desk board" in text
    assert board.token not in text
    status, headers, text = ask(board.port, board.call_request(sent))
    assert (status, "www-authenticate" in headers) == (401, False)
    assert "incidents" not in text


@pytest.mark.parametrize(
    "host",
    [
        "localhost:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.0.0.2:{port}",
        "[::1]:{port}",
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1:{port}.evil.example",
        "127.0.0.1:{port}@evil.example",
        "127.0.0.1:0{port}",
    ],
)
def test_another_host_is_refused(board: BoardProcess, cookie: str, host: str) -> None:
    host = host.format(port=board.port)
    status, _, text = board.get(board.page, Cookie=cookie, Host=host)
    assert (status, f"only at http://{board.host}" in text) == (421, True)
    own = f"http://{host}"
    assert ask(board.port, board.call_request(cookie, Host=host, Origin=own))[0] == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": None},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://localhost:{port}"},
        {"Origin": "https://127.0.0.1:{port}"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:{port}.evil.example"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "none"},
    ],
    ids=str,
)
def test_a_call_of_another_page_is_refused(
    board: BoardProcess, cookie: str, headers: dict[str, str | None]
) -> None:
    sent = {name: value and value.format(port=board.port) for name, value in headers.items()}
    assert ask(board.port, board.call_request(cookie, **sent))[0] == 403


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", None])
def test_a_call_that_a_form_could_send_is_refused(
    board: BoardProcess, cookie: str, kind: str | None
) -> None:
    status, _, _ = ask(board.port, board.call_request(cookie, Content_Type=kind))
    assert status in (400, 415)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/board",
        "/board/mcp",
        "/mcp",
        "{root}",
        "{root}/",
        "{root}/mcp",
        "{root}/board/",
        "{root}/%62oard",
        "{root}//board",
        "{root}/./board",
        "{root}/x/../board",
        "{root}/BOARD",
        "{root}/board/mcp/",
        "http://127.0.0.1:{port}{root}/board",
        "/favicon.ico",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_other_path_is_empty(
    board: BoardProcess, cookie: str, path: str, method: str
) -> None:
    path = path.format(root=board.page.removesuffix("/board"), port=board.port)
    sent = board.call_request(cookie, path=path, method=method)
    status, _, text = ask(board.port, sent)
    assert status == 404
    assert board.page not in text


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "OPTIONS", "DELETE"])
def test_the_page_is_only_read(board: BoardProcess, cookie: str, method: str) -> None:
    status, headers, _ = board.get(board.page, Cookie=cookie, method=method)
    assert (status, headers["allow"]) == (405, "GET")


@pytest.mark.parametrize("method", ["HEAD", "GET", "PUT", "OPTIONS", "DELETE"])
def test_the_tools_are_only_asked_by_post(board: BoardProcess, cookie: str, method: str) -> None:
    status, headers, _ = ask(board.port, board.call_request(cookie, method=method))
    assert (status, headers["allow"]) == (405, "POST")


def test_a_token_that_is_too_old_lets_nobody_in() -> None:
    now = 1_000.0
    entrance = Entrance(clock=lambda: now)
    now += TOKEN_S + 1
    assert entrance.enter(entrance.token) is None
    assert not entrance.is_closed


@pytest.mark.anyio
async def test_only_the_page_keeps_the_board_in_use() -> None:
    now = 1_000.0
    board = DesktopBoard(Settings.read({}), 8000, clock=lambda: now)
    transport = httpx.ASGITransport(board)
    async with httpx.AsyncClient(transport=transport) as browser:
        now += 60
        address = httpx.URL(board.address)
        await browser.get(address.copy_with(query=None))
        assert board.idle_s == 60
        await browser.get(address)
        now += 30
        assert board.idle_s == 30
        await browser.get(address)
        assert board.idle_s == 0


@pytest.mark.slow
def test_a_board_that_is_opened_in_two_browsers_is_closed_to_both() -> None:
    with BoardProcess("--sandbox") as board:
        cookie = board.enter()
        with Peer(board.port) as first, Peer(board.port) as second:
            second.send(board.page_request(f"{board.page}?token={board.token}"))
            status, _, text = second.answer()
            assert (status, NOT_OPEN in text) == (403, True)
            assert first.send(board.page_request(board.page, Cookie=cookie)).status() in (403, 0)
        code, _, stderr = board.wait()
    assert code == 1
    assert "The address was opened a second time" in stderr
    assert board.token not in stderr


@pytest.mark.slow
def test_the_cookie_of_another_board_opens_nothing() -> None:
    with BoardProcess("--sandbox") as first, BoardProcess("--sandbox") as second:
        value = first.enter().partition("=")[2]
        name = second.enter().partition("=")[0]
        assert second.get(second.page, Cookie=f"{name}={value}")[0] == 403
        assert second.get(f"{second.page}?token={first.token}")[0] == 403
        assert second.get(first.page)[0] == 404


@pytest.mark.slow
def test_a_board_that_is_not_used_any_more_ends() -> None:
    with BoardProcess("--sandbox", "--idle-minutes", "0.005") as board:
        code, _, stderr = board.wait()
    assert code == 0
    assert stderr.splitlines()[1:] == [
        "incident-desk: no page has asked for 0.005 minutes, so the board has ended."
    ]


@pytest.mark.slow
def test_a_page_that_is_closed_ends_its_call() -> None:
    debug = {"INCIDENT_DESK_LOG_LEVEL": "debug"}
    with Vendor() as vendor, BoardProcess(**vendor.environ, **debug) as board:
        cookie = board.enter()
        with Peer(board.port) as peer:
            peer.send(board.call_request(cookie))
            vendor.request()
            vendor.answer("401 Unauthorized")
            assert peer.status() == 200
        board.get(f"{board.page}?token={board.token}x")
        board.get(f"/{board.token}", Cookie=cookie)
        _, _, stderr = board.stop()
    assert "unauthorized" in stderr
    assert not [one for one in (board.token, cookie.partition("=")[2]) if one in stderr]


def environ_of_a_terminal(folder: Path) -> dict[str, str]:
    """Variables with a browser that writes the address that it gets into a pipe."""
    os.mkfifo(folder / "address")
    browser = folder / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" >{folder}/address\n', encoding="utf-8")
    browser.chmod(0o755)
    return {"BROWSER": str(browser)}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs a pipe with a name")
def test_the_browser_of_the_person_opens_the_address(tmp_path: Path) -> None:
    with BoardProcess("--sandbox", **environ_of_a_terminal(tmp_path)) as board:
        assert "opens in your browser" in board.output[0]
        with (tmp_path / "address").open(encoding="utf-8") as pipe:
            assert pipe.read().strip() == board.address


@pytest.mark.slow
def test_a_browser_that_does_not_start_is_no_problem(tmp_path: Path) -> None:
    with BoardProcess("--sandbox", BROWSER=str(tmp_path / "nothing")) as board:
        assert board.get(board.page, Cookie=board.enter())[0] == 200
        code, _, stderr = board.stop()
    assert (code, stderr) == (0, "incident-desk: sandbox; every answer is made up.\n")


@pytest.mark.slow
def test_without_a_display_the_address_is_enough() -> None:
    with BoardProcess("--sandbox", SSH_CONNECTION="192.0.2.1 50000 192.0.2.2 22") as board:
        assert board.output[0].endswith("Open this address in a browser on your own machine:\n")
        _, stdout, stderr = board.stop()
    assert f"ssh -N -L {board.port}:127.0.0.1:{board.port} NAME" in stdout
    assert stderr == "incident-desk: sandbox; every answer is made up.\n"


@pytest.mark.parametrize(
    ("environ", "platform", "can"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"DISPLAY": "localhost:10.0", "SSH_CONNECTION": "…"}, "linux", False),
        ({"SSH_CONNECTION": "…"}, "linux", False),
        ({"SSH_CONNECTION": "…", "BROWSER": "code-browser"}, "linux", True),
        ({}, "darwin", True),
        ({"SSH_CONNECTION": "…"}, "darwin", False),
        ({}, "win32", True),
    ],
    ids=str,
)
def test_a_browser_is_opened_where_a_person_sees_it(
    environ: dict[str, str], platform: str, can: bool
) -> None:
    assert can_open_browser(environ, platform) == can


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "70000"],
        ["--idle-minutes", "0"],
        ["--idle-minutes", "-1"],
        ["--idle-minutes", "nan"],
        ["--idle-minutes", "inf"],
    ],
    ids=" ".join,
)
def test_a_wrong_option_is_refused(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    code, out, err = run(capsys, "board", "--sandbox", *arguments)
    assert (code, out, "takes a number" in err) == (2, "", True)


def test_a_port_that_is_in_use_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        code, out, err = run(capsys, "board", "--sandbox", "--port", str(port))
    assert (code, out) == (1, "")
    reason = f"cannot listen on 127.0.0.1:{port}: Address already in use"
    assert err.splitlines()[-1] == f"incident-desk: {reason}"


@pytest.mark.slow
def test_without_a_key_the_board_says_what_is_missing() -> None:
    with BoardProcess() as board:
        _, _, text = ask(board.port, board.call_request(board.enter()))
        assert "not_configured" in text
        _, _, stderr = board.stop()
    assert "no key is set" in stderr
    assert "add --sandbox to the command" in stderr


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_board_in_the_middle_of_a_call(number: signal.Signals) -> None:
    with Vendor() as vendor, BoardProcess(**vendor.environ) as board, Peer(board.port) as peer:
        peer.send(board.call_request(board.enter()))
        vendor.request()
        board.signal(number)
        assert board.wait() == (0, "", "")
        assert vendor.was_left()
        with closing(socket.socket()) as client:
            assert client.connect_ex(("127.0.0.1", board.port)) != 0
