"""Rootly silently ignores filters that it does not know. An error or a note names them."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import product
from typing import Any

import anyio
import httpx
import pytest

from sandbox.serving import Sandbox, serve_store
from sandbox.store import Store
from server.dispatcher import Dispatcher
from tests.conftest import NOW, settings_for
from tests.slow import seeds, slow
from tests.tools import questions as random_questions
from tests.tools.conftest import Sent
from tests.tools.conftest import ask as ask_over
from tests.tools.mocked import mocked, reply
from tests.tools.questions import Plan
from tools.answer import Answer
from tools.connection import Connection
from tools.errors import UnexpectedResponse
from tools.rootly.exclude import Exclude
from tools.rootly.filters import FILTERS as VISIBLE_FILTERS

TIMES = (
    "created_at",
    "updated_at",
    "started_at",
    "detected_at",
    "acknowledged_at",
    "mitigated_at",
    "resolved_at",
    "closed_at",
    "in_triage_at",
)
EARLY, LATE = "2026-07-01T00:00:00Z", "2026-11-20T00:00:00Z"


def resource(type_: str, slug: str, column: str) -> str:
    """The id, or another column, of the resource with this slug."""
    store = Store.containing([], NOW)
    sql = f"SELECT {column} FROM resources WHERE type = ? AND slug = ?"
    value = store.value(sql, [type_, slug])
    store.close()
    return str(value)


# Values that few incidents have, and none of the newest ones.
FILTERS: dict[str, dict[str, Any]] = {
    "status": {"status": ["cancelled"]},
    "kind": {"kind": ["scheduled", "test"]},
    "private": {"private": True},
    "not private": {"private": False},
    "user_id": {"user_id": 109_680},
    "sequential_id": {"sequential_id": ["17"]},
    "slack_channel_id": {"slack_channel_id": "C0NOWHERE"},
    "labels": {"labels": ["tier:3"]},
    "severity": {"severity": ["sev0"]},
    "severity_id": {"severity_id": [resource("severities", "sev0", "id")]},
    "types": {"types": ["security"]},
    "type_ids": {"type_ids": [resource("incident_types", "security", "id")]},
    "environments": {"environments": ["staging"]},
    "environment_ids": {"environment_ids": [resource("environments", "staging", "id")]},
    "functionalities": {"functionalities": ["sign-in"]},
    "functionality_ids": {"functionality_ids": [resource("functionalities", "sign-in", "id")]},
    "functionality_names": {"functionality_names": ["Sign in"]},
    "services": {"services": ["search"]},
    "service_ids": {"service_ids": [resource("services", "fraud-scorer", "id")]},
    "service_names": {"service_names": ["Fraud Scorer"]},
    "teams": {"teams": ["data-platform"]},
    "team_ids": {"team_ids": [resource("groups", "data-platform", "id")]},
    "team_names": {"team_names": ["Data Platform"]},
    "cause": {"cause": ["expired-certificate"]},
    "cause_ids": {"cause_ids": [resource("causes", "expired-certificate", "id")]},
    "custom_field_selected_option_ids": {"custom_field_selected_option_ids": ["4107"]},
    **{
        f"{name} {op}": {name: {op: EARLY if "l" in op else LATE}}
        for name, op in product(TIMES, ("gt", "gte", "lt", "lte"))
    },
}
SEVERITIES = ("nested", "flat", "string", "null", "absent")
SHAPES = [
    {"shape": shape, "severity": form}
    for shape, form in product(("nested", "references"), SEVERITIES)
]
DOUBTS = (
    "gave no clear answer when asked whether it applies",
    "but its answer shows other values",
    "does not show that incidents match",
    "compares times less exactly",
)


def doubts(answer: Mapping[str, Any]) -> list[str]:
    """The notes of what the rows could not prove."""
    return [note for note in answer.get("notes", []) if any(doubt in note for doubt in DOUBTS)]


@pytest.fixture(scope="module")
def drawn() -> Iterator[Sandbox]:
    with serve_store(Store.containing([], NOW)) as running:
        yield running


def ask(sandbox: Sandbox, questions: list[dict[str, Any]], **options: str) -> list[dict[str, Any]]:
    async def one_by_one() -> list[dict[str, Any]]:
        async with Dispatcher(settings_for(sandbox, **options), clock=lambda: NOW) as dispatcher:
            return [
                json.loads((await dispatcher.call("list_incidents", question)).text)
                for question in questions
            ]

    return anyio.run(one_by_one)


@pytest.mark.parametrize(
    ("options", "size"),
    [
        *((options, 30) for options in SHAPES),
        ({"shape": "nested"}, 1),
        ({"shape": "references"}, 1),
    ],
    ids=str,
)
def test_an_ignored_filter_is_named(sandbox: Sandbox, options: dict[str, str], size: int) -> None:
    # A single row can prove only some filters: none of the newest incidents is private.
    filters = {
        name: question for name, question in FILTERS.items() if size > 1 or name != "not private"
    }
    sorts = {
        name: "created_at" if size == 1 and " g" in name else "-created_at" for name in filters
    }
    sent = [
        {**question, "page_size": size, "fields": ["title"], "sort": sorts[name]}
        for name, question in filters.items()
    ]
    answers = ask(sandbox, sent, **options, fault="ignore-filters")
    for name, answer in zip(filters, answers, strict=True):
        assert answer.get("error", {}).get("code") == "unexpected_response", (name, answer)
        argument = name.removeprefix("not ").partition(" ")[0]
        assert f"ignored the filter {argument}:" in answer["error"]["message"]


def excluded(sandbox: Sandbox) -> Iterator[dict[str, Any]]:
    """A question for each filter of exclude, with values that some of the newest incidents have."""
    number = sandbox.store.value(
        "SELECT sequential_id FROM incidents"
        " WHERE status = 'resolved' AND kind = 'normal' AND labels LIKE '{%:%}'"
        " AND sequential_id IN (SELECT sequential_id FROM links WHERE relation = 'causes')"
        " AND sequential_id IN (SELECT sequential_id FROM links WHERE relation = 'functionalities')"
        " AND sequential_id IN (SELECT sequential_id FROM links WHERE relation = 'groups')"
        " AND sequential_id IN (SELECT sequential_id FROM links WHERE relation = 'services')"
        " ORDER BY created_at DESC LIMIT 1"
    )

    def has(relation: str, column: str) -> list[str]:
        sql = (
            f"SELECT {column} FROM links JOIN resources USING (key)"
            " WHERE sequential_id = ? AND relation = ?"
        )
        return [str(row[0]) for row in sandbox.store.rows(sql, [number, relation])]

    yield {"exclude": {"status": ["resolved"]}}
    yield {"exclude": {"kind": ["normal"]}}
    yield {"exclude": {"private": False}}
    yield {"exclude": {"sequential_id": [str(number)]}}
    yield {"exclude": {"user_id": int(has("user", "id")[0])}}
    labels = json.loads(
        sandbox.store.value("SELECT labels FROM incidents WHERE sequential_id = ?", [number])
    )
    yield {"exclude": {"labels": [*labels]}}
    for relation, names in RELATED.items():
        for column, name in names.items():
            yield {"exclude": {name: has(relation, column)}}


RELATED = {
    "severity": {"slug": "severity", "id": "severity_id"},
    "services": {"slug": "services", "id": "service_ids", "name": "service_names"},
    "groups": {"slug": "teams", "id": "team_ids", "name": "team_names"},
    "functionalities": {
        "slug": "functionalities",
        "id": "functionality_ids",
        "name": "functionality_names",
    },
    "environments": {"slug": "environments", "id": "environment_ids"},
    "incident_types": {"slug": "types", "id": "type_ids"},
    "causes": {"slug": "causes", "id": "cause_ids"},
}


@pytest.mark.parametrize(
    "options", [{}, {"shape": "nested"}, {"severity": "string"}, {"severity": "flat"}], ids=str
)
def test_every_ignored_exclusion_is_named(sandbox: Sandbox, options: dict[str, str]) -> None:
    exclusions = [*excluded(sandbox)]
    names = {name for question in exclusions for name in question["exclude"]}
    assert names == {*Exclude.model_fields}
    answers = ask(
        sandbox,
        [{**question, "page_size": 100, "fields": ["title"]} for question in exclusions],
        **options,
        ignore="not_in",
    )
    for question, answer in zip(exclusions, answers, strict=True):
        [name] = question["exclude"]
        if name == "severity_id" and options.get("severity") == "string":
            # No row shows an id, and rows with this severity may come because of the other filter.
            [doubt] = doubts(answer)
            assert "whether it applies these filters: exclude.severity_id" in doubt
            continue
        assert f"ignored the filter exclude.{name}:" in answer.get("error", {}).get(
            "message", ""
        ), (question, answer)


def test_one_ignored_filter_among_others_is_named(sandbox: Sandbox) -> None:
    # Every incident matches the bound on created_at.
    wide = {
        "created_at": {"lte": "now"},
        "private": False,
        "sort": ["created_at"],
        "fields": ["id"],
    }
    [answer] = ask(
        sandbox, [{**wide, "services": ["search"], "page_size": 5}], fault="ignore-filters"
    )
    assert "services" in answer["error"]["message"] or "private" in answer["error"]["message"]


def combinations(sandbox: Sandbox) -> Iterator[dict[str, Any]]:
    """Questions that some of the sandbox's incidents match."""

    def some(relation: str, column: str = "slug") -> list[str]:
        sql = (
            f"SELECT DISTINCT {column} FROM links JOIN resources USING (key)"
            f" WHERE relation = ? AND {column} <> '' ORDER BY 1"
        )
        return [row[0] for row in sandbox.store.rows(sql, [relation])]

    lists: dict[str, list[Any]] = {
        "status": [
            ["started", "mitigated"],
            ["resolved"],
            ["completed", "scheduled"],
            ["cancelled"],
        ],
        "kind": [["normal"], ["scheduled"]],
        "severity": [[slug] for slug in some("severity")[:2]] + [some("severity")],
        "services": [[slug] for slug in some("services")[:4]] + [[some("services")[0].upper()]],
        "teams": [[slug] for slug in some("groups")[:2]],
        "environments": [[slug] for slug in some("environments")],
        "types": [[slug] for slug in some("incident_types")[:2]],
        "functionalities": [[slug] for slug in some("functionalities")[:2]],
        "cause": [[slug] for slug in some("causes")[:2]],
        "private": [True, False],
    }
    singles = [{name: value} for name, values in lists.items() for value in values]
    yield from singles
    yield from (
        {**one, **other} for one, other in zip(singles, singles[5:] + singles[:5], strict=True)
    )
    at = sandbox.store.rows(
        "SELECT started_at, resolved_at, created_at, updated_at FROM incidents"
        " WHERE resolved_at <> '' LIMIT 3"
    )
    for row in at:
        for name, op in product(
            ("started_at", "resolved_at", "created_at", "updated_at"), ("gt", "gte", "lt", "lte")
        ):
            yield {name: {op: row[name]}}
    for name in TIMES:
        yield {name: {"gte": EARLY, "lt": LATE}, "status": ["resolved", "closed"]}


