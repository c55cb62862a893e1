"""When a request is sent again, when it is not, and which error a call ends with."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import anyio
import httpx
import pytest

from sandbox.faults.statuses import RETRY_AFTER
from sandbox.serving import Sandbox
from server.dispatcher import Dispatcher
from tests.conftest import NOW, settings_for
from tests.tools.mocked import Handler, mocked_dispatcher, reply
from tools.limits import Limits

pytestmark = pytest.mark.anyio

Form = Callable[[float], tuple[dict[str, str], dict[str, Any]]]
"""Headers and a body that ask to wait so many seconds, by our clock, in whole seconds."""


def http_date(seconds: float) -> str:
    return format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)


def reference_date(seconds: float) -> str:
    return f"{NOW + timedelta(seconds=seconds):%a, %d %b %Y %H:%M:%S} UTC"


def rfc3339(seconds: float) -> str:
    return f"{NOW + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"


def in_body(value: str) -> dict[str, Any]:
    return {
        "type": "too_many_requests",
        "errors": [{"code": "x", "message": "x"}],
        "rate_limit": {"retry_after": value},
    }


EPOCH = round(NOW.timestamp())
FORMS: dict[str, Form] = {
    "seconds": lambda s: ({"Retry-After": f"{s:g}"}, {}),
    "http date": lambda s: ({"Retry-After": http_date(s)}, {}),
    "the reference's date": lambda s: ({"Retry-After": reference_date(s)}, {}),
    "rfc 3339": lambda s: ({"Retry-After": rfc3339(s)}, {}),
    "epoch seconds": lambda s: (
        {"X-RateLimit-Reset": str(EPOCH + round(s)), "X-RateLimit-Limit": "60, 60;window=60"},
        {},
    ),
    "the reference's date in the body": lambda s: ({}, in_body(reference_date(s))),
    "rfc 3339 in the body": lambda s: ({}, in_body(rfc3339(s))),
    "a date of a clock that is ahead": lambda s: (
        {"Date": http_date(500), "Retry-After": http_date(500 + s)},
        {},
    ),
    "epoch seconds of a clock that is behind": lambda s: (
        {"Date": http_date(-500), "X-RateLimit-Reset": str(EPOCH - 500 + round(s))},
        {},
    ),
    "header and body, of which the header counts": lambda s: (
        {"Retry-After": f"{s:g}"},
        in_body(rfc3339(70_000)),
    ),
}


class Script:
    """Gives one answer after the other, then the last one again; counts the requests."""

    def __init__(self, *answers: Callable[[], httpx.Response]) -> None:
        self.answers: Sequence[Callable[[], httpx.Response]] = answers
        self.asked = 0

    def __call__(self, _: httpx.Request) -> httpx.Response:
        self.asked += 1
        return self.answers[min(self.asked, len(self.answers)) - 1]()


def status(
    code: int, headers: dict[str, str] | None = None, body: Any = None
) -> Callable[[], httpx.Response]:
    return lambda: reply(code, body or {}, headers)


def failing(error: Exception) -> Callable[[], httpx.Response]:
    def fail() -> httpx.Response:
        raise error

    return fail


async def ask(handler: Handler, **options: Any) -> dict[str, Any]:
    async with mocked_dispatcher(handler, **options) as dispatcher:
        answer: dict[str, Any] = json.loads((await dispatcher.call("list_incidents", {})).text)
        return answer


@pytest.mark.parametrize("form", FORMS)
async def test_a_wait_that_fits_is_waited_for(form: str) -> None:
    headers, body = FORMS[form](0)
    script = Script(status(429, headers, body), status(200, body={"data": []}))
    answer = await ask(script)
    assert answer["incidents"] == []
    assert script.asked == 2


@pytest.mark.parametrize("form", FORMS)
async def test_a_wait_that_does_not_fit_is_reported_at_once(form: str) -> None:
    headers, body = FORMS[form](99)
    script = Script(status(429, headers, body))
    error = (await ask(script))["error"]
    assert (error["code"], error["retryable"], error["retry_after_s"]) == ("rate_limited", True, 99)
    assert "in 99 s" in error["message"]
    assert script.asked == 1


async def test_fractions_of_a_second_are_waited_for_and_reported_rounded_up() -> None:
    script, began = (
        Script(status(429, {"Retry-After": "0.05"}), status(200, body={"data": []})),
        anyio.current_time(),
    )
    assert "incidents" in await ask(script)
    assert anyio.current_time() - began >= 0.05
    error = (await ask(Script(status(429, {"Retry-After": "98.2"}))))["error"]
    assert error["retry_after_s"] == 99


@pytest.mark.parametrize("value", ["-30", "0", http_date(-3_600)])
async def test_a_time_that_has_passed_means_the_usual_wait(value: str) -> None:
    script = Script(status(429, {"Retry-After": value}), status(200, body={"data": []}))
    assert "incidents" in await ask(script)
    # We wait as well. Otherwise such a vendor would get three requests at once.
    script = Script(status(429, {"Retry-After": value}))
    assert (await ask(script, backoff_s=1_000))["error"]["code"] == "rate_limited"
    assert script.asked == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Retry-After": "soon"},
        {"Retry-After": "99999999999"},
        {"Retry-After": "2999-01-01T00:00:00Z"},
        {"Retry-After": ""},
        {"X-RateLimit-Reset": "1000, 1000;window=3600"},
        {"X-RateLimit-Reset": "99999999999"},
    ],
    ids=str,
)
async def test_without_a_credible_time_our_own_wait_is_used(headers: dict[str, str]) -> None:
    script = Script(status(429, headers))
    error = (await ask(script))["error"]
    assert error["code"] == "rate_limited"
    assert "retry_after_s" not in error
    assert script.asked == 3


@pytest.mark.parametrize("tool", ["list_incidents", "list_attachments"])
@pytest.mark.parametrize("form", RETRY_AFTER)
async def test_each_form_of_the_sandbox_ends_as_rate_limited(
    sandbox: Sandbox, tool: str, form: str
) -> None:
    settings = replace(
        settings_for(sandbox, fault=f"429:{form}:99"), limits=Limits(timeout_s=5, backoff_s=0.001)
    )
    question = {} if tool == "list_incidents" else {"incident_id": "01KAM4V5QW8XY2ZB3CD6EF7GH9"}
    async with Dispatcher(settings) as dispatcher:
        error = json.loads((await dispatcher.call(tool, question)).text)["error"]
    assert error["code"] == "rate_limited"
    if form in ("none", "negative", "absurd", "garbage") or (
        tool == "list_incidents" and form.startswith("body")
    ):
        assert error.get("retry_after_s", 0) in (0, 98, 99)
    else:
        assert 95 <= error["retry_after_s"] <= 101  # Clocks are read to the second.


RETRIED = [408, 429, 500, 502, 503, 504]


@pytest.mark.parametrize("code", RETRIED)
async def test_a_passing_status_is_retried_at_most_twice(code: int) -> None:
    script = Script(status(code), status(code), status(200, body={"data": []}))
    assert "incidents" in await ask(script)
    assert script.asked == 3
    script = Script(status(code))
    assert (await ask(script))["error"]["retryable"] is True
    assert script.asked == 3


@pytest.mark.parametrize(
    "code",
    [
        code
        for code in (
            201,
            204,
            301,
            302,
            304,
            *range(400, 420),
            422,
            423,
            424,
            426,
            431,
            451,
            501,
            505,
            507,
            511,
        )
        if code not in RETRIED
    ],
)
async def test_no_other_status_is_retried(code: int) -> None:
    script = Script(status(code, {"Retry-After": "0", "Location": "/elsewhere"}))
    assert "error" in await ask(script)
    assert script.asked == 1


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("slow"),
        httpx.ReadError("reset"),
        httpx.WriteError("reset"),
        httpx.RemoteProtocolError("closed early"),
        httpx.ProxyError("no"),
        httpx.PoolTimeout("none free"),
        ConnectionResetError("reset"),
    ],
    ids=repr,
)
async def test_a_connection_failure_is_retried(error: Exception) -> None:
    script = Script(failing(error), failing(error), status(200, body={"data": []}))
    assert "incidents" in await ask(script)
    script = Script(failing(error))
    assert (await ask(script))["error"]["code"] == "unavailable"
    assert script.asked == 3


@pytest.mark.parametrize(
    "body", [[], {}, {"data": 17}, {"errors": [{"title": "x"}]}, "text"], ids=str
)
async def test_an_answer_of_another_form_is_not_requested_again(body: Any) -> None:
    script = Script(lambda: reply(200, body))
    assert (await ask(script))["error"]["code"] == "unexpected_response"
    assert script.asked == 1


async def test_the_last_of_several_failures_is_reported() -> None:
    script = Script(status(503), status(401))
    assert (await ask(script))["error"]["code"] == "unauthorized"
    assert script.asked == 2


@pytest.mark.parametrize("first", [status(503), status(429), failing(httpx.ReadError("reset"))])
async def test_there_is_no_retry_without_enough_time_for_it(
    first: Callable[[], httpx.Response],
) -> None:
    # At least half of the backoff is waited, and a fifth of the time must be left after it.
    script = Script(first, status(200, body={"data": []}))
    error = (await ask(script, timeout_s=1, backoff_s=1.7))["error"]
    assert error["code"] in ("unavailable", "rate_limited")
    assert script.asked == 1


async def test_a_wait_that_leaves_too_little_time_does_not_fit() -> None:
    script = Script(status(429, {"Retry-After": "0.9"}))
    error = (await ask(script, timeout_s=1))["error"]
    assert (error["code"], error["retry_after_s"]) == ("rate_limited", 1)
    assert script.asked == 1


async def test_one_deadline_holds_for_all_requests_of_a_call() -> None:
    asked = 0

    async def hang_later(_: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        if asked < 3:
            return reply(503)
        await anyio.sleep_forever()
        raise AssertionError

    with anyio.fail_after(5):
        error = (await ask(hang_later, timeout_s=0.2))["error"]
    assert (error["code"], asked) == ("timeout", 3)


@pytest.mark.parametrize(
    ("tool", "question"),
    [
        ("list_incidents", {}),
        ("list_attachments", {"incident_id": "01KAM4V5QW8XY2ZB3CD6EF7GH9"}),
    ],
)
async def test_both_vendors_are_retried_alike(tool: str, question: dict[str, str]) -> None:
    script = Script(status(502), status(200, body={"data": [], "incident_attachments": []}))
    async with mocked_dispatcher(script) as dispatcher:
        assert not (await dispatcher.call(tool, question)).is_error
    assert script.asked == 2
