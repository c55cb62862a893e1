"""The argument where: what it takes, and what it refuses."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import BaseModel

from tests.conftest import NOW
from tools.arguments import Arguments
from tools.errors import InvalidArguments
from tools.rootly.conditions.where import Where
from tools.rootly.list_arguments import ListIncidents
from tools.schema import input_schema
from tools.validation import validate


class Call(Arguments):
    """The arguments of a tool that has where."""

    where: Where | None = None


def where(value: object) -> Where | None:
    return validate(Call, {"where": value}, now=NOW, vendor="Rootly").where


def problem(value: object) -> Mapping[str, Any]:
    """The only problem with a value."""
    with pytest.raises(InvalidArguments) as refusal:
        where(value)
    [details] = refusal.value.details
    return details


def dump(model: BaseModel | None) -> Any:
    return model.model_dump(exclude_none=True) if model else None


@pytest.mark.parametrize(
    ("value", "accepted"),
    [
        ({"person": "Ada Lovelace"}, {"person": "Ada Lovelace"}),
        ({"person": "42"}, {"person": "42"}),
        ({"person": 42}, {"person": "42"}),
        ({"linked": "Q1"}, {"linked": ["Q1"]}),
        ({"linked": ["Q1", "https://acme.test/a,b"]}, {"linked": ["Q1", "https://acme.test/a,b"]}),
        ({"parent": 12}, {"parent": "12"}),
        ({"parent": "#12"}, {"parent": "12"}),
        ({"parent": "INC-12"}, {"parent": "12"}),
        ({"parent": "https://rootly.com/account/incidents/12-down"}, {"parent": "12"}),
        ({"action_items": "open", "person": None}, {"action_items": "open"}),
        ({"person": None, "linked": None, "lasted": {"gte": None, "lt": None}}, None),
        (None, None),
    ],
)
def test_these_conditions_are_accepted(value: object, accepted: object) -> None:
    assert dump(where(value)) == accepted


@pytest.mark.parametrize(
    ("value", "argument", "words"),
    [
        ({}, "where", "is empty: give a condition"),
        ("Ada", "where", "must be an object with keys such as person, linked, parent, lasted"),
        ({"person": ""}, "where.person", "is blank"),
        ({"person": " "}, "where.person", "is blank"),
        ({"person": "x" * 501}, "where.person", "is longer than 500 characters"),
        ({"person": "--"}, "where.person", "has no letters"),
        ({"person": "Ada\u202e"}, "where.person", "control or invisible"),
        ({"person": True}, "where.person", "must be a string, got true"),
        ({"person": ["Ada"]}, "where.person", "must be a string, got a list"),
        ({"linked": []}, "where.linked", "is an empty list"),
        ({"linked": ["Q1", None]}, "where.linked[1]", "must be a string, got null"),
        ({"linked": ["Q"] * 21}, "where.linked", "has 21 values: give at most 20"),
        ({"linked": [" "]}, "where.linked[0]", "is blank"),
        ({"linked": "Q1,OPS-2"}, "where.linked[0]", "has a comma: give a list"),
        ({"parent": "OPS-12"}, "where.parent", "is an issue key of another tracker"),
        ({"parent": 0}, "where.parent", "is not an incident number"),
        ({"lasted": "2h"}, "where.lasted", 'must be an object such as {"gte":"2h"}'),
        ({"action_items": True}, "where.action_items", "must be a string"),
        ({"action_items": "done"}, "where.action_items", "finds open or overdue ones"),
    ],
)
def test_wrong_conditions_are_refused_with_a_reason(
    value: object, argument: str, words: str
) -> None:
    details = problem(value)
    assert details["argument"] == argument
    assert words in details["problem"]


@pytest.mark.parametrize(
    "value",
    ["ada@example.com", " ada@example.com ", "Ada <ada@example.com>", "@ada", "ada＠example.com"],
)
def test_an_address_is_refused_and_never_repeated(value: str) -> None:
    details = problem({"person": value})
    assert "give a name" in details["problem"]
    assert "ada" not in json.dumps(details)


@pytest.mark.parametrize(
    ("value", "did_you_mean"),
    [
        ({"persons": "Ada"}, "person"),
        ({"user": "Ada"}, "person"),
        ({"link": "Q1"}, "linked"),
        ({"parent_incident_id": "12"}, "parent"),
        ({"action_item": "open"}, "action_items"),
        ({"duration": {"gte": "2h"}}, "lasted"),
        ({"lasted": {">=": "2h"}}, "gte"),
        ({"action_items": "late"}, "overdue"),
        ({"action_items": "opened"}, "open"),
    ],
)
def test_the_nearest_name_is_offered(value: object, did_you_mean: str) -> None:
    assert problem(value)["did_you_mean"] == did_you_mean


@pytest.mark.parametrize(
    ("name", "did_you_mean"),
    [
        ("person", "where.person"),
        ("pagerduty_incident_id", "where.linked"),
        ("parent_incident_id", "where.parent"),
        ("duration", "where.lasted"),
        ("action_items", "where.action_items"),
    ],
)
def test_a_condition_outside_where_is_led_into_it(name: str, did_you_mean: str) -> None:
    with pytest.raises(InvalidArguments) as refusal:
        validate(ListIncidents, {name: "x"}, now=NOW, vendor="Rootly")
    assert refusal.value.details[0]["did_you_mean"] == did_you_mean


def test_thousands_of_unknown_keys_at_any_depth_are_counted() -> None:
    with pytest.raises(InvalidArguments) as refusal:
        where({"lasted": {f"x{number}": 1 for number in range(5_000)}})
    assert len(refusal.value.details) + refusal.value.more_details == 5_000


def test_each_condition_that_was_given_is_checked() -> None:
    everything = where(
        {
            "person": "Ada",
            "linked": "Q1",
            "parent": "1",
            "lasted": {"gte": "2h"},
            "action_items": "open",
        }
    )
    assert everything
    assert len(everything.conditions(NOW, "p1")) == 5
    only = where({"person": "Ada"})
    assert only
    assert len(only.conditions(NOW, None)) == 1


def test_the_schema_stays_small() -> None:
    schema = json.dumps(input_schema(Call)["properties"]["where"], separators=(",", ":"))
    assert len(schema) < 550