@pytest.mark.parametrize(
    "options",
    [
        {},
        SHAPES[0],
        *slow([SHAPES[1], {"shape": "nested", "attributes": "all"}, {"stored": "us"}]),
    ],
    ids=str,
)
def test_applied_filters_give_neither_an_error_nor_a_note(
    sandbox: Sandbox, options: dict[str, str]
) -> None:
    questions = [*combinations(sandbox), *FILTERS.values(), *excluded(sandbox)]
    answers = ask(sandbox, [{**question, "page_size": 12} for question in questions], **options)
    for question, answer in zip(questions, answers, strict=True):
        assert "incidents" in answer, (question, answer)
        assert not doubts(answer), (question, answer)
    assert sum(bool(answer["incidents"]) for answer in answers) > len(answers) / 2


@pytest.mark.parametrize(
    ("options", "question", "note"),
    [
        ({"slugs": "renamed"}, {"services": "checkout-api"}, "shows other values: services"),
        ({"slugs": "renamed"}, {"severity": "sev1"}, "shows other values: severity"),
        ({"slugs": "renamed"}, {"exclude": {"severity": "sev1"}}, None),
        ({"slugs": "name"}, {"teams": "payments"}, None),
        ({"slugs": "name"}, {"services": "checkout-api"}, "shows other values: services"),
        ({"slugs": "id"}, {"types": "customer-facing"}, "shows other values: types"),
        ({"slugs": "id"}, {"exclude": {"types": "customer-facing"}}, None),
        ({"relations": "links"}, {"services": "checkout-api"}, "match these filters: services"),
        (
            {"relations": "null"},
            {"service_names": "Checkout API"},
            "match these filters: service_names",
        ),
        (
            {"relations": "null", "shape": "nested"},
            {"environments": "production"},
            "match these filters: environments",
        ),
        ({"relations": "absent"}, {"cause": "bad-deploy"}, "match these filters: cause"),
        ({"relations": "absent"}, {"exclude": {"causes": "bad-deploy"}}, None),
        ({"relations": "dangling"}, {"teams": "payments"}, "match these filters: teams"),
        ({"relations": "dangling"}, {"team_ids": [resource("groups", "payments", "id")]}, None),
        ({"severity": "null"}, {"severity": "sev1"}, "match these filters: severity"),
        ({"severity": "absent"}, {"severity": "sev1"}, "match these filters: severity"),
        ({"severity": "string"}, {"severity": "sev1"}, None),
        ({"severity": "string", "slugs": "name"}, {"severity": "sev1"}, None),
        (
            {"severity": "string"},
            {"severity_id": [resource("severities", "sev1", "id")]},
            "match these filters: severity_id",
        ),
        ({"severity": "null"}, {"exclude": {"severity": "sev1"}}, None),
        ({"labels": "pairs"}, {"labels": "region:us-east-1"}, None),
        ({"labels": "pairs"}, {"labels": ["region", "tier"]}, None),
        ({"labels": "pairs"}, {"labels": "us-east-1"}, None),
        ({"labels": "null"}, {"labels": "us-east-1"}, "match these filters: labels"),
        ({"kind_filter": "with_sub"}, {"kind": "normal"}, None),
        ({"kind_filter": "with_sub"}, {"exclude": {"kind": "normal"}}, None),
        (
            {"shown": "minute"},
            {"created_at": {"gte": "2026-11-20T10:00:30Z", "lt": "2026-11-21T10:00:30Z"}},
            None,
        ),
        ({"shown": "s"}, {"updated_at": {"gt": "2026-11-20T10:00:30.5Z"}}, None),
        ({}, {"custom_field_selected_option_ids": "4102"}, None),
    ],
    ids=str,
)
def test_a_value_that_rows_do_not_show_is_not_an_error(
    sandbox: Sandbox, options: dict[str, str], question: dict[str, Any], note: str | None
) -> None:
    [answer] = ask(sandbox, [{**question, "fields": ["title"]}], **options)
    assert answer["incidents"]
    if note is None:
        assert not doubts(answer)
    else:
        [doubt] = doubts(answer)
        assert re.search(rf"{re.escape(note)} \(\d+\)", doubt)


