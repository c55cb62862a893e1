"""The board without a chat: the page calls our own HTTP server, which also serves it."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from tests.conftest import NOW

pytestmark = pytest.mark.slow

Answer = Callable[[Route], None]

BOARD = {
    "arguments": {"status": ["started"]},
    "answer": {
        "incidents": [{"sequential_id": 7, "title": "Checkout fails", "severity": "sev1"}],
        "as_of": "2026-11-22T02:00:00Z",
    },
    "tools": ["list_incidents"],
    "sandbox": False,
}
RESULT = {
    "content": [{"type": "text", "text": "One incident."}],
    "structuredContent": {"shown": "One incident."},
    "_meta": {"incident-desk/board": BOARD},
}


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.clock.set_fixed_time(NOW)
    yield page
    page.close()


@pytest.fixture
def answered(page: Page, desk: str) -> Callable[[Answer], Page]:
    """Opens the page of our server, whose calls are answered by the test."""

    def opened(answer: Answer) -> Page:
        page.route("**/board/mcp", answer)
        page.goto(desk.removesuffix("/mcp") + "/board")
        return page

    return opened


def message(route: Route, **members: Any) -> dict[str, Any]:
    """A JSON-RPC answer to the request."""
    return {"jsonrpc": "2.0", "id": (route.request.post_data_json or {})["id"], **members}


def test_the_page_calls_the_server_that_it_came_from(page: Page, desk: str) -> None:
    requests: list[Request] = []
    page.on("request", lambda request: requests.append(request))
    page.goto(desk.removesuffix("/mcp") + "/board")
    expect(page.get_by_role("main")).to_contain_text("Checkout 5xx in us-east-1")
    [_, call] = requests
    assert call.url == desk.removesuffix("/mcp") + "/board/mcp"
    assert call.headers["mcp-protocol-version"] == "2026-07-28"
    assert (call.headers["mcp-method"], call.headers["mcp-name"]) == ("tools/call", "show_board")


def test_an_answer_is_read_as_json(answered: Callable[[Answer], Page]) -> None:
    page = answered(lambda route: route.fulfill(json=message(route, result=RESULT)))
    expect(page.get_by_role("main")).to_contain_text("Checkout fails")


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["unix", "windows"])
def test_an_answer_is_read_from_an_event_stream(
    answered: Callable[[Answer], Page], end: str
) -> None:
    def stream(route: Route) -> None:
        progress = {"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progress": 1}}
        events = [
            ": waiting",
            *(f"data: {json.dumps(event)}" for event in (progress, message(route, result=RESULT))),
        ]
        body = "".join(f"{event}{end}{end}" for event in events)
        route.fulfill(body=body, content_type="text/event-stream; charset=utf-8")

    page = answered(stream)
    expect(page.get_by_role("main")).to_contain_text("Checkout fails")


def test_a_session_that_is_over_is_told_in_the_words_of_the_server(
    answered: Callable[[Answer], Page],
) -> None:
    error = {"code": "unauthorized", "message": "Your session is over. Log in again."}
    page = answered(lambda route: route.fulfill(status=401, json={"error": error}))
    expect(page.get_by_role("main")).to_contain_text(error["message"])
    with page.expect_request(lambda request: request.is_navigation_request()) as reload:
        page.get_by_role("link", name=re.compile("log in|reload", re.IGNORECASE)).click()
    assert reload.value.url == page.url


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_is_busy_is_asked_again_when_it_says(
    page: Page, answered: Callable[[Answer], Page], status: int
) -> None:
    page.clock.install(time=NOW)
    busy = {"error": {"code": "busy", "message": "Too many requests are running."}}
    attempts: list[Route] = []

    def second_time(route: Route) -> None:
        if "list_incidents" in (route.request.post_data or ""):
            attempts.append(route)
        if len(attempts) == 1:
            route.fulfill(status=status, headers={"Retry-After": "90"}, json=busy)
        else:
            route.fulfill(json=message(route, result=RESULT))

    answered(second_time)
    main = page.get_by_role("main")
    main.get_by_role("button", name="Refresh now").click()
    expect(main).to_contain_text("Too many requests are running.")
    page.clock.run_for(80_000)
    assert len(attempts) == 1
    with page.expect_request("**/board/mcp"):
        page.clock.run_for(10_000)


def test_a_person_can_try_again_after_a_failure(answered: Callable[[Answer], Page]) -> None:
    attempts: list[Route] = []

    def second_time(route: Route) -> None:
        attempts.append(route)
        if len(attempts) == 1:
            route.fulfill(status=503, body="")
        else:
            route.fulfill(json=message(route, result=RESULT))

    page = answered(second_time)
    expect(page.get_by_role("main")).to_contain_text("503")
    page.get_by_role("button", name="Retry").click()
    expect(page.get_by_role("main")).to_contain_text("Checkout fails")
    expect(page.get_by_text("503")).to_be_hidden()


@pytest.mark.parametrize(
    ("body", "status"), [("", 502), ("<html>", 200), ("[]", 200), ("{}", 404), ("null", 500)]
)
def test_an_answer_that_is_not_one_is_a_failure(
    answered: Callable[[Answer], Page], body: str, status: int
) -> None:
    page = answered(lambda route: route.fulfill(status=status, body=body))
    expect(page.get_by_role("main")).to_contain_text(str(status))


def test_a_server_that_is_gone_is_named(answered: Callable[[Answer], Page]) -> None:
    page = answered(lambda route: route.abort("connectionrefused"))
    expect(page.get_by_role("main")).to_contain_text("The server does not answer.")


def test_a_call_that_is_given_up_closes_its_request(
    page: Page, answered: Callable[[Answer], Page]
) -> None:
    failed: list[Request] = []
    page.on("requestfailed", lambda request: failed.append(request))
    page.clock.install(time=NOW)

    def first_only(route: Route) -> None:
        if "show_board" in (route.request.post_data or ""):
            route.fulfill(json=message(route, result=RESULT))

    answered(first_only)
    with page.expect_request("**/board/mcp"):
        page.get_by_role("button", name="Refresh now").click()
    page.clock.run_for(26_000)
    expect(page.get_by_role("main")).to_contain_text("Checkout fails")
    assert [request.failure for request in failed] == ["net::ERR_ABORTED"]
