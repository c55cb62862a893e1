"""Each of the 60 parameters of Rootly's reference.

It reaches Rootly in the documented form, and changes the answer.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.serving import Sandbox
from tests.tools.conftest import Sent, ask
from tools.rootly.list_arguments import ListIncidents

pytestmark = pytest.mark.anyio

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "sandbox/references/rootly_parameters.json").read_text(
        encoding="utf-8"
    )
)
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
SINCE = "2026-09-20T12:00:00Z"
SIGNS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
RELATED = {
    "severity": ("severity", "slug"),
    "severity_id": ("severity", "id"),
    "types": ("incident_types", "slug"),
    "type_ids": ("incident_types", "id"),
    "environments": ("environments", "slug"),
    "environment_ids": ("environments", "id"),
    "functionalities": ("functionalities", "slug"),
    "functionality_ids": ("functionalities", "id"),
    "services": ("services", "slug"),
    "service_ids": ("services", "id"),
    "teams": ("groups", "slug"),
    "team_ids": ("groups", "id"),
    "cause": ("causes", "slug"),
    "cause_ids": ("causes", "id"),
    "custom_field_selected_option_ids": ("custom_field_options", "id"),
}


def having(relation: str, column: str, values: list[str]) -> str:
    """SQL for the incidents that have one of *values* in *relation*."""
    quoted = ", ".join(f"'{value}'" for value in values)
    numbers = (
        "SELECT sequential_id FROM links JOIN resources USING (key) "
        f"WHERE relation = '{relation}' AND {column} IN ({quoted})"
    )
    return f"sequential_id IN ({numbers})"


def two_of(sandbox: Sandbox, relation: str, column: str) -> list[str]:
    """Two values that some incidents have, but not all."""
    rows = sandbox.store.rows(
        f"SELECT {column} FROM links JOIN resources USING (key) WHERE relation = ? "
        f"GROUP BY {column} ORDER BY count(*), {column}",
        [relation],
    )
    return sorted(str(row[0]) for row in rows[:2])


def case(sandbox: Sandbox, parameter: str) -> tuple[dict[str, Any], str, str]:
    """For a filter: the arguments, the value that Rootly must get, and the truth in SQL."""
    name, *operator = parameter.removeprefix("filter[").removesuffix("]").split("][")
    if operator:
        [op] = operator
        return {name: {op: SINCE}}, SINCE, f"{name} {SIGNS[op]} '2026-09-20T12:00:00.000Z'"
    match name:
        case "status":
            return (
                {name: ["started", "resolved"]},
                "started,resolved",
                "status IN ('started', 'resolved')",
            )
        case "kind":
            return {name: "scheduled"}, "scheduled", "kind = 'scheduled'"
        case "private":
            return {name: True}, "true", "private"
        case "labels":
            [label] = sandbox.store.rows(
                "SELECT key, value FROM incidents, json_each(labels) ORDER BY 1, 2 LIMIT 1"
            )
            text = f"{label[0]}:{label[1]}"
            truth = f"json_extract(labels, '$.{label[0]}') = '{label[1]}'"
            return {name: [text]}, text, truth
        case "user_id":
            [user, _] = two_of(sandbox, "user", "id")
            return {name: int(user)}, user, having("user", "id", [user])
    values = two_of(sandbox, *RELATED[name])
    return {name: values}, ",".join(values), having(*RELATED[name], values)


FILTERS = [parameter for parameter in REFERENCE["reference"] if parameter.startswith("filter")]


@pytest.mark.parametrize("parameter", FILTERS)
async def test_a_filter_reaches_rootly_and_changes_the_answer(
    sandbox: Sandbox, sent: Sent, parameter: str
) -> None:
    connection, urls = sent
    arguments, value, truth = case(sandbox, parameter)
    answer = await ask(connection, {**arguments, "page_size": 100})
    assert urls[0].params.get_list(parameter) == [value]
    assert answer.total == sandbox.store.value(f"SELECT count(*) FROM incidents WHERE {truth}")
    assert 0 < answer.total < sandbox.store.value("SELECT count(*) FROM incidents")
    newest = sandbox.store.rows(
        f"SELECT sequential_id FROM incidents WHERE {truth} ORDER BY created_at DESC LIMIT 100"
    )
    assert [row["sequential_id"] for row in answer.rows] == [row[0] for row in newest]


@pytest.mark.parametrize("sort", ["created_at", "-created_at", "updated_at", "-updated_at"])
async def test_sort_reaches_rootly_and_changes_the_answer(
    sandbox: Sandbox, sent: Sent, sort: str
) -> None:
    connection, urls = sent
    answer = await ask(connection, {"sort": [sort], "page_size": 10})
    assert urls[0].params["sort"] == sort
    order = f"{sort.lstrip('-')} {'DESC' if sort.startswith('-') else 'ASC'}"
    truth = sandbox.store.rows(f"SELECT sequential_id FROM incidents ORDER BY {order} LIMIT 10")
    assert [row["sequential_id"] for row in answer.rows] == [row[0] for row in truth]


async def test_page_number_and_size_reach_rootly_and_change_the_answer(
    sandbox: Sandbox, sent: Sent
) -> None:
    connection, urls = sent
    answer = await ask(connection, {"page_number": 3, "page_size": 7})
    assert (urls[0].params["page[number]"], urls[0].params["page[size]"]) == ("3", "7")
    truth = sandbox.store.rows(
        "SELECT sequential_id FROM incidents ORDER BY created_at DESC LIMIT 7 OFFSET 14"
    )
    assert [row["sequential_id"] for row in answer.rows] == [row[0] for row in truth]


RELATIONS = {
    "sub_statuses": "sub_statuses",
    "causes": "causes",
    "subscribers": "subscribers",
    "roles": "roles",
    "slack_messages": "slack_messages",
    "environments": "environments",
    "incident_types": "types",
    "services": "services",
    "functionalities": "functionalities",
    "groups": "teams",
    "events": "events",
    "action_items": "action_items",
    "custom_field_selections": "custom_field_selections",
    "feedbacks": "feedbacks",
    "incident_post_mortem": "incident_post_mortem",
}


@pytest.mark.parametrize("relation", RELATIONS)
async def test_include_reaches_rootly_and_brings_the_relation_in_its_shape(
    sandbox: Sandbox, sent: Sent, relation: str
) -> None:
    connection, urls = sent
    having_some = sandbox.store.value(
        "SELECT max(sequential_id) FROM links WHERE relation = ?", [relation]
    )
    at = sandbox.store.value(
        "SELECT created_at FROM incidents WHERE sequential_id = ?", [having_some]
    )
    answer = await ask(
        connection,
        {"include": relation, "created_at": {"gte": at, "lte": at}, "fields": ["sequential_id"]},
    )
    assert relation in urls[0].params["include"].split(",")
    [row] = [row for row in answer.rows if row["sequential_id"] == having_some]
    shown = row[RELATIONS[relation]]
    shown = shown if isinstance(shown, list) else [shown]
    assert len(shown) <= sandbox.store.value(
        "SELECT count(*) FROM links WHERE relation = ? AND sequential_id = ?",
        [relation, having_some],
    )
    shapes = {
        "sub_statuses": {"name"},
        "subscribers": {"person"},
        "roles": {"role", "person"},
        "slack_messages": {"at", "person", "text"},
        "events": {"at", "text"},
        "action_items": {"summary", "status", "priority", "kind", "person", "due"},
        "custom_field_selections": {"field_id"},
        "feedbacks": {"text", "rating"},
        "incident_post_mortem": {"title", "status", "url", "text"},
    }
    sometimes = {
        "sub_statuses": {"at"},
        "custom_field_selections": {"field", "value", "options", "users", "services"},
    }
    for item in shown:
        assert item.keys() - sometimes.get(relation, set()) == shapes.get(
            relation, {"slug", "name"}
        )


async def test_nulls_of_a_client_that_sends_every_argument_change_nothing(sent: Sent) -> None:
    connection, urls = sent
    question: dict[str, Any] = {"created_at": {"lt": "2026-11-21"}, "page_size": 2}
    first = await ask(connection, question)
    answers = []
    pages: list[dict[str, Any]] = [{}, first.next]
    for page in pages:
        every: dict[str, Any] = dict.fromkeys(ListIncidents.model_fields)
        nulls = {"created_at": {**question["created_at"], "gt": None}, "exclude": {"teams": None}}
        answers.append([await ask(connection, {**question, **page})])
        answers[-1].append(await ask(connection, {**every, **question, **nulls, **page}))
    assert urls[1] == urls[2]
    assert urls[3] == urls[4] != urls[2]
    assert [with_nulls.rows == without.rows for without, with_nulls in answers] == [True, True]


async def test_all_parameters_of_the_reference_are_covered() -> None:
    others = {"page[number]", "page[size]", "sort", "include"}
    assert {*FILTERS, *others} == {*REFERENCE["reference"]}
    assert len(REFERENCE["reference"]) == 60
    assert [*RELATIONS] == [include for include in REFERENCE["include"] if include != "alerts"]


async def test_nothing_undocumented_is_sent_but_the_sparse_fieldset(sent: Sent) -> None:
    connection, urls = sent
    await ask(connection, {"view": "full", "include": [*RELATIONS]})
    assert {*urls[0].params} <= {*REFERENCE["reference"], "fields[incidents]"}
    assert all(value for _, value in urls[0].params.multi_items())


async def test_only_what_the_view_needs_is_asked_for(sent: Sent) -> None:
    connection, urls = sent
    await ask(connection, {"fields": ["title", "teams"]})
    assert urls[0].params["fields[incidents]"].split(",") == [
        "created_at",
        "groups",
        "sequential_id",
        "title",
    ]
    assert urls[0].params["include"] == "groups"