@pytest.mark.parametrize("dial", ["slugs", "relations"])
def test_an_ignored_filter_is_an_error_even_if_no_row_shows_its_values(
    sandbox: Sandbox, dial: str
) -> None:
    options = {"slugs": {"slugs": "id"}, "relations": {"relations": "links"}}[dial]
    [answer] = ask(sandbox, [{"services": "checkout-api"}], **options, ignore="services")
    assert "ignored the filter services:" in answer["error"]["message"]


def test_times_that_are_compared_less_exactly_than_they_are_shown_are_noted() -> None:
    at = NOW - timedelta(hours=1)
    with serve_store(
        Store.containing([{"created_at": at}, {"created_at": at + timedelta(seconds=40)}], NOW)
    ) as sandbox:
        bounds = {"gte": (at + timedelta(seconds=20)).isoformat()}
        [answer] = ask(sandbox, [{"created_at": bounds}], compared="minute")
        assert len(answer["incidents"]) == 2
        assert doubts(answer) == [
            "Rootly compares times less exactly than asked: "
            "some incidents are up to a minute outside created_at (1)."
        ]
        [answer] = ask(
            sandbox,
            [{"created_at": {"gte": (at + timedelta(seconds=61)).isoformat()}}],
            ignore="created_at",
        )
        assert "ignored the filter created_at" in answer["error"]["message"]


