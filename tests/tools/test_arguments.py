"""What is refused before anything is sent, and how.

The tools are called without keys, because validation comes first.
"""

import json
from datetime import UTC, datetime
from typing import Any

import anyio
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from server.dispatcher import MAX_ERROR_CHARS, Dispatcher
from server.settings import Settings
from tests.tools.corpus import HOSTILE, MEGABYTES
from tests.tools.hidden import hidden
from tools.errors import InvalidArguments
from tools.incident_io.list_attachments import TOOL, ListAttachments
from tools.incident_io.resource_types import RESOURCE_TYPES
from tools.rootly.exclude import Exclude
from tools.rootly.incident import FIELD_NAMES
from tools.rootly.list_arguments import ListIncidents
from tools.rootly.vocabulary import KINDS, SORTS, STATUSES
from tools.schema import complete_schema
from tools.times import OPERATORS
from tools.validation import validate

moderately = settings(max_examples=100, deadline=None, derandomize=True)

NOW = datetime(2026, 11, 22, 2, 0, 0, 999_999, tzinfo=UTC)
ID = "01G0J1EXE7AXZ2C93K61WBPYEH"
SCHEMA = complete_schema(ListIncidents)
Problems = list[dict[str, Any]]


def call(tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    async def answer() -> str:
        async with Dispatcher(Settings(), clock=lambda: NOW) as dispatcher:
            return (await dispatcher.call(tool, arguments)).text

    text = anyio.run(answer)
    assert len(text) <= MAX_ERROR_CHARS
    assert hidden(text) == []
    error: dict[str, Any] = json.loads(text)["error"]
    assert error["retryable"] is False
    return error


def wrong(arguments: dict[str, Any], tool: str = "list_incidents") -> Problems:
    """The details of the error."""
    error = call(tool, arguments)
    assert error["code"] == "invalid_arguments"
    details: Problems = error["details"]
    count = len(details) + error.get("more_details", 0)
    problem = "1 argument is wrong" if count == 1 else f"{count} arguments are wrong"
    vendor = "Rootly" if tool == "list_incidents" else "incident.io"
    assert error["message"] == f"{problem}; nothing was sent to {vendor}."
    assert all(detail["problem"] for detail in details)
    return details


def incidents(**arguments: Any) -> ListIncidents:
    return validate(ListIncidents, arguments, now=NOW, vendor="Rootly")


def test_every_wrong_argument_is_in_one_answer() -> None:
    details = wrong(
        {
            "status": ["investigating", "started", "broken"],
            "kind": "normal,test",
            "private": "true",
            "user_id": "17",
            "services": ["checkout,api", "", 17],
            "severity": [],
            "created_at": {"gt": "now", "gte": "now"},
            "started_at": {"gte": "yesterday", "lte": 17, "since": "now"},
            "page_size": 10_000,
            "page_number": 0,
            "staus": "started",
            "sort": "created",
            "view": "wide",
            "after": "page 2",
        }
    )
    assert sorted(detail["argument"] for detail in details) == [
        "after",
        "created_at",
        "kind[0]",
        "page_number",
        "page_size",
        "private",
        "services[0]",
        "services[1]",
        "services[2]",
        "severity",
        "sort[0]",
        "started_at.gte",
        "started_at.lte",
        "started_at.since",
        "status[0]",
        "status[2]",
        "staus",
        "user_id",
        "view",
    ]


PROBLEMS: list[tuple[dict[str, Any], str, str]] = [
    ({"page_size": 0}, "page_size", "must be at least 1, got 0"),
    ({"page_size": 10_000}, "page_size", "must be at most 100, got 10000"),
    ({"page_size": "25"}, "page_size", "must be an integer, got the string '25'"),
    ({"page_size": 2.5}, "page_size", "must be an integer, got the number 2.5"),
    ({"page_size": 25.0}, "page_size", "must be an integer, got the number 25.0"),
    ({"page_size": True}, "page_size", "must be an integer, got true"),
    ({"page_size": [25]}, "page_size", "must be an integer, got a list"),
    ({"page_size": float("nan")}, "page_size", "must be an integer, got the number nan"),
    ({"page_size": 10**400}, "page_size", "must be at most 100, got a huge number"),
    ({"page_number": 0}, "page_number", "must be an integer from 1, got 0"),
    ({"page_number": -1}, "page_number", "must be an integer from 1, got -1"),
    ({"user_id": 2**53}, "user_id", f"must be an integer from 1, got {2**53}"),
    ({"page_number": 501, "page_size": 100}, "page_number", "ends after incident 50,000"),
    ({"page_number": 2001}, "page_number", "ends after incident 50,000"),
    ({"private": "true"}, "private", "must be true or false, got the string 'true'"),
    ({"private": 1}, "private", "must be true or false, got 1"),
    ({"status": {"eq": "started"}}, "status", "must be a list of strings, got an object"),
    ({"status": 17}, "status", "must be a list of strings, got 17"),
    ({"status": True}, "status", "must be a list of strings, got true"),
    ({"status": [None]}, "status[0]", "must be a string, got null"),
    ({"status": [["started"]]}, "status[0]", "must be a string, got a list"),
    (
        {"status": ""},
        "status[0]",
        "Rootly has no status ''; live are in_triage, started, detected,",
    ),
    ({"status": []}, "status", "is an empty list: give at least one value, or leave it out"),
    ({"services": ""}, "services[0]", "is blank: give a value, or leave it out"),
    ({"services": ["a", " \t"]}, "services[1]", "is blank: give a value, or leave it out"),
    (
        {"services": " checkout"},
        "services[0]",
        "has white space around it, got the string 'checkout'",
    ),
    (
        {"services": "checkout,search"},
        "services[0]",
        "has a comma: give a list with one value an element, got the string",
    ),
    (
        {"services": "a\u202eb"},
        "services[0]",
        "has control or invisible characters, got the string 'ab'",
    ),
    (
        {"services": "a\nb"},
        "services[0]",
        "has control or invisible characters, got the string 'a b'",
    ),
    (
        {"services": "\u00e9\x1fb"},
        "services[0]",
        "has control or invisible characters, got the string 'é b'",
    ),
    (
        {"services": "a\ud800"},
        "services[0]",
        "has control or invisible characters, got the string 'a'",
    ),
    ({"services": "a" * 501}, "services[0]", "is longer than 500 characters, got the string 'aaa"),
    ({"services": ["a"] * 101}, "services", "has 101 values: give at most 100, got a list"),
    (
        {"created_at": "2026-11-21"},
        "created_at",
        'must be an object such as {"gte":"-24h"}, got the string \'2026-11-21\'',
    ),
    (
        {"exclude": "status"},
        "exclude",
        "must be an object with keys such as status, kind, severity, environments, services, teams,"
        " got the string 'status'",
    ),
    ({"created_at": ["now"]}, "created_at", 'must be an object such as {"gte":"-24h"}, got a list'),
    ({"created_at": {}}, "created_at", "is blank: give gt, gte, lt or lte, or leave it out"),
    (
        {"created_at": {"gt": "now", "gte": "now"}},
        "created_at",
        "has both gt and gte: give one of them",
    ),
    (
        {"created_at": {"lt": "now", "lte": "now"}},
        "created_at",
        "has both lt and lte: give one of them",
    ),
    (
        {"created_at": {"gte": "2026-11-30"}, "started_at": {"gte": "now", "lt": "-1d"}},
        "started_at",
        "is empty: it begins at",
    ),
    ({"created_at": {"gte": "2026-02-30"}}, "created_at.gte", "is not a valid time: use RFC 3339"),
    ({"created_at": {"gte": "9999-12-31"}}, "created_at.gte", "is not a valid time: use RFC 3339"),
    ({"created_at": {"lte": "0001-01-01"}}, "created_at.lte", "is not a valid time: use RFC 3339"),
    ({"created_at": {"gte": 1763733600}}, "created_at.gte", "must be a time as a string: RFC 3339"),
    (
        {"created_at": {"gte": {"lt": None}}},
        "created_at.gte",
        "must be a time as a string: RFC 3339",
    ),
    ({"services": ["a", None]}, "services[1]", "must be a string, got null"),
    ({"exclude": {"teams": [None]}}, "exclude.teams[0]", "must be a string, got null"),
    ({"sequential_id": [None]}, "sequential_id[0]", "must be an incident number: 123, #123"),
    ({"exclude": {}}, "exclude", "is empty: give the values to exclude, or omit exclude"),
    ({"sort": ["created_at", "-created_at"]}, "sort", "names a key twice: give each once"),
    ({"sort": ["updated_at", "updated_at"]}, "sort", "names a key twice: give each once"),
    (
        {"view": "full", "fields": ["id"]},
        "fields",
        "fields and view full exclude each other: give one of them",
    ),
    (
        {"after": "2"},
        "after",
        "is not valid: copy after from the next of a result of this tool, got the string '2'",
    ),
    (
        {"after": 2},
        "after",
        "is not valid: copy after from the next of a result of this tool, got 2",
    ),
]


@pytest.mark.parametrize(("arguments", "argument", "problem"), PROBLEMS)
def test_an_error_says_what_is_wrong_and_repeats_the_value(
    arguments: dict[str, Any], argument: str, problem: str
) -> None:
    [detail] = wrong(arguments)
    assert detail["argument"] == argument
    assert detail["problem"].startswith(problem)


NOTHING_TO_LOOK_FOR = "nothing to look for: give incident_id, or resource_type and external_id"
NOT_A_CONTINUATION = "is not valid: copy after from the next of a result of this tool"
ONE_WAY = "give incident_id alone, or resource_type and external_id"


@pytest.mark.parametrize(
    ("arguments", "problems"),
    [
        (
            {},
            {"incident_id": NOTHING_TO_LOOK_FOR},
        ),
        (
            {"after": f"abcdefgh.{ID}"},
            {"incident_id": NOTHING_TO_LOOK_FOR},
        ),
        (
            {"incident_id": ID, "after": ID},
            {"after": f"{NOT_A_CONTINUATION}, got the string '{ID}'"},
        ),
        ({"incident_id": ID, "after": 2}, {"after": f"{NOT_A_CONTINUATION}, got 2"}),
        ({"resource_type": "slack_file"}, {"external_id": "is missing: resource_type needs it"}),
        ({"external_id": "123"}, {"resource_type": "is missing: external_id needs it"}),
        (
            {"incident_id": ID, "resource_type": "slack_file", "external_id": "123"},
            {"incident_id": f"excludes resource_type and external_id: {ONE_WAY}"},
        ),
        (
            {"incident_id": ID, "external_id": "123"},
            {"incident_id": f"excludes external_id: {ONE_WAY}"},
        ),
        ({"incident_id": [ID]}, {"incident_id": "must be a string, got a list"}),
        ({"incident_id": ""}, {"incident_id": "is blank: give a value, or leave it out"}),
        (
            {"incident_id": f"{ID}\n"},
            {"incident_id": f"has control or invisible characters, got the string '{ID}'"},
        ),
    ],
)
def test_attachments_need_exactly_one_of_the_two_ways_to_ask(
    arguments: dict[str, Any], problems: dict[str, str]
) -> None:
    assert {
        detail["argument"]: detail["problem"] for detail in wrong(arguments, "list_attachments")
    } == problems


@pytest.mark.parametrize(
    "value",
    ["123", "#123", "4821", "https://evil.test/incidents", "a/b", "../users", "a?b=c", "a:b"],
)
def test_what_cannot_be_an_incidents_id_is_never_sent_as_one(value: str) -> None:
    [detail] = wrong({"incident_id": value}, "list_attachments")
    assert detail["argument"] == "incident_id"
    assert detail["problem"].endswith(f"got the string '{value}'")
    assert ID in detail["problem"]


NEAREST: list[tuple[str, dict[str, Any], str | None]] = [
    ("list_incidents", {"staus": 1}, "status"),
    ("list_incidents", {"Status": 1}, "status"),
    ("list_incidents", {"statuses": 1}, "status"),
    ("list_incidents", {"service": 1}, "services"),
    ("list_incidents", {"limit": 5}, "page_size"),
    ("list_incidents", {"page": 5}, "page_number"),
    ("list_incidents", {"offset": 5}, None),
    ("list_incidents", {"cursor": 5}, "after"),
    ("list_incidents", {"groups": 5}, "teams"),
    ("list_incidents", {"priority": 5}, "severity"),
    ("list_incidents", {"order_by": 5}, "sort"),
    ("list_incidents", {"since": "now"}, "created_at.gte"),
    ("list_incidents", {"filter[status]": 1}, "status"),
    ("list_incidents", {"filter[user_id]": 1}, "user_id"),
    ("list_incidents", {"filter[created_at][gte]": 1}, "created_at.gte"),
    ("list_incidents", {"filter[in_triage_at][lt]": 1}, "in_triage_at.lt"),
    ("list_incidents", {"created_at[gte]": 1}, "created_at.gte"),
    ("list_incidents", {"created_at.gte": 1}, "created_at.gte"),
    ("list_incidents", {"created_at_lte": 1}, "created_at.lte"),
    ("list_incidents", {"createdAt": 1}, "created_at"),
    ("list_incidents", {"pageSize": 1}, "page_size"),
    ("list_incidents", {"page[size]": 1}, "page_size"),
    ("list_incidents", {"page[number]": 1}, "page_number"),
    ("list_incidents", {"page-number": 1}, "page_number"),
    ("list_incidents", {"weather": 1}, None),
    ("list_incidents", {"": 1}, None),
    ("list_incidents", {"[]": 1}, None),
    ("list_incidents", {"created_at": {"since": "now"}}, "gte"),
    ("list_incidents", {"created_at": {">=": "now"}}, "gte"),
    ("list_incidents", {"created_at": {"LT": "now"}}, "lt"),
    ("list_incidents", {"created_at": {"between": "now"}}, None),
    ("list_incidents", {"status": "investigating"}, "started"),
    ("list_incidents", {"status": "Ongoing"}, "started"),
    ("list_incidents", {"status": "strated"}, "started"),
    ("list_incidents", {"status": "Started"}, "started"),
    ("list_incidents", {"status": "in triage"}, "in_triage"),
    ("list_incidents", {"status": "in-progress"}, "in_progress"),
    ("list_incidents", {"status": "canceled"}, "cancelled"),
    ("list_incidents", {"status": "banana"}, None),
    ("list_incidents", {"kind": "normla"}, "normal"),
    ("list_incidents", {"kind": "real"}, None),
    ("list_incidents", {"sort": "-created"}, "-created_at"),
    ("list_incidents", {"exclude": {"status": ["investigating"]}}, "started"),
    ("list_incidents", {"exclude": {"kind": ["normla"]}}, "normal"),
    ("list_incidents", {"exclude": {"cause": ["a"]}}, "causes"),
    ("list_incidents", {"service_id": ["a"]}, "service_ids"),
    ("list_incidents", {"view": "Full"}, "full"),
    ("list_incidents", {"include": "role"}, "roles"),
    ("list_incidents", {"fields": "groups"}, "teams"),
    ("list_incidents", {"fields": "titel"}, "title"),
    ("list_incidents", {"fields": "zoom_meeting_password"}, None),
    ("list_attachments", {"incident_id": ID, "incidentId": ID}, "incident_id"),
    ("list_attachments", {"resource_type": "pagerduty", "external_id": "1"}, "pager_duty_incident"),
    ("list_attachments", {"resource_type": "Jira", "external_id": "1"}, "jira_issue"),
    ("list_attachments", {"resource_type": "jira_isue", "external_id": "1"}, "jira_issue"),
    ("list_attachments", {"resource_type": "carrier pigeon", "external_id": "1"}, None),
]


@pytest.mark.parametrize(("tool", "arguments", "nearest"), NEAREST)
def test_an_error_suggests_the_nearest_name_but_no_wild_guess(
    tool: str, arguments: dict[str, Any], nearest: str | None
) -> None:
    [detail] = wrong(arguments, tool)
    assert detail.get("did_you_mean") == nearest


def test_a_list_of_allowed_values_is_in_an_error_only_once() -> None:
    details = wrong(
        {
            "status": ["a", "b"],
            "kind": ["a", "b"],
            "x": 1,
            "y": 2,
            "created_at": {"z": "now"},
            "started_at": {"z": "now"},
        }
    )
    lists = [detail["allowed"] for detail in details if "allowed" in detail]
    assert sorted(lists) == sorted(
        [[*STATUSES], [*KINDS], [*ListIncidents.model_fields], ["gt", "gte", "lt", "lte"]]
    )


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        ({"sort": "x"}, SORTS),
        ({"fields": "x"}, FIELD_NAMES),
        ({"view": "x"}, ("compact", "table", "full")),
        ({"exclude": {"status": ["x"]}}, STATUSES),
        ({"exclude": {"kind": ["x"]}}, KINDS),
        ({"exclude": {"x": ["x"]}}, tuple(Exclude.model_fields)),
        ({"closed_at": {"x": "now"}}, ("gt", "gte", "lt", "lte")),
    ],
)
def test_an_error_lists_all_allowed_values(
    arguments: dict[str, Any], allowed: tuple[str, ...]
) -> None:
    [detail] = wrong(arguments)
    assert tuple(detail["allowed"]) == allowed


