"""A recorded answer of Rootly's, with made-up values, in each view: every row of it is right."""

import json
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from server.dispatcher import Dispatcher
from tests.conftest import NOW
from tests.tools.conftest import ask
from tests.tools.mocked import mocked, reply
from tools.answer import Answer
from tools.rootly.fields import COMPACT, FIELDS
from tools.rootly.relations import RELATIONS

pytestmark = pytest.mark.anyio

RECORDED = json.loads(
    (Path(__file__).parents[1] / "sandbox/references/rootly_recorded.json").read_text(
        encoding="utf-8"
    )
)
IDS = {
    "types": ["9090025d-5d06-58f1-b79a-3690407024fc"],
    "subscribers": ["391ada15-580c-5baa-b16f-eeb35d9b1122"],
    "roles": [
        "22fe83ae-a20f-54fc-b436-cec85c94c5e8",
        "b7d55bf4-7057-5113-85c8-141871bf7635",
        "1883fdfb-249b-58f5-b445-87dff6eabc06",
        "d6ed313e-533a-55a6-aa06-4c00bc132812",
    ],
    "events": ["751af8b4-32a7-55bc-9fad-8bfbcbbf4237", "305f5e8d-e48d-5c3a-8ce3-446622dd8a8a"],
}
"""What the recorded incident refers to, by the key in results."""
NOWHERE = {"sub_statuses", "alerts", "incident_post_mortem"}
"""Relations that are in neither place there."""

SLIM = {
    "sequential_id": 5,
    "title": "Checkout errors",
    "status": "started",
    "severity": "sev2",
    "started_at": "2025-09-02T03:29:27Z",
    "url": "https://root.ly/x1y2z3",
}
ATTRIBUTES = {
    "id": "bf428e1d-f221-55de-a77f-a61755a4d727",
    **SLIM,
    "kind": "normal",
    "private": False,
    "summary": "Payments fail",
    "slug": "checkout-errors",
    "source": "web",
    "user": "Ada Example",
    "started_by": "Ada Example",
    "retrospective_progress_status": "not_started",
    "created_at": "2025-09-02T03:29:27Z",
    "updated_at": "2025-09-02T03:29:27Z",
}


async def answer(arguments: Mapping[str, Any], document: Any = RECORDED) -> Answer:
    async with mocked(
        lambda _: reply(body=document, headers={"Content-Type": "application/json; charset=utf-8"})
    ) as connection:
        result: Answer = await ask(connection, arguments)
    assert result.as_of == NOW
    assert result.total == 1
    assert result.next is None
    return result


async def test_compact_has_what_is_recorded_and_nothing_else() -> None:
    result = await answer({})
    assert result.rows == [SLIM]
    assert not result.notes


async def test_table_has_the_same() -> None:
    result = await answer({"view": "table"})
    assert result.facts["columns"] == [*COMPACT]
    assert result.rows == [[SLIM.get(name) for name in COMPACT]]
    assert not result.notes


async def test_full_has_every_attribute_that_has_a_value() -> None:
    result = await answer({"view": "full"})
    assert result.rows == [{**ATTRIBUTES, "types": IDS["types"]}]
    assert result.notes == ["Rootly's answer does not resolve some types: shown by id."]


@pytest.mark.parametrize("name", FIELDS)
async def test_each_field_by_itself_has_what_is_recorded(name: str) -> None:
    result = await answer({"fields": name})
    expected = {**ATTRIBUTES, "types": IDS["types"]}.get(name)
    # A row is never empty.
    assert result.rows == [{name: expected} if expected is not None else {"sequential_id": 5}]
    assert bool(result.notes) == (name == "types")


async def test_no_row_of_the_sandbox_is_empty(dispatcher: Dispatcher) -> None:
    question = {"fields": ["cancelled_at", "labels"], "page_size": 100}
    answer = json.loads((await dispatcher.call("list_incidents", question)).text)
    assert all(answer["incidents"])
    table = json.loads(
        (await dispatcher.call("list_incidents", {**question, "view": "table"})).text
    )
    assert table["columns"] == ["sequential_id", "cancelled_at", "labels"]
    assert all(row[0] for row in table["rows"])


async def test_a_table_shows_the_numbers_where_a_row_has_nothing_else() -> None:
    result = await answer({"fields": ["mitigated_at", "closed_at"], "view": "table"})
    assert result.facts["columns"] == ["sequential_id", "mitigated_at", "closed_at"]
    assert result.rows == [[5, None, None]]


@pytest.mark.parametrize(
    "view", [{"fields": "mitigated_at"}, {}, {"fields": "title", "include": "roles"}]
)
async def test_a_row_that_has_neither_its_number_nor_an_attribute_has_its_id(
    view: Mapping[str, Any],
) -> None:
    document = deepcopy(RECORDED)
    document["data"][0] |= {"attributes": {}, "relationships": {}}
    assert (await answer(view, document)).rows == [{"id": ATTRIBUTES["id"]}]