@pytest.mark.anyio
async def test_only_what_the_filters_need_is_requested(sent: Sent) -> None:
    connection, urls = sent

    async def requested(question: dict[str, Any]) -> tuple[set[str], str | None]:
        del urls[:]
        await ask_over(connection, {**question, "fields": ["sequential_id"]})
        [url, *_] = urls
        fields = {*url.params["fields[incidents]"].split(",")} - {"sequential_id", "created_at"}
        return fields, url.params.get("include")

    assert await requested({}) == (set(), None)
    assert await requested({"search": "checkout"}) == (set(), None)
    assert await requested({"status": "resolved"}) == ({"status"}, None)
    assert await requested({"user_id": 109_673}) == ({"user"}, None)
    assert await requested({"exclude": {"labels": "tier"}}) == ({"labels"}, None)
    assert await requested({"services": "ingress"}) == ({"services"}, "services")
    assert await requested({"team_names": "Payments"}) == ({"groups"}, "groups")
    # A reference has the id.
    assert await requested({"service_ids": ["x"]}) == ({"services"}, None)
    assert await requested({"exclude": {"environment_ids": ["x"]}}) == ({"environments"}, None)
    assert await requested({"custom_field_selected_option_ids": "4102"}) == (set(), None)


@pytest.mark.anyio
async def test_one_row_is_verified_by_some_more(sent: Sent) -> None:
    connection, urls = sent
    answer = await ask_over(connection, {"status": "resolved", "page_size": 1})
    assert (len(answer.rows), urls[-1].params["page[size]"]) == (1, "10")
    await ask_over(connection, {"page_size": 1})
    assert urls[-1].params["page[size]"] == "2"


