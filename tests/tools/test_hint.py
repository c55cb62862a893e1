"""The hint of an empty answer, which never delays or fails the answer."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import anyio
import httpx
import pytest
from mcp import Client

from evals import truth
from sandbox.serving import Sandbox, serve_store
from sandbox.store import Store
from server.dispatcher import Dispatcher
from tests.conftest import NOW, settings_for
from tests.tools.conftest import Sent, ask
from tools.connection import Connection, connect
from tools.limits import Limits
from tools.rootly import ROOTLY
from tools.rootly.continuation import Continuation
from tools.rootly.hint import MAX_MISTAKEN, MAX_QUESTIONS
from tools.rootly.list_arguments import ListIncidents
from tools.rootly.position import Offset

pytestmark = pytest.mark.anyio

Handler = Callable[[httpx.Request], Any]
WEEK = "created_at >= '2026-11-15T02:00:00.000Z'"
CHECKOUT, SEV0 = truth.having("services", "checkout-api"), truth.having("severity", "sev0")


async def hint(dispatcher: Dispatcher, **arguments: Any) -> Any:
    """The hint of an empty answer, without its text."""
    answer = json.loads((await dispatcher.call("list_incidents", arguments)).text)
    assert (answer["incidents"], answer["total"]) == ([], 0)
    return facts(answer.get("hint"))


def facts(hint: dict[str, Any] | None) -> dict[str, Any] | None:
    """What a hint has beside its text, which names all of that."""
    if hint is None:
        return None
    text, *others = hint
    assert text == "text"
    assert hint["text"].startswith("Nothing matches. See ")
    assert all(f"{name} for" in hint["text"] or f"{name} and" in hint["text"] for name in others)
    return {name: hint[name] for name in others}


async def test_it_counts_the_matches_without_each_filter(sandbox: Sandbox, agent: Client) -> None:
    arguments = {"severity": "sev0", "services": "checkout-api", "created_at": {"gte": "-7d"}}
    result = await agent.call_tool("list_incidents", arguments)
    assert result.structured_content
    assert result.structured_content["incidents"] == []
    assert facts(result.structured_content["hint"]) == {
        "without": {
            "severity": truth.count(sandbox.store, f"{WEEK} AND {CHECKOUT}"),
            "services": truth.count(sandbox.store, f"{WEEK} AND {SEV0}"),
            "created_at": truth.count(sandbox.store, f"{CHECKOUT} AND {SEV0}"),
        }
    }


async def test_exclusions_and_ranges_have_names_of_their_own(
    sandbox: Sandbox, dispatcher: Dispatcher
) -> None:
    hints = await hint(
        dispatcher,
        severity="sev1",
        exclude={"severity": "sev1", "kind": ["test"]},
        resolved_at={"gte": "2026-11-01", "lt": "2026-11-15"},
    )
    resolved, sev1 = (
        "resolved_at >= '2026-11-01' AND resolved_at < '2026-11-15'",
        truth.having("severity", "sev1"),
    )
    assert hints == {
        "without": {
            "severity": truth.count(sandbox.store, f"{resolved} AND kind <> 'test' AND NOT {sev1}"),
            "exclude.severity": truth.count(
                sandbox.store, f"{resolved} AND kind <> 'test' AND {sev1}"
            ),
            "exclude.kind": 0,
            "resolved_at": 0,
        }
    }


async def test_without_the_only_filter_all_incidents_match(
    sandbox: Sandbox, dispatcher: Dispatcher
) -> None:
    assert await hint(dispatcher, search="no such words") == {
        "without": {"search": truth.count(sandbox.store, "1")}
    }


@pytest.mark.parametrize(
    ("name", "given", "near"),
    [
        ("services", "checkout", ["checkout-api", "checkout-web"]),
        ("services", "chekout-api", ["checkout-api", "checkout-web"]),
        ("services", "Checkout API", ["checkout-api"]),
        ("services", "payments_gateway", ["payments-gateway"]),
        ("services", ["postgres", "ingres"], ["postgres-main", "ingress"]),
        ("severity", "SEV-1", ["sev1"]),
        ("severity", "sev 2", ["sev2"]),
        ("environments", "prod", ["production"]),
        ("environments", "Production", ["production"]),
        ("teams", "payment", ["payments"]),
        ("types", "customer", ["customer-facing"]),
        ("functionalities", "refund", ["refunds"]),
        ("cause", "deploy", ["bad-deploy"]),
        ("service_names", "checkout-api", ["Checkout API"]),
        ("team_names", "data platform", ["Data Platform"]),
        ("functionality_names", "Sign-in", ["Sign in"]),
    ],
)
async def test_it_has_the_most_similar_names_that_exist(
    dispatcher: Dispatcher, name: str, given: object, near: list[str]
) -> None:
    hints = await hint(dispatcher, **{name: given})
    assert {*hints} == {"without", name}
    assert hints[name][: len(near)] == near
    assert len(hints[name]) <= 5
    # And some incidents have them.
    assert (
        json.loads(
            (await dispatcher.call("list_incidents", {name: hints[name], "page_size": 1})).text
        )["total"]
        > 0
    )


async def test_a_name_that_resembles_no_other_has_no_similar_names(dispatcher: Dispatcher) -> None:
    assert {*await hint(dispatcher, services="zzzzzzzz")} == {"without"}


async def test_a_name_that_exists_is_not_a_mistake(dispatcher: Dispatcher) -> None:
    hints = await hint(
        dispatcher, services=["checkout-api"], severity=["sev0"], created_at={"gte": "-7d"}
    )
    assert {*hints} == {"without"}


@pytest.fixture
def grown() -> Iterator[Sandbox]:
    """A world with 120 recent incidents of one severity and service, and an older one of others."""
    newest = [
        {"severity": ["sev2"], "services": ["checkout-web"], "created_at": NOW} for _ in range(120)
    ]
    older = {
        "severity": ["sev1"],
        "services": ["checkout-api"],
        "created_at": NOW - timedelta(days=90),
    }
    with serve_store(Store.containing([older, *newest], NOW)) as running:
        yield running


@pytest.mark.parametrize(
    ("arguments", "near"),
    [
        ({"severity": "sev1", "status": "closed"}, {}),
        ({"severity": "sev3", "status": "closed"}, {"severity": ["sev2"]}),
        ({"severity": ["sev1", "sev3"], "status": "closed"}, {"severity": ["sev2"]}),
        ({"services": "checkout-api", "severity": "sev2"}, {}),
        ({"services": "checkout-app", "severity": "sev1"}, {"services": ["checkout-web"]}),
        ({"service_names": "Checkout API", "status": "closed"}, {}),
        (
            {"service_names": "Checkout APP", "status": "closed"},
            {"service_names": ["Checkout Web"]},
        ),
        ({"services": "checkout-api", "exclude": {"severity": "sev1"}}, {}),
        ({"services": "checkout-api", "created_at": {"gte": "-7d"}}, {}),
    ],
    ids=str,
)
async def test_other_names_are_not_offered_for_one_that_exists(
    grown: Sandbox, arguments: dict[str, Any], near: dict[str, list[str]]
) -> None:
    async with Dispatcher(settings_for(grown), clock=lambda: NOW) as dispatcher:
        hints = await hint(dispatcher, **arguments)
    del hints["without"]
    assert hints == near


async def test_names_are_in_the_order_of_the_question_whatever_is_answered_first() -> None:
    later_is_answered = anyio.Event()

    async def turned(request: httpx.Request) -> httpx.Response:
        parameters = request.url.params
        severity = parameters.get("filter[severity]")
        if severity == "first-1":
            await later_is_answered.wait()
        if severity == "second-1":
            later_is_answered.set()
        if severity or "filter[services]" in parameters:
            return replied({"data": [], "meta": {"total_count": 0, "next_page": None}})
        rows = [
            {"id": slug, "type": "incidents", "attributes": {"severity": slug}}
            for slug in ("second", "first")
        ]
        return replied({"data": rows, "meta": {"total_count": 2, "next_page": None}})

    question = {"severity": ["first-1", "second-1"], "services": "checkout"}
    with anyio.fail_after(2):
        answer = await ask(answering(lambda request: turned(request)), question)
    assert answer.more["hint"]["severity"] == ["first", "second"]


async def test_nothing_is_offered_if_it_is_not_known_whether_the_name_exists(
    grown: Sandbox,
) -> None:
    async with Dispatcher(settings_for(grown, slugs="name"), clock=lambda: NOW) as dispatcher:
        hints = await hint(dispatcher, services="checkout-api", status="closed")
    assert hints.keys() <= {"without"}


async def test_a_count_that_the_rows_do_not_prove_is_left_out(grown: Sandbox) -> None:
    async with Dispatcher(
        settings_for(grown, severity="null", ignore="private"), clock=lambda: NOW
    ) as dispatcher:
        answer = await hint(dispatcher, severity="sev2", private=False, status="closed")
    # Without the status it would be 120, if Rootly's rows showed their severity.
    assert "status" not in answer["without"]
    assert answer["without"]["severity"] == 0


async def test_names_are_found_in_either_shape(sandbox: Sandbox) -> None:
    async with Dispatcher(
        settings_for(sandbox, shape="references", severity="flat"), clock=lambda: NOW
    ) as dispatcher:
        hints = await hint(dispatcher, services="checkout", severity="sev-1")
    assert (hints["services"], hints["severity"]) == (["checkout-api", "checkout-web"], ["sev1"])


async def test_the_number_of_requests_is_bounded(sent: Sent) -> None:
    connection, urls = sent
    many = {
        name: ["x"]
        for name in (
            "types",
            "environments",
            "functionalities",
            "services",
            "teams",
            "cause",
            "labels",
            "severity",
        )
    }
    many["services"] = ["checkout", "payment", "post", "order", "fraud"]
    answer = await ask(
        connection,
        {**many, "search": "x", "exclude": {"status": "closed"}, "created_at": {"gte": "-7d"}},
    )
    assert not answer.rows
    # The question itself, the counts, the recent incidents, and a count for each unknown name.
    assert len(urls) == 1 + MAX_QUESTIONS + 1 + MAX_MISTAKEN
    assert len(answer.more["hint"]["without"]) == MAX_QUESTIONS


async def test_counting_asks_for_as_few_rows_as_prove_it_and_hardly_a_field(sent: Sent) -> None:
    connection, urls = sent
    await ask(connection, {"search": "no such words", "status": "closed"})
    assert [(url.params["page[size]"], url.params["fields[incidents]"]) for url in urls[1:]] == [
        ("10", "sequential_id,status"),
        ("1", "sequential_id"),
    ]
    del urls[:]
    await ask(
        connection,
        {"search": "no such words", "page_size": 100, "view": "full", "include": "roles"},
    )
    [_, count] = urls
    assert count.params["page[size]"] == "1"
    assert count.params["fields[incidents]"] == "sequential_id"
    assert "include" not in count.params


async def test_without_filters_there_is_no_hint(sandbox: Sandbox, sent: Sent) -> None:
    connection, urls = sent
    beyond = await ask(connection, {"page_number": 50})
    assert (beyond.rows, beyond.more, len(urls)) == ([], {}, 1)


async def test_an_answer_that_is_not_empty_has_no_hint(sent: Sent) -> None:
    connection, urls = sent
    answer = await ask(connection, {"services": ["checkout-api", "no-such-service"]})
    assert answer.rows
    assert "hint" not in answer.more
    assert len(urls) == 1


async def test_a_later_page_has_no_hint(sent: Sent) -> None:
    connection, urls = sent
    arguments = ListIncidents(services=["checkout-api"])
    question = arguments.list_request(NOW).fingerprint
    for paging in ({"page_number": 9}, {"after": str(Continuation.of(question, Offset(200)))}):
        answer = await ask(connection, {"services": "checkout-api", **paging})
        assert (answer.rows, answer.more) == ([], {})
    assert len(urls) == 2
    # Page number 1 is the first page, too.
    assert "hint" in (await ask(connection, {"services": "checkout", "page_number": 1})).more


async def test_a_refused_call_has_no_hint(dispatcher: Dispatcher) -> None:
    answer = json.loads((await dispatcher.call("list_incidents", {"services": ""})).text)
    assert {*answer} == {"error"}


def replied(document: object, status: int = 200, **headers: str) -> httpx.Response:
    # As a stream, since that is how answers are read.
    return httpx.Response(
        status, headers=headers, stream=httpx.ByteStream(json.dumps(document).encode())
    )


def answering(handler: Handler) -> Connection:
    """A connection that answers the first request with nothing; *handler* answers the others."""
    requests: list[httpx.Request] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        if len(requests) == 1:
            return replied({"data": [], "meta": {"total_count": 0, "next_page": None}})
        response = handler(request)
        return response if isinstance(response, httpx.Response) else await response

    limits = Limits(backoff_s=0.001)
    connection = connect(ROOTLY, "https://rootly.test", "key", limits=limits, clock=lambda: NOW)
    http = httpx.AsyncClient(base_url="https://rootly.test", transport=httpx.MockTransport(answer))
    return replace(connection, http=http)


FAILURES: dict[str, Handler] = {
    "a refusal": lambda _: replied({"errors": [{"title": "No"}]}, 403),
    "a failure": lambda _: replied({}, 503),
    "a rate limit": lambda _: replied({}, 429, **{"Retry-After": "90"}),
    "a text": lambda _: replied("Welcome"),
    "no count": lambda _: replied({"data": []}),
    "an odd count": lambda _: replied({"data": [], "meta": {"total_count": "many"}}),
    "a redirect": lambda _: replied({}, 302, Location="https://elsewhere.test"),
}


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_hint_that_fails_is_left_out_and_the_answer_stays(failure: str) -> None:
    with anyio.fail_after(10):
        answer = await ask(
            answering(FAILURES[failure]), {"services": "checkout", "severity": "sev0"}
        )
    assert (answer.rows, answer.total, answer.more) == ([], 0, {})


async def test_a_hint_that_is_slow_is_left_out_and_the_answer_stays() -> None:
    async def never(_: httpx.Request) -> httpx.Response:
        await anyio.sleep_forever()
        raise AssertionError

    with anyio.fail_after(1):
        answer = await ask(
            answering(lambda request: never(request)), {"services": "checkout", "severity": "sev0"}
        )
    assert (answer.rows, answer.total, answer.more) == ([], 0, {})


async def test_what_is_known_in_time_is_in_the_hint() -> None:
    async def partly(request: httpx.Request) -> httpx.Response:
        if "filter[services]" in request.url.params:
            await anyio.sleep_forever()
        return replied({"data": [], "meta": {"total_count": 12, "next_page": None}})

    with anyio.fail_after(1):
        answer = await ask(
            answering(lambda request: partly(request)), {"services": "checkout", "severity": "sev0"}
        )
    assert answer.more == {
        "hint": {
            "text": "Nothing matches. See without for how many match when one filter is left out.",
            "without": {"services": 12},
        }
    }


async def test_a_count_with_an_ignored_filter_is_left_out() -> None:
    def unheeded(request: httpx.Request) -> httpx.Response:
        row = {
            "id": "1",
            "type": "incidents",
            "attributes": {"sequential_id": 1, "status": "closed", "kind": "test"},
        }
        return replied({"data": [row], "meta": {"total_count": 400, "next_page": 2}})

    answer = await ask(answering(unheeded), {"status": "started", "kind": "normal"})
    assert answer.more == {}


async def test_hints_survive_a_vendor_that_fails_now_and_then(sandbox: Sandbox) -> None:
    settings = replace(
        settings_for(sandbox, fault="status:500", rate="0.3", seed="9"),
        limits=Limits(backoff_s=0.001),
    )
    async with Dispatcher(settings, clock=lambda: NOW) as dispatcher:
        answers = [
            json.loads(
                (
                    await dispatcher.call(
                        "list_incidents", {"services": "checkout", "severity": "sev0"}
                    )
                ).text
            )
            for _ in range(8)
        ]
    empty = [answer for answer in answers if "error" not in answer]
    assert len(empty) >= 4
    right = {"services": truth.count(sandbox.store, SEV0), "severity": 0}
    for answer in empty:
        assert answer["incidents"] == []
        without = answer.get("hint", {}).get("without", {})
        assert without == {name: right[name] for name in without}


async def test_names_that_people_typed_are_cleaned_or_left_out() -> None:
    def hostile(request: httpx.Request) -> httpx.Response:
        names = {"name": "Check\u202eout\u0007 API", "slug": "check\u0007out"}
        service = {"data": {"id": "1", "type": "services", "attributes": names}}
        row = {
            "id": "1",
            "type": "incidents",
            "attributes": {"services": {"data": [service["data"]]}},
        }
        return replied({"data": [row], "meta": {"total_count": 1, "next_page": None}})

    by_slug = await ask(answering(hostile), {"services": "checkout"})
    assert "services" not in by_slug.more.get("hint", {})
    by_name = await ask(answering(hostile), {"service_names": "checkout"})
    assert by_name.more["hint"]["service_names"] == ["Checkout API"]