@pytest.mark.parametrize(
    "row", [17, {}, None, {"attributes": None}, {"id": "\u202e", "attributes": {"title": ""}}]
)
async def test_a_row_of_which_nothing_can_be_read_says_so(row: object) -> None:
    assert (await answer({}, {**RECORDED, "data": [row]})).rows == [{"unreadable": True}]


@pytest.mark.parametrize("relation", RELATIONS)
async def test_each_relation_is_shown_by_id_where_nothing_is_included_or_is_not_known(
    relation: str,
) -> None:
    result = await answer({"include": relation, "fields": "title"})
    name = RELATIONS[relation].field
    ids = [{"id": id_} for id_ in IDS.get(name, [])]
    assert result.rows == [{"title": "Checkout errors", **({name: ids} if ids else {})}]
    if ids:
        assert result.notes == [f"Rootly's answer does not resolve some {name}: shown by id."]
    elif relation in NOWHERE:
        assert result.notes == [
            f"Not known, and not none: Rootly's answer does not say which {name} (1)."
        ]
    else:
        assert not result.notes


async def test_what_is_included_resolves_what_is_recorded() -> None:
    ada = {
        "data": {
            "id": "100002",
            "type": "users",
            "attributes": {"full_name": "Ada Example", "email": "ada@example.com"},
        }
    }
    commander = {
        "data": {
            "id": "r",
            "type": "incident_roles",
            "attributes": {"name": "Commander", "slug": "commander"},
        }
    }
    [type_], [subscriber], [first, *others], [declared, joined] = IDS.values()
    included = [
        resource("incident_types", type_, name="Outage", slug="outage"),
        resource("incident_subscribers", subscriber, user=ada),
        resource("incident_role_assignments", first, incident_role=commander, user=ada),
        *(
            resource("incident_role_assignments", id_, incident_role=commander, user=None)
            for id_ in others
        ),
        resource(
            "incident_events",
            declared,
            event="Declared",
            occurred_at="2025-09-01T20:29:27.326-07:00",
            visibility="internal",
        ),
        resource(
            "incident_events",
            joined,
            event="Ada joined",
            occurred_at="2025-09-01T20:31:00.000-07:00",
        ),
    ]
    result = await answer(
        {"fields": "types", "include": ["roles", "events", "subscribers", "action_items"]},
        {**RECORDED, "included": included},
    )
    assert result.rows == [
        {
            "types": ["outage"],
            "roles": [{"role": "Commander", "person": "Ada Example"}],
            "events": [
                {"at": "2025-09-02T03:29:27Z", "text": "Declared"},
                {"at": "2025-09-02T03:31:00Z", "text": "Ada joined"},
            ],
            "subscribers": [{"person": "Ada Example"}],
        }
    ]
    assert not result.notes


def resource(type_: str, id_: str, **attributes: Any) -> dict[str, Any]:
    return {"id": id_, "type": type_, "attributes": attributes}


def changed(**attributes: Any) -> dict[str, Any]:
    document: dict[str, Any] = deepcopy(RECORDED)
    document["data"][0]["attributes"] |= attributes
    return document


@pytest.mark.parametrize(
    "severity",
    [
        {"id": "59e06cf8", "slug": "sev2", "name": "SEV2", "severity": "medium"},
        {
            "data": {
                "id": "59e06cf8",
                "type": "severities",
                "attributes": {"slug": "sev2", "name": "SEV2"},
            }
        },
        "sev2",
    ],
)
async def test_each_form_of_a_severity_gives_the_same_row(severity: Any) -> None:
    result = await answer({}, changed(severity=severity))
    assert result.rows == [SLIM]
    assert not result.notes


@pytest.mark.parametrize(
    "labels",
    [
        {"tier": "1", "team": "core"},
        [{"key": "tier", "value": 1}, {"key": "team", "value": "core"}],
    ],
)
async def test_each_form_of_labels_gives_the_same_row(labels: Any) -> None:
    result = await answer({"fields": ["labels"]}, changed(labels=labels))
    assert result.rows == [{"labels": {"tier": "1", "team": "core"}}]
    assert not result.notes


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-20T04:00:44.183-08:00", "2026-11-20T12:00:44Z"),
        ("2026-11-20T23:59:59.999+05:30", "2026-11-20T18:29:59Z"),
        ("2026-11-20T12:00:44Z", "2026-11-20T12:00:44Z"),
    ],
)
async def test_times_with_any_offset_are_shown_in_utc(at: str, expected: str) -> None:
    result = await answer({}, changed(started_at=at))
    assert result.rows == [{**SLIM, "started_at": expected}]


async def test_attributes_that_are_missing_leave_the_others_as_they_are() -> None:
    for name in RECORDED["data"][0]["attributes"]:
        document = deepcopy(RECORDED)
        del document["data"][0]["attributes"][name]
        result = await answer({"view": "full"}, document)
        left = {key: value for key, value in ATTRIBUTES.items() if key != name}
        # The long form stands in for the short one.
        if name == "short_url":
            left["url"] = "https://rootly.com/account/incidents/5-checkout-errors"
        elif name == "url":
            left["url"] = SLIM["url"]
        assert result.rows == [{**left, "types": IDS["types"]}]
        assert result.notes == ["Rootly's answer does not resolve some types: shown by id."]