def test_the_bounds_of_a_continuation_are_verified_too(sandbox: Sandbox) -> None:
    wide = {"created_at": {"lte": "2026-11-30T00:00:00Z"}, "page_size": 5}
    [first] = ask(sandbox, [wide], cursor="off")
    [second] = ask(sandbox, [{**wide, **first["next"]}], cursor="off", fault="ignore-filters")
    assert "ignored the filter created_at" in second["error"]["message"]


@pytest.mark.parametrize(
    "question",
    [
        {"services": "ingress", "severity": "sev1"},
        {"services": "ingress", "created_at": {"gte": "-7d"}},
        {"labels": "team:payments", "severity": "sev1"},
    ],
    ids=str,
)
@pytest.mark.parametrize("how", [{"page_size": 100}, {"group_by": "kind"}], ids=str)
def test_incidents_that_match_only_one_of_two_filters_are_an_error(
    question: dict[str, Any], how: dict[str, Any]
) -> None:
    some = {"services": ["ingress"], "labels": {"team": "payments"}}
    others = {"services": ["search-api"], "severity": ["sev1"]}
    world = [
        {"created_at": NOW - timedelta(hours=n), **(some if n % 2 else others)} for n in range(60)
    ]
    with serve_store(Store.containing(world, NOW)) as sandbox:
        [answer] = ask(sandbox, [{**question, **how}], combined="any")
    assert "ignored the filter" in answer["error"]["message"]


