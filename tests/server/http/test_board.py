"""The board of the HTTP service: who gets it, and what of it is refused."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.serving import Sandbox
from server.http.board.settings import BoardSettings
from server.http.settings import HttpLimits, HttpSettings, OAuthSettings
from tests.conftest import settings_for
from tests.server.http.board_client import (
    ORIGIN,
    board_call,
    cookie_of,
    form,
    login,
    message,
    page,
    session,
)
from tests.server.http.served import Answer, Peer, ask, call, request, served
from tests.server.http.test_accounts import ALICE, ALICES, BOB, BOBS, GONE, GONES

DESK = "desk.example.com"
DESK_ORIGIN = f"https://{DESK}"
UNLIMITED = HttpLimits(calls_per_minute=1_000_000)


@pytest.fixture(scope="module")
def accounts_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("accounts") / "accounts.toml"
    file.write_text(ALICES + BOBS + GONES, encoding="utf-8")
    return str(file)


@pytest.fixture(scope="module")
def port(sandbox: Sandbox, accounts_file: str) -> Iterator[int]:
    """A server with accounts, which other machines know as desk.example.com."""
    http = HttpSettings(
        accounts_file=accounts_file, allowed_hosts=(DESK, f"{DESK}:8443"), limits=UNLIMITED
    )
    with served(settings_for(sandbox), http) as port:
        yield port


@pytest.fixture(scope="module")
def open_port(sandbox: Sandbox) -> Iterator[int]:
    """A server without accounts, for this machine."""
    with served(settings_for(sandbox)) as port:
        yield port


def is_board(answer: Answer) -> bool:
    """Whether the answer is the board itself."""
    return answer[0] == 200 and "connect-src 'self'" in answer[2]


def is_login(answer: Answer) -> bool:
    return 'name="token"' in answer[2]


def test_a_person_logs_in_and_the_board_calls_tools_as_the_account(port: int) -> None:
    assert is_login(ask(port, page()))
    status, headers, _ = answer = ask(port, login(ALICE))
    assert (status, headers["location"]) == (303, "/board")
    cookie = cookie_of(answer)
    assert is_board(ask(port, page(Cookie=cookie)))
    sent = board_call("list_incidents", {"page_size": 1}, Cookie=cookie)
    status, _, body = ask(port, sent)
    assert status == 200
    assert '"incidents":[{' in body.replace("\\", "")


def test_an_account_sees_only_its_own_tools_on_the_board(port: int) -> None:
    cookie = session(port, BOB)
    assert "list_incidents" not in ask(port, message(Cookie=cookie))[2]
    assert "list_attachments" in ask(port, message(Cookie=cookie))[2]
    body = ask(port, board_call("list_incidents", {}, Cookie=cookie))[2]
    assert "Unknown tool: list_incidents" in body


def test_an_account_that_may_not_see_incidents_is_told_so(port: int) -> None:
    status, _, body = ask(port, page(Cookie=session(port, BOB)))
    assert status == 403
    assert "not allowed to call list_incidents" in body
    assert 'href="/board/logout"' in body


WRONG_LOGINS: dict[str, dict[str, str] | str] = {
    "an unknown token": {"token": f"{ALICE}x"},
    "an expired token": {"token": GONE},
    "no token": {"token": ""},
    "another field": {"password": ALICE},
    "a hash in place of the token": {"token": re.findall("[0-9a-f]{64}", ALICES)[0]},
    "a token that is not ASCII": {"token": "é"},
    "a token that is not UTF-8": "token=%ff%fe",
    "two tokens": f"token={ALICE}&token={ALICE}",
    "many fields": f"token={ALICE}&" + "&".join(["a=1"] * 100),
    "raw bytes": "\x80\x00",
}


@pytest.mark.parametrize("what", WRONG_LOGINS)
def test_a_wrong_login_shows_the_form_again_and_reveals_nothing(what: str, port: int) -> None:
    status, headers, body = answer = ask(port, form("/board/login", WRONG_LOGINS[what]))
    assert status == 401
    assert is_login(answer)
    assert "This token is not valid" in body
    assert "set-cookie" not in headers
    assert "www-authenticate" not in headers
    for text in ("alice", "gone", "expired", ALICE):
        assert text not in body


def test_a_token_may_have_white_space_around_it(port: int) -> None:
    assert ask(port, login(f" {ALICE}\n"))[0] == 303


FOREIGN: dict[str, dict[str, str | None]] = {
    "another origin": {"Origin": "https://evil.example"},
    "no origin": {"Origin": None},
    "an origin that is hidden": {"Origin": "null"},
    "two origins": {"Origin": f"{ORIGIN}\r\nOrigin: https://evil.example"},
    "an origin that begins like ours": {"Origin": "http://localhost.evil.example"},
    "an origin with ours as the user": {"Origin": "http://localhost@evil.example"},
    "another port": {"Origin": "http://localhost:6274"},
    "another name of this machine": {"Origin": "http://127.0.0.1"},
    "an origin in upper case": {"Origin": "HTTP://LOCALHOST"},
    "an origin without TLS": {"Host": DESK, "Origin": f"http://{DESK}"},
    "another port of the host": {"Host": DESK, "Origin": f"{DESK_ORIGIN}:8443"},
    "a sibling of the host": {"Host": DESK, "Origin": "https://wiki.example.com"},
    "a site that the browser calls another": {"Sec_Fetch_Site": "cross-site"},
    "a site that the browser calls a sibling": {"Sec_Fetch_Site": "same-site"},
    "no page at all": {"Sec_Fetch_Site": "none"},
    "two sites": {"Sec_Fetch_Site": "same-origin\r\nSec-Fetch-Site: cross-site"},
}


@pytest.mark.parametrize("what", FOREIGN)
def test_only_pages_of_the_board_can_send_a_post(what: str, port: int, open_port: int) -> None:
    headers = FOREIGN[what]
    cookie = session(port, ALICE)
    for sent in (
        login(ALICE, **headers),
        form("/board/logout", "", Cookie=cookie, **headers),
        message(Cookie=cookie, **headers),
    ):
        status, answered, _ = ask(port, sent)
        assert status == 403
        assert "set-cookie" not in answered
    if headers.get("Host") != DESK:
        assert ask(open_port, message(**headers))[0] == 403


def test_a_board_behind_another_name_works_with_its_own_origin(port: int) -> None:
    for host in (DESK, f"{DESK}:8443"):
        own = {"Host": host, "Origin": f"https://{host}", "Sec_Fetch_Site": "same-origin"}
        cookie = session(port, ALICE, **own)
        assert ask(port, message(Cookie=cookie, **own))[0] == 200


def test_an_operator_can_allow_the_origin_if_a_proxy_changes_the_host(
    sandbox: Sandbox, accounts_file: str
) -> None:
    http = HttpSettings(
        accounts_file=accounts_file,
        allowed_hosts=("internal",),
        allowed_origins=(DESK_ORIGIN, "https://other.example:*"),
    )
    with served(settings_for(sandbox), http) as port:
        for origin in (DESK_ORIGIN, "https://other.example:1234", "https://internal"):
            assert ask(port, login(ALICE, Host="internal", Origin=origin))[0] == 303
        assert ask(port, login(ALICE, Host="internal", Origin="https://evil.example"))[0] == 403


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1:8000", DESK_ORIGIN),
        ("internal", f"http://{DESK}"),
        ("localhost", f"http://{DESK}"),
    ],
)
def test_an_origin_is_not_allowed_if_its_cookie_would_not_be_safe(
    host: str, origin: str, sandbox: Sandbox, accounts_file: str
) -> None:
    """A cookie of a `Host` of this machine is neither `Secure` nor kept from sibling hosts."""
    http = HttpSettings(
        accounts_file=accounts_file, allowed_hosts=("internal",), allowed_origins=(origin,)
    )
    with served(settings_for(sandbox), http) as port:
        assert ask(port, login(ALICE, Host=host, Origin=origin))[0] == 403


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None]
)
def test_a_form_cannot_send_a_message(content_type: str | None, port: int) -> None:
    cookie = session(port, ALICE)
    assert ask(port, message(Cookie=cookie, Content_Type=content_type))[0] == 415


def test_json_cannot_be_a_login(port: int) -> None:
    assert ask(port, login(ALICE, Content_Type="application/json"))[0] == 415


def test_a_session_is_only_for_the_board_and_a_token_is_not_for_it(port: int) -> None:
    cookie = session(port, ALICE)
    for path in ("/mcp", "/metrics"):
        status, headers, _ = ask(port, request(path=path, Cookie=cookie))
        assert (status, headers["www-authenticate"]) == (401, "Bearer")
    assert ask(port, message(Authorization=f"Bearer {ALICE}"))[0] == 401
    assert is_login(ask(port, page(Authorization=f"Bearer {ALICE}")))


def test_the_origin_of_the_board_is_not_allowed_elsewhere(port: int) -> None:
    token = f"Bearer {ALICE}"
    sent = request(Host=DESK, Origin=DESK_ORIGIN, Authorization=token)
    assert ask(port, sent)[0] == 403


def _changed(cookie: str, old: str, new: str) -> str:
    changed, count = re.subn(old, new, cookie)
    assert count == 1
    return changed


CHANGES = {
    "another start": (r"=\d", "=9"),
    "another account": (r"\.[0-9a-f]{64}\.", f".{re.findall('[0-9a-f]{64}', BOBS)[0]}."),
    "another signature": (r".{4}$", "0000"),
    "no signature": (r"\.[0-9a-f]{64}$", ""),
    "only the hash": (r"=.*\.([0-9a-f]{64})\..*", r"=\1"),
    "quotes around it": (r"=(.*)", r'="\1"'),
    "another name": (r"^incident-desk-board", "incident-desk"),
    "the name for TLS": (r"^incident-desk-board", "__Host-incident-desk-board"),
    "the name for another port": (r"^incident-desk-board", "incident-desk-board-8000"),
    "nothing": (r"=.*", "="),
    "letters that only look like digits": (r"=\d", "=\u0661"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_cookie_that_was_changed_is_not_a_session(what: str, port: int) -> None:
    cookie = _changed(session(port, ALICE), *CHANGES[what])
    status, headers, body = ask(port, message(Cookie=cookie))
    assert status == 401
    assert "Log in again" in body
    assert "www-authenticate" not in headers
    assert is_login(ask(port, page(Cookie=cookie)))


def test_a_session_of_another_server_is_not_valid(
    port: int, sandbox: Sandbox, accounts_file: str
) -> None:
    with served(settings_for(sandbox), HttpSettings(accounts_file=accounts_file)) as other:
        cookie = session(other, ALICE)
        assert ask(other, message(Cookie=cookie))[0] == 200
    assert ask(port, message(Cookie=cookie))[0] == 401


def test_servers_with_the_same_secret_accept_the_same_sessions(
    sandbox: Sandbox, accounts_file: str
) -> None:
    secret = BoardSettings(secret="s" * 32)
    http = HttpSettings(accounts_file=accounts_file, board=secret)
    with served(settings_for(sandbox), http) as one, served(settings_for(sandbox), http) as other:
        assert ask(other, message(Cookie=session(one, ALICE)))[0] == 200


def test_one_valid_cookie_among_many_is_enough(port: int) -> None:
    cookie = session(port, ALICE)
    name = cookie.partition("=")[0]
    for cookies in (
        f"a=1; {name}=x; {cookie}; {name}=y",
        f"{cookie};",
        f"  ;;{cookie} ; = ; =x",
        f"a=1\r\nCookie: {cookie}",
    ):
        assert ask(port, message(Cookie=cookies))[0] == 200, cookies


@pytest.mark.parametrize("space", [b"\xa0", b"\x85", b"\t"], ids=["U+00A0", "U+0085", "tab"])
def test_a_cookie_that_a_sibling_host_can_set_is_not_a_session(space: bytes, port: int) -> None:
    """A browser keeps `__Host-` for the host itself, but not if white space stands before it."""
    own = {"Host": DESK, "Origin": DESK_ORIGIN}
    cookie = session(port, ALICE, **own)
    sent = message(Cookie=f"a=1; (space){cookie}", **own)
    assert ask(port, sent.replace(b"(space)", space))[0] == 401


def test_cookies_that_are_too_large_are_refused_in_words(port: int) -> None:
    for cookies in ("a=" + "x" * 9_000, "\r\nCookie: ".join(["a=" + "x" * 4_000] * 5)):
        status, _, body = ask(port, page(Cookie=cookies))
        assert status == 431
        assert "<h1>" in body


COOKIES = {
    "localhost": ("incident-desk-board", "/board; SameSite=strict"),
    "127.0.0.1:80": ("incident-desk-board-80", "/board; SameSite=strict"),
    "[::1]": ("incident-desk-board", "/board; SameSite=strict"),
    "[::1]:8000": ("incident-desk-board-8000", "/board; SameSite=strict"),
    DESK: ("__Host-incident-desk-board", "/; SameSite=strict; Secure"),
    f"{DESK}:8443": ("__Host-incident-desk-board", "/; SameSite=strict; Secure"),
}
"""The name of the cookie, and its last attributes, by host."""


@pytest.mark.parametrize("host", COOKIES)
def test_the_cookie_is_for_the_board_only(host: str, port: int) -> None:
    name, attributes = COOKIES[host]
    answer = ask(port, login(ALICE, Host=host, Origin=f"https://{host}"))
    assert re.fullmatch(
        rf"{name}=\d+(\.[0-9a-f]{{64}}){{2}}; HttpOnly; Max-Age=3600; Path={attributes}",
        answer[1]["set-cookie"],
    )
    assert ALICE not in str(answer)


def test_logging_out_deletes_the_cookie(port: int) -> None:
    for headers in ({}, {"Host": DESK, "Origin": DESK_ORIGIN}):
        cookie = session(port, ALICE, **headers)
        status, answered, _ = ask(port, form("/board/logout", Cookie=cookie, **headers))
        assert (status, answered["location"]) == (303, "/board")
        name = cookie.partition("=")[0]
        assert answered["set-cookie"].startswith(f'{name}=""; HttpOnly; Max-Age=0; Path=/')


def test_a_link_on_another_site_leads_to_the_board_of_a_person_who_is_logged_in(port: int) -> None:
    """The browser sends no cookie at first, and sends it when our own page loads the board."""
    status, headers, body = ask(port, page(Sec_Fetch_Site="cross-site"))
    assert (status, headers["refresh"]) == (200, "0; url=/board?arrived")
    assert 'href="/board"' in body
    for site in ("same-origin", "cross-site"):
        assert is_login(ask(port, page("/board?arrived", Sec_Fetch_Site=site)))


PATHS = {
    "a trailing slash": (page("/board/"), 404),
    "another page": (page("/board/secrets"), 404),
    "two slashes": (page("/board//mcp"), 404),
    "dots": (page("/board/../mcp"), 404),
    "a path with an escaped letter": (page("/board/%6dcp"), 404),
    "a POST to the page": (form("/board"), 405),
    "a DELETE": (page(method="DELETE"), 405),
    "a preflight": (page("/board/mcp", method="OPTIONS", Origin="https://evil.example"), 405),
    "a GET of the endpoint": (page("/board/mcp"), 405),
    "another host": (page(Host="evil.example"), 421),
    "a long form": (login("x" * 5_000), 413),
    "a long path": (page("/board?" + "a" * 9_000), 414),
}


@pytest.mark.parametrize("what", PATHS)
def test_a_person_is_told_in_words_what_is_wrong_and_a_program_in_json(
    what: str, port: int
) -> None:
    sent, expected = PATHS[what]
    status, headers, body = ask(port, sent)
    assert status == expected
    assert headers["content-type"].startswith("text/html")
    assert "<h1>" in body
    assert "location" not in headers
    if what == "a long form":
        return
    status, headers, _ = ask(port, sent.replace(b"text/html", b"*/*"))
    assert (status, headers["content-type"]) == (expected, "application/json")


@pytest.mark.parametrize("path", ["/boardx", "/Board", "/board%0a", "/%62oard", "//board"])
def test_the_path_of_the_board_has_one_spelling(path: str, port: int) -> None:
    status, headers, _ = ask(port, page(path))
    assert status in (401, 404)
    assert headers["content-type"] == "application/json"


def test_head_answers_like_get_without_the_page(port: int) -> None:
    cookie = session(port, ALICE)
    for own in (None, cookie):
        sent = page(method="HEAD", Cookie=own, Connection="close")
        status, headers, body = ask(port, sent)
        assert status == 200
        assert headers["content-type"].startswith("text/html")
        assert int(headers["content-length"]) > 100
        assert body == ""


def test_every_page_of_the_board_has_a_strict_policy_and_no_cors_headers(port: int) -> None:
    cookie = session(port, ALICE)
    for sent in (
        page(),
        page(Cookie=cookie),
        page("/board/logout"),
        page(Sec_Fetch_Site="cross-site"),
        page("/board/nothing"),
        login("wrong"),
        page(Cookie=cookie, Origin="https://evil.example"),
    ):
        _, headers, body = ask(port, sent)
        assert not [name for name in headers if name.startswith("access-control")]
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "frame-ancestors 'none'" in policy
        assert "base-uri 'none'" in policy
        assert "unsafe" not in policy
        assert "<script src" not in body
    for sent in (message(Cookie=cookie), message()):
        assert not [name for name in ask(port, sent)[1] if name.startswith("access-control")]


def test_the_served_page_differs_from_the_one_in_a_chat_only_in_whom_it_may_call(
    port: int, open_port: int
) -> None:
    file = Path(__file__).parents[3] / "server" / "board" / "board.html"
    _, headers, body = ask(open_port, page())
    assert body.replace("connect-src 'self'", "connect-src 'none'") == file.read_text("utf-8")
    assert "connect-src 'self'" in headers["content-security-policy"]
    logout = '<footer><a href="/board/logout">Log out</a></footer>\n'
    assert ask(port, page(Cookie=session(port, ALICE)))[2].replace(logout, "", 1) == body


def test_the_board_and_the_endpoint_for_programs_share_the_limit_of_the_account(
    sandbox: Sandbox, accounts_file: str
) -> None:
    http = HttpSettings(accounts_file=accounts_file, limits=HttpLimits(calls_per_minute=12))
    with served(settings_for(sandbox), http) as port:
        cookie = session(port, ALICE)
        assert ask(port, message(Cookie=cookie))[0] == 200
        status, headers, body = answer = ask(port, login(ALICE))
        assert (status, is_login(answer)) == (429, True)
        assert int(headers["retry-after"]) >= 1
        assert "requests per minute" in body
        assert ask(port, message(Cookie=cookie))[0] == 429
        assert ask(port, request(Authorization=f"Bearer {ALICE}"))[0] == 429
        assert ask(port, login(BOB))[0] == 303


def test_without_accounts_the_board_needs_no_login(open_port: int) -> None:
    assert is_board(ask(open_port, page()))
    assert ask(open_port, board_call("list_incidents", {}))[0] == 200
    for sent in (form("/board/login"), form("/board/logout"), page("/board/logout")):
        status, headers, _ = ask(open_port, sent)
        assert (status, headers["location"]) == (303, "/board")
        assert "set-cookie" not in headers


OAUTH = OAuthSettings(
    "https://login.example.com", f"{DESK_ORIGIN}/mcp", "https://login.example.com/jwks"
)


def test_oauth_is_not_offered_for_the_board(sandbox: Sandbox, accounts_file: str) -> None:
    with served(settings_for(sandbox), HttpSettings(oauth=OAUTH)) as port:
        for path in ("/board", "/board/login", "/board/mcp"):
            assert ask(port, page(path))[0] == 401
    with served(
        settings_for(sandbox), HttpSettings(accounts_file=accounts_file, oauth=OAUTH)
    ) as port:
        assert ask(port, message(Cookie=session(port, ALICE)))[0] == 200
        assert ask(port, login("eyJhbGciOiJub25lIn0.e30."))[0] == 401


def test_a_form_that_waits_for_100_continue_is_answered(port: int) -> None:
    with Peer(port) as peer:
        sent = login(ALICE, Expect="100-continue")
        head, _, body = sent.partition(b"\r\n\r\n")
        assert peer.send(head + b"\r\n\r\n").status() == 100
        assert peer.send(body).status() == 303


def test_the_board_can_be_turned_off(sandbox: Sandbox, accounts_file: str) -> None:
    http = HttpSettings(accounts_file=accounts_file, board=BoardSettings(is_on=False))
    with served(settings_for(sandbox), http) as port:
        for sent in (page(), login(ALICE), message()):
            assert ask(port, sent)[0] in (401, 403)
        token = f"Bearer {ALICE}"
        for path in ("/board", "/board/mcp", "/board/login"):
            assert ask(port, request(path=path, Authorization=token))[0] == 404
        assert ask(port, call({}, Authorization=token))[0] == 200
