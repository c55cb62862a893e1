"""What Rootly's current API has beyond the reference.

Each parameter reaches Rootly in the documented form, and changes the answer.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evals import truth
from sandbox.serving import Sandbox
from server.dispatcher import Dispatcher
from server.settings import Settings
from tests.conftest import NOW, settings_for
from tests.tools.conftest import Sent, ask
from tools.errors import InvalidArguments
from tools.limits import Limits
from tools.rootly.exclude import Exclude
from tools.rootly.list_arguments import ListIncidents
from tools.rootly.vocabulary import SORTS
from tools.validation import validate

pytestmark = pytest.mark.anyio

DOCUMENTED = json.loads(
    (Path(__file__).parents[1] / "sandbox/references/rootly_parameters.json").read_text(
        encoding="utf-8"
    )
)


def validated(arguments: Mapping[str, Any]) -> ListIncidents:
    return validate(ListIncidents, arguments, now=NOW, vendor="Rootly")


async def check(
    sandbox: Sandbox,
    sent: Sent,
    arguments: Mapping[str, Any],
    parameter: str,
    value: str,
    where: str,
) -> None:
    connection, urls = sent
    answer = await ask(connection, {**arguments, "page_size": 100})
    assert urls[0].params.get_list(parameter) == [value]
    assert {name for name in urls[0].params if name.startswith("filter")} == {parameter}
    assert answer.total == truth.count(sandbox.store, where)
    assert 0 < answer.total < truth.count(sandbox.store, "1")
    newest = truth.numbers(sandbox.store, where, "ORDER BY created_at DESC LIMIT 100")
    assert [row["sequential_id"] for row in answer.rows] == newest


def two_of(sandbox: Sandbox, relation: str, column: str) -> list[str]:
    """Two values that some incidents have, but not all."""
    sql = (
        f"SELECT {column} FROM links JOIN resources USING (key) WHERE relation = ? "
        f"GROUP BY {column} ORDER BY count(*), {column}"
    )
    return sorted(str(row[0]) for row in sandbox.store.rows(sql, [relation])[:2])


@pytest.mark.parametrize(
    "words", ["certificate", "CERTIFICATE", "Checkout 5xx", "5xx in us-east", "is"]
)
async def test_search_finds_words_in_title_and_summary(
    sandbox: Sandbox, sent: Sent, words: str
) -> None:
    where = f"(title LIKE '%{words}%' OR summary LIKE '%{words}%')"
    await check(sandbox, sent, {"search": words}, "filter[search]", words, where)


FORMS = [
    ("4821", "4821"),
    (4821, "4821"),
    ("INC-4821", "4821"),
    ("inc-4821", "4821"),
    ("#4821", "4821"),
    ("INC-0004821", "4821"),
    (["4821", "#4733", "INC-4800"], "4821,4733,4800"),
    ([4821, "4800"], "4821,4800"),
    ("4821-checkout-5xx", "4821"),
    ("4821-500-errors", "4821"),
    ("4821-größe", "4821"),
    ("https://rootly.com/account/incidents/4821-checkout-5xx", "4821"),
    ("https://rootly.com/account/incidents/4821", "4821"),
    ("https://rootly.com/account/incidents/4821-500/timeline?a=b#c", "4821"),
]


@pytest.mark.parametrize(("given", "value"), FORMS)
async def test_a_number_is_taken_in_each_form_that_people_write(
    sandbox: Sandbox, sent: Sent, given: object, value: str
) -> None:
    await check(
        sandbox,
        sent,
        {"sequential_id": given},
        "filter[sequential_id]",
        value,
        f"sequential_id IN ({value})",
    )


@pytest.mark.parametrize(
    "given",
    [
        "",
        "INC-",
        "4821a",
        "0",
        "-1",
        "48 21",
        "#INC-4821",
        "٤٨٢١",
        0,
        -1,
        1.5,
        True,
        [],
        [""],
        {},
        "4821,4822",
        "4821-",
        "4821-a,b",
        "4821-a b",
        "2026-11-21",
        "4821-4822",
        "12345678-9abc-4def-8123-0123456789ab",
        f"4821-{'a' * 500}",
        "https://rootly.com/account/incidents/12345678-9abc-4def-8123-0123456789ab",
        "https://rootly.com/account/incidents/checkout-5xx",
        "https://rootly.com.evil.test/account/incidents/4821",
        "https://app.incident.io/example/incidents/4821",
        "https://evil.test/?https://rootly.com/account/incidents/4821",
    ],
)
async def test_what_is_not_a_number_is_refused(given: object) -> None:
    with pytest.raises(InvalidArguments) as refused:
        validated({"sequential_id": given})
    assert refused.value.details[0]["argument"].startswith("sequential_id")


@pytest.mark.parametrize("key", ["OPS-12", "SEV-4800", "ops-12", "INCIDENT-4821", "A_1-2"])
async def test_a_key_of_another_tracker_is_not_a_number(key: str) -> None:
    with pytest.raises(InvalidArguments) as refused:
        validated({"sequential_id": ["4821", key]})
    [complaint] = refused.value.details
    assert complaint["argument"] == "sequential_id[1]"
    assert "another tracker" in complaint["problem"]
    assert "123-some-slug" in complaint["problem"]


async def test_a_short_link_is_refused_with_a_word_on_why() -> None:
    with pytest.raises(InvalidArguments) as refused:
        validated({"sequential_id": "https://root.ly/x7k2p9"})
    [complaint] = refused.value.details
    assert "short link, which contains no incident number" in complaint["problem"]
    assert "where.linked finds the incident" in complaint["problem"]


async def test_what_is_written_like_incident_ios_numbers_is_taken_with_a_note(sent: Sent) -> None:
    connection, urls = sent
    arguments = {
        "sequential_id": ["INC-4821", "4800", "inc-4733"],
        "exclude": {"sequential_id": "INC-4700"},
    }
    answer = await ask(connection, arguments)
    assert urls[0].params["filter[sequential_id]"] == "4821,4800,4733"
    assert urls[0].params["filter[sequential_id][not_in]"] == "4700"
    [note] = answer.notes
    assert note.startswith(
        "Read as Rootly's incident numbers: INC-4821, inc-4733, INC-4700. incident.io"
    )
    counted = await ask(connection, {"sequential_id": "INC-4821", "group_by": "status"})
    assert counted.notes == [
        "Read as Rootly's incident numbers: INC-4821. "
        "incident.io writes its own numbers in the same way."
    ]
    for plain in (
        "4821",
        4821,
        "#4821",
        "4821-checkout-5xx",
        "https://rootly.com/account/incidents/4821-checkout-5xx",
    ):
        assert not (await ask(connection, {"sequential_id": plain})).notes


async def test_of_many_such_numbers_the_note_names_a_few(sent: Sent) -> None:
    connection, _ = sent
    answer = await ask(
        connection, {"sequential_id": [f"INC-{number}" for number in range(4700, 4790)]}
    )
    assert "INC-4702 …" in answer.notes[0]
    assert len(answer.notes[0]) < 150


@pytest.mark.parametrize(
    ("name", "relation"),
    [
        ("service_names", "services"),
        ("team_names", "groups"),
        ("functionality_names", "functionalities"),
    ],
)
async def test_display_names_are_filters_too(
    sandbox: Sandbox, sent: Sent, name: str, relation: str
) -> None:
    names = two_of(sandbox, relation, "name")
    where = truth.having(relation, *names, column="name")
    await check(sandbox, sent, {name: names}, f"filter[{name}]", ",".join(names), where)


async def test_the_slack_channel_is_a_filter(sandbox: Sandbox, sent: Sent) -> None:
    [channel] = truth.column(sandbox.store, "slack_channel_id", "sequential_id = 4816")
    await check(
        sandbox,
        sent,
        {"slack_channel_id": channel},
        "filter[slack_channel_id]",
        channel,
        f"slack_channel_id = '{channel}'",
    )


EXCLUDED: dict[str, tuple[str, str]] = {
    "severity": ("severity", "slug"),
    "severity_id": ("severity", "id"),
    "types": ("incident_types", "slug"),
    "type_ids": ("incident_types", "id"),
    "environments": ("environments", "slug"),
    "environment_ids": ("environments", "id"),
    "functionalities": ("functionalities", "slug"),
    "functionality_ids": ("functionalities", "id"),
    "functionality_names": ("functionalities", "name"),
    "services": ("services", "slug"),
    "service_ids": ("services", "id"),
    "service_names": ("services", "name"),
    "teams": ("groups", "slug"),
    "team_ids": ("groups", "id"),
    "team_names": ("groups", "name"),
    "causes": ("causes", "slug"),
    "cause_ids": ("causes", "id"),
}


def exclusion(sandbox: Sandbox, name: str) -> tuple[object, str, str]:
    """The argument, the value that Rootly must get, and the truth in SQL."""
    match name:
        case "status":
            return ["closed", "resolved"], "closed,resolved", "status NOT IN ('closed', 'resolved')"
        case "kind":
            return "normal", "normal", "kind <> 'normal'"
        case "private":
            return True, "true", "NOT private"
        case "sequential_id":
            return ["INC-4821", "#4733"], "4821,4733", "sequential_id NOT IN (4821, 4733)"
        case "labels":
            where = (
                "NOT EXISTS (SELECT 1 FROM json_each(labels) WHERE key = 'tier' AND value = '1')"
            )
            return ["tier:1"], "tier:1", where
        case "user_id":
            [user, _] = two_of(sandbox, "user", "id")
            return int(user), user, f"NOT {truth.having('user', user, column='id')}"
    relation, column = EXCLUDED[name]
    values = two_of(sandbox, relation, column)
    return values, ",".join(values), f"NOT {truth.having(relation, *values, column=column)}"


@pytest.mark.parametrize("name", Exclude.model_fields)
async def test_each_exclusion_reaches_rootly_and_leaves_out_what_it_names(
    sandbox: Sandbox, sent: Sent, name: str
) -> None:
    argument, value, where = exclusion(sandbox, name)
    await check(
        sandbox, sent, {"exclude": {name: argument}}, f"filter[{name}][not_in]", value, where
    )


def test_exclusions_are_those_that_rootly_documents() -> None:
    documented = {
        name.removeprefix("filter[").removesuffix("][not_in]")
        for name in DOCUMENTED["newer"]
        if "[not_in]" in name
    }
    # Zendesk is of one integration, and left out.
    assert {*Exclude.model_fields} == documented - {"zendesk_ticket_id"}


async def test_exclusions_stand_beside_filters(sandbox: Sandbox, sent: Sent) -> None:
    connection, urls = sent
    arguments = {
        "services": "checkout-api",
        "exclude": {"services": "payments-gateway", "status": ["closed"], "causes": "capacity"},
    }
    answer = await ask(connection, arguments)
    assert {name: urls[0].params[name] for name in urls[0].params if name.startswith("filter")} == {
        "filter[services]": "checkout-api",
        "filter[services][not_in]": "payments-gateway",
        "filter[status][not_in]": "closed",
        "filter[causes][not_in]": "capacity",
    }
    assert answer.total == truth.count(
        sandbox.store,
        f"{truth.having('services', 'checkout-api')} "
        f"AND NOT {truth.having('services', 'payments-gateway')}"
        f" AND status <> 'closed' AND NOT {truth.having('causes', 'capacity')}",
    )


@pytest.mark.parametrize(
    ("given", "problem", "near"),
    [
        ({}, "is empty", None),
        ({"status": []}, "empty list", None),
        ({"status": "investigating"}, "no status", "started"),
        ({"services": ""}, "blank", None),
        ({"services": "a,b"}, "comma", None),
        ({"cause": "capacity"}, "unknown key", "causes"),
        ({"service": "ingress"}, "unknown key", "services"),
        ({"created_at": {"gte": "-1d"}}, "unknown key", None),
        ({"search": "x"}, "unknown key", None),
        (
            "closed",
            "must be an object with keys such as status, kind, severity, environments",
            None,
        ),
    ],
)
async def test_a_wrong_exclusion_is_refused_with_what_would_be_right(
    given: object, problem: str, near: str | None
) -> None:
    with pytest.raises(InvalidArguments) as refused:
        validated({"exclude": given})
    [complaint] = refused.value.details
    assert complaint["argument"].startswith("exclude")
    assert problem in complaint["problem"]
    assert complaint.get("did_you_mean") == near


async def test_an_exclusion_that_is_ignored_is_an_error(sandbox: Sandbox) -> None:
    async with Dispatcher(
        settings_for(sandbox, fault="ignore-filters"), clock=lambda: NOW
    ) as dispatcher:
        for name, value in (
            ("status", "closed"),
            ("services", "storefront-web"),
            ("severity", "sev1"),
            ("kind", "normal"),
        ):
            error = json.loads(
                (await dispatcher.call("list_incidents", {"exclude": {name: value}})).text
            )["error"]
            assert error["code"] == "unexpected_response"
            assert f"exclude.{name}" in error["message"]


def test_the_sorts_are_those_that_rootly_documents() -> None:
    assert {*SORTS} == {*DOCUMENTED["sort"]}


# In Rootly's PostgreSQL a missing instant is later than any other.
def order(sort: str) -> str:
    name = sort.lstrip("-")
    direction = "DESC" if sort.startswith("-") else "ASC"
    return f"ORDER BY {name} IS NULL {direction}, {name} {direction}, sequential_id"


@pytest.mark.parametrize("sort", SORTS)
async def test_sort_reaches_rootly_and_the_pages_follow_it_to_the_end(
    sandbox: Sandbox, sent: Sent, sort: str
) -> None:
    connection, urls = sent
    expected = truth.numbers(sandbox.store, rest=order(sort))
    numbers: list[int] = []
    following: dict[str, Any] | None = {}
    while following is not None:
        answer = await ask(
            connection, {"sort": sort, "page_size": 70, "fields": ["sequential_id"], **following}
        )
        assert urls[-1].params["sort"] == sort
        # What remains is not what matches: by created_at only the first page has the count.
        assert answer.total == (
            None if following and sort.endswith("created_at") else len(expected)
        )
        numbers += [row["sequential_id"] for row in answer.rows]
        following = answer.next
    assert len(numbers) == len({*numbers})
    assert numbers == expected


async def walk(settings: Settings, arguments: Mapping[str, Any]) -> list[int]:
    """The numbers of all incidents, following `next` to the end."""
    numbers: list[int] = []
    following: dict[str, Any] = {}
    async with Dispatcher(settings, clock=lambda: NOW) as dispatcher:
        while True:
            answer = json.loads(
                (await dispatcher.call("list_incidents", {**arguments, **following})).text
            )
            numbers += [row["sequential_id"] for row in answer["incidents"]]
            if "next" not in answer:
                return numbers
            following = answer["next"]


# A bound on the time that a list is sorted by would lose incidents without that time.


@pytest.mark.parametrize("sort", SORTS)
async def test_without_cursors_each_incident_is_shown_once_in_order_too(
    sandbox: Sandbox, sort: str
) -> None:
    numbers = await walk(
        settings_for(sandbox, cursor="off"),
        {"sort": sort, "page_size": 70, "fields": ["sequential_id"]},
    )
    assert numbers == truth.numbers(sandbox.store, rest=order(sort))


@pytest.mark.parametrize("sort", SORTS)
async def test_results_that_are_cut_go_on_to_the_end_too(sandbox: Sandbox, sort: str) -> None:
    settings = replace(settings_for(sandbox), limits=Limits(max_result_chars=2_000))
    numbers = await walk(
        settings,
        {
            "sort": sort,
            "page_size": 100,
            "fields": ["sequential_id"],
            "created_at": {"gte": "-60d"},
        },
    )
    assert numbers == truth.numbers(
        sandbox.store, "created_at >= '2026-09-23T02:00:00.000Z'", order(sort)
    )


async def test_alerts_are_included_in_a_shape_of_their_own(sandbox: Sandbox, sent: Sent) -> None:
    connection, urls = sent
    having_some = sandbox.store.value(
        "SELECT max(sequential_id) FROM links WHERE relation = 'alerts'"
    )
    answer = await ask(
        connection,
        {"sequential_id": str(having_some), "include": "alerts", "fields": ["sequential_id"]},
    )
    assert "alerts" in urls[0].params["include"].split(",")
    [row] = answer.rows
    summaries = truth.attributes(sandbox.store, having_some, "alerts", "summary")
    assert [alert["summary"] for alert in row["alerts"]] == [summary for (summary,) in summaries]
    for alert in row["alerts"]:
        assert {"summary"} <= alert.keys() <= {"at", "summary", "status", "source", "url"}


async def test_what_is_sent_is_documented(sent: Sent) -> None:
    connection, urls = sent
    everything = {
        "search": "x",
        "sequential_id": "1",
        "service_names": "x",
        "team_names": "x",
        "functionality_names": "x",
        "slack_channel_id": "x",
        "include": "alerts",
        "sort": ["-started_at", "resolved_at"],
        "exclude": {"status": "closed", "causes": "x", "user_id": 1, "private": False},
    }
    await ask(connection, everything)
    documented = {*DOCUMENTED["reference"], *DOCUMENTED["newer"], "fields[incidents]"}
    for url in urls:
        assert {*url.params} <= documented
        assert all(value for _, value in url.params.multi_items())


@pytest.mark.parametrize(
    "name", ["zendesk_ticket_id", "status_not_in", "filter[status][eq]", "cause_names"]
)
async def test_what_says_the_same_again_is_left_out(name: str) -> None:
    with pytest.raises(InvalidArguments) as refused:
        validated({name: "x"})
    assert "unknown argument" in refused.value.details[0]["problem"]