def test_every_list_of_allowed_values_fits_into_one_error() -> None:
    error = call("list_incidents", {"fields": ["x"], "status": ["x"], "x": 1, "sort": "x"})
    assert "more_details" not in error
    assert len(error["details"]) == 4


def test_details_that_do_not_fit_into_an_error_are_counted() -> None:
    error = call(
        "list_incidents",
        {"services": [" "] * 90, **{f"filter_{place}": None for place in range(300)}},
    )
    assert error["message"].startswith("390 arguments are wrong")
    assert len(error["details"]) + error["more_details"] == 390


@pytest.mark.parametrize("value", ["started", "strated", None, 17, [], {}])
@pytest.mark.parametrize(
    "argument", ["status", "sort", "include", "services", "labels", "sequential_id"]
)
def test_a_list_that_is_too_long_is_one_problem_that_names_the_limit(
    argument: str, value: Any
) -> None:
    too_long = "has 20000 values: give at most 100, got a list"
    assert wrong({argument: [value] * 20_000}) == [{"argument": argument, "problem": too_long}]
    if argument in Exclude.model_fields:
        [detail] = wrong({"exclude": {argument: [value] * 20_000}})
        assert detail == {"argument": f"exclude.{argument}", "problem": too_long}


def test_a_list_that_takes_fewer_values_or_more_names_its_own_limit() -> None:
    [detail] = wrong({"fields": ["strated"] * 20_000})
    assert detail["problem"] == f"has 20000 values: give at most {len(FIELD_NAMES)}, got a list"
    [detail] = wrong({"group_by": ["status"] * 20_000})
    assert detail["problem"] == "has 20000 values: give one or two, got a list"
    [detail] = wrong(
        {"resource_type": "slack_file", "external_id": [None] * 20_000}, "list_attachments"
    )
    assert detail == {
        "argument": "external_id",
        "problem": "has 20000 ids: give at most 20, got a list",
    }


