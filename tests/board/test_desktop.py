"""`incident-desk board` in a real browser: the person who opened it, and everybody else."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect

from tests.board.other_server import OtherServer, other_server
from tests.server.board_process import BoardProcess
from tests.server.http.served import Vendor

pytestmark = pytest.mark.slow

WORST = "Checkout 5xx in us-east-1"
HISTORY = "() => navigation.entries().map((entry) => entry.url)"


@pytest.fixture
def desktop() -> Iterator[BoardProcess]:
    """A board that nobody has opened yet."""
    with BoardProcess("--sandbox") as desktop:
        yield desktop


@pytest.fixture
def person(browser: Browser) -> Iterator[BrowserContext]:
    """The browser of the person who starts the board."""
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture
def page(person: BrowserContext) -> Page:
    return person.new_page()


@pytest.fixture(scope="module")
def opened(browser: Browser) -> Iterator[tuple[BoardProcess, BrowserContext]]:
    """A board, and the browser that it is open in."""
    with BoardProcess("--sandbox") as desktop:
        context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
        open_board(context.new_page(), desktop)
        yield desktop, context
        context.close()


@pytest.fixture
def open_desktop(opened: tuple[BoardProcess, BrowserContext]) -> BoardProcess:
    return opened[0]


@pytest.fixture
def open_page(opened: tuple[BoardProcess, BrowserContext]) -> Iterator[Page]:
    """Another page of the browser that the board is open in."""
    page = opened[1].new_page()
    yield page
    page.close()


@pytest.fixture
def neighbour() -> Iterator[OtherServer]:
    with other_server() as neighbour:
        yield neighbour


def url_of(desktop: BoardProcess) -> str:
    return f"http://{desktop.host}{desktop.page}"


def open_board(page: Page, desktop: BoardProcess) -> None:
    page.goto(desktop.address)
    expect(page.get_by_role("main")).to_contain_text(WORST)


def test_the_address_opens_the_board_and_no_token_stays_behind(
    page: Page, desktop: BoardProcess
) -> None:
    errors: list[object] = []
    origins: set[str] = set()
    page.on("pageerror", lambda error: errors.append(error))
    page.on("request", lambda request: origins.add(urlsplit(request.url).netloc))
    open_board(page, desktop)
    assert page.url == url_of(desktop)
    assert page.evaluate(HISTORY) == [url_of(desktop)]
    assert page.evaluate("() => document.cookie + document.referrer") == ""
    assert errors == []
    assert origins == {desktop.host}


def test_a_person_opens_an_incident_and_copies_a_question(
    open_page: Page, open_desktop: BoardProcess
) -> None:
    open_page.goto(url_of(open_desktop))
    open_page.get_by_role("button", name=WORST).click()
    expect(open_page.get_by_role("heading", name=WORST)).to_be_visible()
    expect(open_page.get_by_role("heading", name="Timeline")).to_be_visible()
    open_page.get_by_role("button", name="Copy a question").click()
    expect(open_page.locator(".news")).to_contain_text("Copied")
    copied = open_page.evaluate("() => navigator.clipboard.readText()")
    assert "4821" in copied
    assert WORST in copied
    open_page.keyboard.press("Escape")
    open_page.get_by_role("button", name="Trends").click()
    expect(open_page.get_by_role("table", include_hidden=True)).to_be_attached()
    open_page.keyboard.press("Escape")
    open_page.get_by_role("button", name="Refresh now").click()
    expect(open_page.get_by_role("main")).to_contain_text(WORST)


def test_closing_the_tab_ends_what_it_asks_the_vendor(page: Page) -> None:
    with Vendor() as vendor, BoardProcess(**vendor.environ) as desktop:
        page.goto(desktop.address)
        expect(page.get_by_role("main")).to_contain_text("Loading")
        vendor.request()
        page.close()
        assert vendor.was_left()


def test_two_boards_are_open_in_one_browser(person: BrowserContext, desktop: BoardProcess) -> None:
    with BoardProcess("--sandbox") as other:
        pages = [person.new_page(), person.new_page()]
        for page, board in zip(pages, (desktop, other), strict=True):
            open_board(page, board)
        for page in pages:
            page.reload()
            expect(page.get_by_role("main")).to_contain_text(WORST)


def test_a_board_that_has_ended_says_what_to_do_and_keeps_what_it_showed(
    page: Page, desktop: BoardProcess
) -> None:
    open_board(page, desktop)
    desktop.stop()
    page.get_by_role("button", name="Refresh now").click()
    expect(page.get_by_role("main")).to_contain_text("incident-desk board")
    expect(page.get_by_role("main")).to_contain_text(WORST)


def test_without_the_cookie_the_page_says_what_to_do(page: Page, desktop: BoardProcess) -> None:
    open_board(page, desktop)
    page.context.clear_cookies()
    page.get_by_role("button", name="Refresh now").click()
    expect(page.get_by_role("main")).to_contain_text("Start incident-desk board again")
    page.reload()
    expect(page.get_by_role("heading")).to_have_text("The board is not open in this browser")


def test_the_address_in_a_page_of_another_site_opens_the_board(
    page: Page, desktop: BoardProcess, neighbour: OtherServer
) -> None:
    """Such as a terminal in the browser. There, a strict cookie is not sent after a redirect."""
    neighbour.html = f'<a href="{desktop.address}">{desktop.address}</a>'
    page.goto(f"http://localhost:{neighbour.port}/")
    page.get_by_role("link").click()
    page.get_by_role("link", name="open the board").click()
    expect(page.get_by_role("main")).to_contain_text(WORST)


def test_no_other_server_of_this_machine_gets_the_cookie(
    open_page: Page, open_desktop: BoardProcess, neighbour: OtherServer
) -> None:
    open_page.goto(f"{neighbour.url}/board")
    open_page.goto(f"{neighbour.url}/board/mcp")
    assert {*neighbour.cookies} == {""}


CALLS = {
    "form": ("{method: 'POST', mode: 'no-cors', body: '{}'}", [403]),
    "json": ("{method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{}'}", []),
    "read": ("{mode: 'no-cors'}", [405]),
}
"""What it could send, and the statuses of the answers that come."""


@pytest.mark.parametrize("call", CALLS)
def test_a_page_of_another_server_cannot_call_even_if_it_knows_the_path(
    open_page: Page, open_desktop: BoardProcess, neighbour: OtherServer, call: str
) -> None:
    answers: list[Response] = []
    open_page.on("response", lambda answer: answers.append(answer))
    open_page.goto(f"{neighbour.url}/")
    options, statuses = CALLS[call]
    outcome = open_page.evaluate(
        f"(url) => fetch(url, {{credentials: 'include', ...{options}}})"
        ".then((answer) => answer.text(), () => 'failed')",
        f"{url_of(open_desktop)}/mcp",
    )
    assert outcome in ("", "failed")
    own = [answer for answer in answers if answer.url.startswith(url_of(open_desktop))]
    assert [answer.status for answer in own] == statuses


def test_a_page_of_another_server_cannot_show_the_board(
    open_page: Page, open_desktop: BoardProcess, neighbour: OtherServer
) -> None:
    neighbour.html = f'<iframe src="{url_of(open_desktop)}"></iframe>'
    open_page.goto(f"{neighbour.url}/")
    [_, frame] = open_page.frames
    assert frame.url == "chrome-error://chromewebdata/"


def test_the_second_browser_gets_nothing_and_the_first_one_loses_access(
    browser: Browser, page: Page, desktop: BoardProcess
) -> None:
    open_board(page, desktop)
    stranger = browser.new_context()
    second = stranger.new_page()
    second.goto(desktop.address)
    expect(second.get_by_role("heading")).to_have_text("The board is not open in this browser")
    stranger.close()
    page.get_by_role("button", name="Refresh now").click()
    expect(page.get_by_role("main")).to_contain_text("incident-desk board")
    assert desktop.wait()[0] == 1