@pytest.mark.parametrize("how", [{"page_size": 100}, {"group_by": "kind"}], ids=str)
def test_incidents_that_are_only_partly_excluded_are_noted(how: dict[str, Any]) -> None:
    world = [{"services": ["ingress", "search-api"]} for _ in range(3)] + [
        {"services": ["auth-service"]} for _ in range(20)
    ]
    question = {"exclude": {"services": "ingress"}, **how}
    with serve_store(Store.containing(world, NOW)) as sandbox:
        [ignored] = ask(sandbox, [question], ignore="not_in")
        [applied] = ask(sandbox, [question])
    note = (
        "Some incidents have an excluded value and another value: exclude.services (3). "
        "Rootly does not document which one decides."
    )
    assert note in ignored["notes"]
    assert "notes" not in applied


def test_bounds_that_counting_adds_are_not_reported_as_filters() -> None:
    minute = NOW.replace(second=0, microsecond=0) - timedelta(hours=9)
    crowd = [{"created_at": minute + timedelta(seconds=n * 0.5)} for n in range(101)]
    later = [{"created_at": minute + timedelta(minutes=n + 1)} for n in range(50)]
    with serve_store(Store.containing([*crowd, *later], NOW)) as sandbox:
        [answer] = ask(sandbox, [{"group_by": "kind"}], compared="minute")
    assert answer["covered"] == {"incidents": 151, "of": 151}
    assert "notes" not in answer


@pytest.mark.parametrize("group_by", [None, "kind"])
def test_each_doubtful_filter_is_probed_once_in_a_call(
    group_by: str | None,
) -> None:
    incidents = [
        {"services": ["ingress"], "severity": ["sev1"], "groups": ["payments"]} for _ in range(250)
    ]
    with serve_store(Store.containing(incidents, NOW)) as sandbox:
        question: dict[str, Any] = {
            "services": "ingress",
            "severity": "sev1",
            "status": "started",
            "exclude": {"teams": "mobile"},
        }
        how = {"group_by": group_by} if group_by else {"page_size": 100}
        [answer] = ask(
            sandbox, [{**question, **how}], relations="links", severity="null", slugs="renamed"
        )
        count = 250 if group_by else 100
        assert any(
            f"services ({count})" in doubt and f"severity ({count})" in doubt
            for doubt in doubts(answer)
        )
        probes = [
            request for _, request in sandbox.script.requests if is_probe(dict(request.query))
        ]
        # Two for each filter: alone, and with the other filters. One for the exclusion.
        assert len(probes) == 2 + 2 + 1


def is_probe(query: Mapping[str, str]) -> bool:
    """Whether a request only probes a filter."""
    has_both = {name.partition("]")[0] for name in query if "[not_in]" in name} & {
        name.partition("]")[0]
        for name in query
        if name.startswith("filter[") and "[not_in]" not in name
    }
    return bool(has_both or IMPOSSIBLE_VALUES & {*query.values()})


IMPOSSIBLE_VALUES = {filter_.impossible_value for filter_ in VISIBLE_FILTERS.values()} | {
    "9999-12-30T00:00:00Z"
}


UNVERIFIED = (
    "Rootly gave no clear answer when asked whether it applies these filters: services (26). "
    "Some incidents may not match."
)