@pytest.mark.parametrize("value", [1, None, [], {}, "started"])
@pytest.mark.parametrize("within", [None, "created_at", "exclude"])
def test_twenty_of_thousands_of_unknown_names_are_described_and_the_rest_is_counted(
    within: str | None, value: Any
) -> None:
    unknown = {f"status_{number}": value for number in range(5_000)}
    error = call("list_incidents", {within: unknown} if within else unknown)
    assert error["message"] == "5000 arguments are wrong; nothing was sent to Rootly."
    assert [len(error["details"]), error["more_details"]] == [20, 4_980]


def test_known_arguments_are_checked_among_thousands_of_unknown_names() -> None:
    unknown = {f"x{number}": 1 for number in range(5_000)}
    error = call(
        "list_incidents",
        {**unknown, "status": "strated", "created_at": {**unknown, "gte": "yesterday"}},
    )
    assert error["message"].startswith("10002 arguments are wrong")
    assert error["details"][0]["did_you_mean"] == "started"
    assert error["details"][1]["argument"] == "created_at.gte"


def test_an_object_in_place_of_a_list_is_one_problem_whatever_its_keys_are() -> None:
    [detail] = wrong({"status": {f"x{number}": 1 for number in range(5_000)}})
    assert detail["problem"] == "must be a list of strings, got an object"


