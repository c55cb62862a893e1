"""Secrets and personal data of a vendor never reach an answer, an error, a log or a repr."""

import contextlib
import io
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import httpx
import pytest

from sandbox.serving import Sandbox
from server import logs
from server.dispatcher import Dispatcher
from server.settings import KEYS, Settings
from tests.conftest import NOW, settings_for
from tests.tools.mocked import mocked_dispatcher, reply
from tools.arguments import Arguments
from tools.catalogue import load_tools
from tools.connection import Connection
from tools.limits import Limits
from tools.rootly.incident import FIELD_NAMES
from tools.rootly.relations import RELATIONS
from tools.tool import Tool

pytestmark = pytest.mark.anyio

KEY = 'rootly_CANARY-key"8f14e45fceea167a5a36dedd4bea2543'
PERSON = "jane.doe+CANARY@customer.example"
INCIDENT = "01KAM4V5QW8XY2ZB3CD6EF7GH9"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the server logs at the debug level."""
    loggers = [logging.getLogger(name) for name in (None, "server", "tools", "sandbox")]
    levels = [logger.level for logger in loggers]
    root, handlers = loggers[0], [*loggers[0].handlers]
    root.handlers.clear()
    written = io.StringIO()
    with contextlib.redirect_stderr(written):
        logs.configure("debug", [KEY])
    [ours] = root.handlers
    yield written
    root.removeHandler(ours)
    root.handlers[:0] = handlers
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def settings(sandbox: Sandbox, **options: str) -> Settings:
    return replace(
        settings_for(sandbox, **options),
        keys=dict.fromkeys(KEYS, KEY),
        limits=Limits(backoff_s=0.001, timeout_s=3, max_result_chars=10**7),
    )


QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("list_incidents", {}),
    ("list_incidents", {"view": "table"}),
    ("list_incidents", {"view": "full"}),
    ("list_incidents", {"view": "full", "include": [*RELATIONS]}),
    ("list_incidents", {"fields": [*FIELD_NAMES]}),
    ("list_incidents", {"fields": [*FIELD_NAMES], "include": [*RELATIONS], "page_size": 60}),
    (
        "list_incidents",
        {"view": "table", "include": ["roles", "subscribers", "slack_messages", "services"]},
    ),
    ("list_incidents", {"services": ["checkout-api"], "teams": ["payments"]}),
    ("list_incidents", {"group_by": ["services"], "created_at": {"gte": "-7d"}}),
    ("list_attachments", {"incident_id": INCIDENT}),
    ("list_attachments", {"resource_type": "github_pull_request", "external_id": "1"}),
]


@pytest.mark.parametrize(
    "options",
    [
        {"shape": "nested"},
        {"shape": "references", "severity": "flat", "labels": "pairs"},
        {"shape": "references", "severity": "string", "cursor": "off"},
    ],
    ids=str,
)
async def test_no_view_field_include_or_note_shows_anything_secret(
    sandbox: Sandbox, log: io.StringIO, options: dict[str, str]
) -> None:
    texts = []
    given = replace(
        settings(sandbox),
        urls={
            "rootly": sandbox.url("rootly", fault="canary", **options),
            "incident_io": sandbox.url("incident_io", fault="canary"),
        },
    )
    async with Dispatcher(given, clock=lambda: NOW) as dispatcher:
        for tool, question in QUESTIONS:
            result = await dispatcher.call(tool, question)
            assert not result.is_error, result.text
            texts += [result.text, json.dumps(result.structured)]
    assert len(sandbox.faults.planted) > 100
    assert_clean(*texts, log.getvalue())


def test_the_sandbox_plants_canaries_in_everything_that_must_stay_hidden(sandbox: Sandbox) -> None:
    url = f"{sandbox.url('rootly', fault='canary')}/v1/incidents"
    body = httpx.get(
        url, params={"page[size]": "100"}, headers={"Authorization": f"Bearer {KEY}"}
    ).text
    for name in ("zoom_meeting_password", "zoom_meeting_join_url", "email", "phone"):
        assert f'"{name}":"CANARY-' in body


@pytest.mark.parametrize(
    "fault",
    [
        "status:400",
        "status:401",
        "status:403",
        "status:404",
        "status:422",
        "status:500",
        "429:seconds:99",
        "html",
        "malformed",
        "reset",
        "truncated",
        "error-in-success",
        "redirect",
        "missing-rows",
        "wrong-types",
    ],
)
async def test_no_failure_shows_a_key(sandbox: Sandbox, log: io.StringIO, fault: str) -> None:
    texts = []
    async with Dispatcher(settings(sandbox, fault=fault), clock=lambda: NOW) as dispatcher:
        for tool, question in (
            ("list_incidents", {}),
            ("list_attachments", {"incident_id": INCIDENT}),
            ("list_incidents", {"a": KEY}),
        ):
            texts.append((await dispatcher.call(tool, question)).text)
    assert_clean(*texts[:2], log.getvalue())


ECHOES = {
    "rootly": [
        {
            "errors": [
                {
                    "title": "Bad",
                    "status": "400",
                    "detail": f"Authorization: Bearer {KEY} asked by {PERSON}",
                }
            ]
        },
        {"errors": [{"title": KEY, "code": KEY, "detail": f"<{PERSON}>"}]},
        {"error": f"rate limit of {KEY} ({PERSON}) is reached"},
        {
            "errors": [
                {
                    "title": f"{'x' * 195}{KEY}",
                    "detail": f"{KEY[:9]}\u200b{KEY[9:]} {'y' * 190}{PERSON}",
                }
            ]
        },
        {"errors": [{"title": "Bad", "source": {"pointer": f"/{KEY}", "parameter": PERSON}}]},
        {"errors": [{"title": f"mailto:{PERSON.replace('@', '%40')}"}]},
    ],
    "incident_io": [
        {
            "type": "validation_error",
            "status": 422,
            "request_id": "r",
            "errors": [{"code": "x", "message": f"{KEY} {PERSON}"}],
        },
        {
            "type": "x",
            "request_id": KEY,
            "errors": [{"message": "no", "source": {"field": PERSON}}],
        },
        {
            "type": "x",
            "request_id": PERSON,
            "errors": [{"message": "no", "metadata": {"scope": KEY}}],
        },
        {
            "type": "x",
            "request_id": f"req-{KEY}",
            "errors": [{"message": f"user {PERSON} may not"}],
            "debug": KEY,
        },
    ],
}


def echo(status: int, body: Any, _: httpx.Request) -> httpx.Response:
    return reply(status, body, {"X-Echo": KEY})


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 408, 409, 422, 429, 500, 503])
@pytest.mark.parametrize("tool", load_tools(), ids=lambda tool: tool.name)
async def test_an_error_that_echoes_a_key_or_an_address_is_quoted_without_it(
    log: io.StringIO, tool: Tool[Any], status: int
) -> None:
    is_rootly = tool.vendor.name == "rootly"
    question: dict[str, Any] = {} if is_rootly else {"incident_id": INCIDENT}
    for body in ECHOES[tool.vendor.name]:
        async with mocked_dispatcher(
            partial(echo, status, body), key=KEY, timeout_s=0.1
        ) as dispatcher:
            result = await dispatcher.call(tool.name, question)
        assert result.is_error
        assert_clean(result.text, log.getvalue())


async def test_a_bug_shows_no_key_in_the_answer_nor_in_the_log(log: io.StringIO) -> None:
    async def broken(question: Arguments, connection: Connection) -> Any:
        try:
            raise ValueError(f"Authorization: Bearer {connection.key}")
        except ValueError as error:
            raise RuntimeError(
                f"asked with {connection.http.headers['authorization']}, {connection!r}"
            ) from error

    async with Dispatcher(Settings(keys=dict.fromkeys(KEYS, KEY)), clock=lambda: NOW) as dispatcher:
        dispatcher.tools = {tool.name: replace(tool, run=broken) for tool in load_tools()}
        results = [
            await dispatcher.call("list_incidents", {}),
            await dispatcher.call("list_attachments", {"incident_id": INCIDENT}),
        ]
    for result in results:
        assert json.loads(result.text)["error"]["code"] == "internal"
        assert (
            json.loads(result.text)["error"]["message"].rpartition(" ")[2].strip(".")
            in log.getvalue()
        )
    assert "Traceback" in log.getvalue()
    assert "***" in log.getvalue()
    assert_clean(*(result.text for result in results), log.getvalue())


async def test_no_repr_shows_a_key(sandbox: Sandbox) -> None:
    given = settings(sandbox)
    seen: list[Connection] = []

    async def keep(question: Arguments, connection: Connection) -> Any:
        seen.append(connection)
        raise RuntimeError

    async with Dispatcher(given) as dispatcher:
        dispatcher.tools = {tool.name: replace(tool, run=keep) for tool in load_tools()}
        logging.disable()
        await dispatcher.call("list_incidents", {})
        logging.disable(logging.NOTSET)
        [connection] = seen
        reprs = [
            repr(thing)
            for thing in (
                given,
                dispatcher,
                dispatcher.tools,
                connection,
                connection.http,
                connection.http.headers,
            )
        ]
        reprs += [str(thing) for thing in (given, dispatcher, connection)]
    assert_clean(*reprs)


def assert_clean(*texts: str) -> None:
    for text in texts:
        at = max(
            text.find(sign)
            for sign in ("CANARY", KEY[-20:], KEY[:9], "jane.doe", "customer.example")
        )
        assert at < 0, text[max(0, at - 200) : at + 100]