@pytest.mark.parametrize("fault", ["status:403", "status:404", "error-in-success", "partial"])
def test_a_failed_probe_does_not_lose_the_answer(drawn: Sandbox, fault: str) -> None:
    drawn.load(Store.containing([{"services": ["checkout-api"]} for _ in range(30)], NOW))
    drawn.script.turn(2, fault=fault)
    [answer] = ask(drawn, [{"services": "checkout-api", "fields": ["title"]}], relations="links")
    assert len(answer["incidents"]) == 25
    assert doubts(answer) == [UNVERIFIED]


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_late_probe_does_not_lose_the_answer(sent: Sent) -> None:
    connection, _ = sent
    with anyio.CancelScope() as scope:

        async def late(request: httpx.Request) -> None:
            if "no-incident-has-this" in request.url.params.values():
                await anyio.sleep_forever()

        connection.http.event_hooks = {"request": [late]}
        scope.deadline = anyio.current_time() + 2
        answer = await ask_over(on_links(connection), {"services": "checkout-api"})
    assert len(answer.rows) == 25
    assert UNVERIFIED in answer.notes


def on_links(connection: Connection) -> Connection:
    """The connection to a sandbox whose relations are links."""
    connection.http.base_url = httpx.URL(
        f"{str(connection.http.base_url).rstrip('/')};relations=links"
    )
    return connection