def test_at_most_twenty_of_many_wrong_values_are_described() -> None:
    error = call(
        "list_incidents", {"services": [" "] * 100, "labels": [1] * 100, "kind": ["x"] * 100}
    )
    assert error["message"].startswith("300 arguments are wrong")
    assert [len(error["details"]), error["more_details"]] == [20, 280]


def test_more_text_than_a_url_can_hold_is_refused_at_once() -> None:
    error = call("list_incidents", {"services": ["a" * 500] * 10, "labels": ["b" * 500] * 10})
    assert error["code"] == "invalid_arguments"
    assert error["message"] == (
        "The arguments are too long (10,000 of 8,000 characters): give fewer values; "
        "nothing was sent to Rootly."
    )


def test_a_question_that_is_too_long_for_a_url_is_refused_however_long_it_is() -> None:
    async def answer() -> str:
        async with Dispatcher(Settings(keys={"rootly": "key"})) as dispatcher:
            return (
                await dispatcher.call("list_incidents", {"services": ["\U0001f525" * 80] * 90})
            ).text

    error = json.loads(anyio.run(answer))["error"]
    assert error["code"] == "invalid_arguments"
    assert error["message"].startswith("The question is too long for a URL (8")


@pytest.mark.parametrize("case", HOSTILE)
def test_an_error_repeats_no_hidden_characters(case: str) -> None:
    text, _ = HOSTILE[case]
    for arguments in (
        {"status": text},
        {"services": f"\u200b{text}"},
        {"after": text},
        {"created_at": {"gte": text}},
        {"created_at": {text: "now"}},
        {text: 1},
        {text: None},
        {f"filter[{text}]": {text: text}},
        {"created_at": text},
        {"private": text},
        {"page_size": text},
        {"fields": [text]},
        {"created_at": {text: None}},
    ):
        wrong(arguments)
    wrong(
        {
            "incident_id": f"\u200b{text}",
            "resource_type": text,
            "external_id": f"{text}\n",
            text: text,
        },
        "list_attachments",
    )


@pytest.mark.parametrize("case", MEGABYTES)
def test_an_error_repeats_only_the_beginning_of_a_megabyte(case: str) -> None:
    text = MEGABYTES[case]
    wrong(
        {
            "status": text,
            "services": text,
            "after": text,
            "created_at": {"gte": text, text: "now"},
            text: text,
            "view": text,
        }
    )


NULL_RANGE: dict[str, None] = dict.fromkeys(OPERATORS)
NULL_EXCLUDE: dict[str, None] = dict.fromkeys(Exclude.model_fields)
NULLS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"created_at": NULL_RANGE, "exclude": NULL_EXCLUDE}, {}),
    ({"created_at": {**NULL_RANGE, "gte": "-7d"}}, {"created_at": {"gte": "-7d"}}),
    ({"created_at": {"gt": "-7d", "gte": None}}, {"created_at": {"gt": "-7d"}}),
    ({"exclude": {**NULL_EXCLUDE, "labels": ["a"]}}, {"exclude": {"labels": ["a"]}}),
    ({"group_by": ["status"]}, {"group_by": ["status"]}),
    ({"view": "full"}, {"view": "full"}),
    ({"fields": ["id"], "sort": "updated_at"}, {"fields": ["id"], "sort": "updated_at"}),
]


@pytest.mark.parametrize(("arguments", "same"), NULLS)
def test_an_argument_that_is_null_is_not_given(
    arguments: dict[str, Any], same: dict[str, Any]
) -> None:
    every: dict[str, None] = dict.fromkeys(ListIncidents.model_fields)
    with_nulls, without = incidents(**{**every, **arguments}), incidents(**same)
    assert with_nulls == without
    requests = [valid.list_request(NOW) for valid in (with_nulls, without)]
    assert requests[0].fingerprint == requests[1].fingerprint