async def answer_with(question: Mapping[str, Any], attributes: Mapping[str, Any]) -> Answer:
    """The answer of a vendor that applies filters, and has one incident with these attributes.

    No sandbox sends such attributes.
    """
    all_attributes = {"created_at": "2026-11-01T00:00:00Z", "title": "x", **attributes}
    row = {"id": "1", "type": "incidents", "attributes": all_attributes}

    def respond(request: httpx.Request) -> httpx.Response:
        rows = [] if is_probe(dict(request.url.params)) else [row]
        return reply(200, {"data": rows})

    async with mocked(respond) as connection:
        answer: Answer = await ask_over(connection, question)
        return answer


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("question", "attributes", "note"),
    [
        ({"services": ["search"]}, {}, "does not show"),
        ({"services": ["search"]}, {"services": 17}, "does not show"),
        ({"services": ["search"]}, {"services": ["Search API"]}, "other values"),
        ({"services": ["search"]}, {"services": ["search"]}, None),
        ({"services": ["search"]}, {"services": []}, "other values"),
        (
            {"services": ["search"]},
            {"services": [{"data": {"id": "5", "type": "services"}}]},
            "does not show",
        ),
        (
            {"services": ["search"]},
            {"services": [{"data": {"attributes": {"slug": 5}}}]},
            "does not show",
        ),
        (
            {"services": ["Search"]},
            {"services": [{"data": {"attributes": {"slug": "search"}}}]},
            None,
        ),
        ({"service_ids": ["5"]}, {"services": [{"data": {"id": 5, "type": "services"}}]}, None),
        ({"service_ids": ["5"]}, {"services": ["search"]}, "does not show"),
        ({"severity": ["SEV1"]}, {"severity": {"slug": "sev1"}}, None),
        ({"severity": ["sev1"]}, {"severity": {"slug": 0}}, "does not show"),
        ({"severity": ["sev1"]}, {"severity": None}, "does not show"),
        ({"severity": ["sev1"]}, {"severity": "Critical"}, "other values"),
        ({"status": ["started"]}, {"status": 17}, "does not show"),
        ({"status": ["started"]}, {}, "does not show"),
        ({"private": True}, {"private": "yes"}, "does not show"),
        ({"user_id": 5}, {"user": {"data": {"id": "5"}}}, None),
        ({"user_id": 5}, {"user": {"id": 5, "name": "Ada"}}, None),
        ({"user_id": 5}, {"user": "Ada"}, "does not show"),
        ({"user_id": 5}, {"user": None}, "does not show"),
        ({"labels": ["tier:1"]}, {"labels": [{"key": "Tier", "value": 1}]}, None),
        ({"labels": ["tier:1"]}, {"labels": ["tier:1"]}, "does not show"),
        ({"labels": ["tier:1"]}, {"labels": {}}, "other values"),
        ({"resolved_at": {"gte": "2026-01-01"}}, {"resolved_at": "yesterday"}, "does not show"),
        ({"resolved_at": {"gte": "2026-01-01"}}, {"resolved_at": None}, "does not show"),
        ({"resolved_at": {"gte": "2026-01-01"}}, {"resolved_at": "2026-11-01"}, "does not show"),
        ({"resolved_at": {"gte": "2026-01-01"}}, {}, "does not show"),
        (
            {"resolved_at": {"gte": "2026-11-01T10:00:00Z"}},
            {"resolved_at": "2026-11-01T02:00:00.000-08:00"},
            None,
        ),
        (
            {"resolved_at": {"gte": "2026-11-01T10:00:30Z"}},
            {"resolved_at": "2026-11-01T10:00Z"},
            None,
        ),
        (
            {"resolved_at": {"gte": "2026-11-01T10:00:00Z"}},
            {"resolved_at": "2026-11-01T09:59:59.500Z"},
            "less exactly",
        ),
        ({"exclude": {"services": ["search"]}}, {"services": []}, None),
        ({"exclude": {"services": ["search"]}}, {"services": ["search"]}, "other values"),
        ({"exclude": {"kind": ["normal"]}}, {"kind": "normal_sub"}, None),
    ],
    ids=str,
)
async def test_other_forms_of_a_value_are_not_an_error(
    question: dict[str, Any], attributes: dict[str, Any], note: str | None
) -> None:
    answer = await answer_with(question, attributes)
    assert len(answer.rows) == 1
    doubtful = [text for text in answer.notes if any(doubt in text for doubt in DOUBTS)]
    if note is None:
        assert not doubtful
    else:
        [text] = doubtful
        assert note in text


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("question", "attributes"),
    [
        ({"service_ids": ["5"]}, {"services": []}),
        ({"service_ids": ["5"]}, {"services": [{"data": {"id": "6", "type": "services"}}]}),
        ({"severity_id": ["5"]}, {"severity": {"data": {"id": "6"}}}),
        ({"user_id": 5}, {"user": {"data": {"id": "6"}}}),
        ({"slack_channel_id": "C1"}, {"slack_channel_id": "C2"}),
        ({"sequential_id": ["5"]}, {"sequential_id": 6}),
        ({"status": ["started"]}, {"status": "newer_started"}),
        ({"kind": ["normal_sub"]}, {"kind": "normal"}),
        ({"private": False}, {"private": True}),
        ({"created_at": {"lte": "2026-10-31T23:59:00Z"}}, {}),
        ({"created_at": {"gt": "2026-11-02", "lt": "2026-11-05"}}, {}),
    ],
    ids=str,
)
async def test_a_row_that_certainly_does_not_match_is_an_error(
    question: dict[str, Any], attributes: dict[str, Any]
) -> None:
    with pytest.raises(UnexpectedResponse, match=f"ignored the filter {next(iter(question))}:"):
        await answer_with(question, attributes)


@pytest.mark.anyio
@pytest.mark.parametrize("seed", seeds(150, fast=20))
async def test_an_answer_to_a_filter_is_right_or_says_what_is_not(
    drawn: Sandbox, seed: int
) -> None:
    plan = Plan.of(seed)
    assert not random_questions.faults(plan, await random_questions.ask(drawn, plan)), plan


@pytest.mark.anyio
async def test_an_ignored_sort_is_noted() -> None:
    days = ("2026-11-02", "2026-11-03", "2026-11-01")
    rows = [
        {"id": day, "attributes": {"title": day, "created_at": f"{day}T00:00:00.000Z"}}
        for day in days
    ]
    async with mocked(
        lambda _: reply(body={"data": rows, "meta": {"next_page": 2, "total_count": 6}})
    ) as connection:
        answer = await ask_over(connection, {"page_size": 3})
    assert any("did not sort by -created_at" in note for note in answer.notes)