@pytest.mark.parametrize(
    "arguments",
    [
        {"incident_id": ID},
        {"resource_type": "jsm_alert", "external_id": ["INC-123"]},
        {"incident_id": ID, "include_incident": True, "after": f"abcdefgh.{ID}"},
    ],
)
def test_a_null_does_not_choose_the_way_to_ask_for_attachments(arguments: dict[str, Any]) -> None:
    every: dict[str, None] = dict.fromkeys(ListAttachments.model_fields)
    assert call("list_attachments", {**every, **arguments}) == call("list_attachments", arguments)
    [detail] = wrong(every, "list_attachments")
    assert detail["problem"] == NOTHING_TO_LOOK_FOR


@pytest.mark.parametrize(
    "argument", [name for name, schema in SCHEMA["properties"].items() if "items" in schema]
)
def test_a_null_in_a_list_is_refused(argument: str) -> None:
    [detail] = wrong({argument: [None]})
    assert detail["argument"] == f"{argument}[0]"
    assert "got null" in detail["problem"]


def test_valid_arguments_are_used_unchanged() -> None:
    valid = incidents(
        status="started",
        kind=["normal"],
        private=False,
        user_id=17,
        services="checkout-api",
        labels=["a:b", "c d"],
        created_at={"gte": "-24h"},
        sort="-updated_at",
        include=["roles"],
        page_number=500,
        page_size=100,
        view="table",
        fields="id",
    )
    assert valid.status == ["started"]
    assert valid.services == ["checkout-api"]
    assert valid.labels == ["a:b", "c d"]
    assert valid.private is False
    assert valid.created_at is not None
    assert valid.created_at.normalized() == {"gte": "-24h"}
    assert incidents() == ListIncidents()


def test_attachments_can_be_asked_for_in_both_ways() -> None:
    for arguments in (
        {"incident_id": ID},
        {"incident_id": ID, "after": f"abcdefgh.{ID}"},
        {"resource_type": "jsm_alert", "external_id": "INC-123"},
    ):
        valid = validate(ListAttachments, arguments, now=NOW, vendor="incident.io")
        assert valid.model_dump(exclude_none=True).keys() == arguments.keys()


def test_a_setting_adds_resource_types() -> None:
    newer = TOOL.with_values("resource_type", ["smoke_signal"]).arguments
    assert validate(
        newer, {"resource_type": "smoke_signal", "external_id": "1"}, now=NOW, vendor="incident.io"
    )
    with pytest.raises(InvalidArguments) as caught:
        validate(
            newer,
            {"resource_type": "smoke_signals", "external_id": "1"},
            now=NOW,
            vendor="incident.io",
        )
    assert caught.value.details[0]["did_you_mean"] == "smoke_signal"
    assert caught.value.details[0]["allowed"] == [*RESOURCE_TYPES, "smoke_signal"]


NAMES = st.sampled_from(
    [
        *ListIncidents.model_fields,
        *ListAttachments.model_fields,
        *ListIncidents.synonyms,
        "gt",
        "gte",
        "lt",
        "lte",
    ]
)
WORDS = st.sampled_from(
    [
        *STATUSES,
        *KINDS,
        *SORTS,
        *RESOURCE_TYPES,
        ID,
        "now",
        "-1d",
        "2026-11-21",
        "9999-12-31",
        "0001-01-01T00:00:00Z",
        "INC-1",
        "k1.e677d21fdbff.1.",
        "k0.0.1.",
        "c0.",
        "c1.abc",
        "p1.25.3",
        "p0.1.1",
        "full",
        "table",
        "id",
        "roles",
        "groups",
        "",
        " ",
        ",",
    ]
)
CHARACTERS = st.characters(codec=None, exclude_categories=())
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(0, 101)
    | st.floats()
    | WORDS
    | st.text(CHARACTERS, max_size=12)
    | st.sampled_from([text for text, _ in HOSTILE.values()])
    | st.just(10**400),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(NAMES | st.text(CHARACTERS, max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)
TIMES = st.dictionaries(st.sampled_from(["gt", "gte", "lt", "lte"]), WORDS | JUNK, max_size=3)


@moderately
@given(
    tool=st.sampled_from(["list_incidents", "list_attachments"]),
    arguments=st.dictionaries(
        NAMES | st.text(CHARACTERS, max_size=8), WORDS | TIMES | JUNK, max_size=6
    ),
)
@example(tool="list_incidents", arguments={"created_at": {"lte": "9999-12-31"}})
@example(
    tool="list_incidents",
    arguments={"sort": [{}], "after": "k1.0.1.", "page_number": True, "page_size": float("inf")},
)
def test_any_arguments_are_valid_or_invalid(tool: str, arguments: dict[str, Any]) -> None:
    error = call(tool, arguments)
    if error["code"] == "invalid_arguments":
        wrong(arguments, tool)
    else:
        assert error["code"] == "not_configured"


def is_of_nulls(value: object) -> bool:
    return isinstance(value, dict) and {*value.values()} == {None}


@moderately
@given(
    arguments=st.fixed_dictionaries(
        {},
        optional={
            name: st.sampled_from(
                [
                    "started",
                    "normal",
                    "a",
                    "roles",
                    "id",
                    "-created_at",
                    "updated_at",
                    "table",
                    "k0.5.1.",
                    "c0.x",
                    True,
                    5,
                ]
            )
            | st.lists(WORDS, max_size=2)
            | TIMES
            for name in ListIncidents.model_fields
        },
    )
)
def test_no_valid_argument_is_lost(arguments: dict[str, Any]) -> None:
    try:
        valid = incidents(**arguments)
    except InvalidArguments:
        return
    every: dict[str, None] = dict.fromkeys(ListIncidents.model_fields)
    assert incidents(**{**every, **arguments}) == valid
    meant = {name for name, value in arguments.items() if not is_of_nulls(value)}
    assert set(valid.model_dump(exclude_none=True)) == meant
    for name in meant:
        assert getattr(valid, name) not in ([], "", [""])
    assert all(time_range.bounds() for time_range in valid.ranges().values())
