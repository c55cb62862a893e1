"""where.parent: the direct sub-incidents of an incident."""

from typing import Any

import pytest

from tests.tools.conditions.answers import check, incident, notes
from tools.errors import InvalidArguments
from tools.rootly.conditions.parent import ParentCondition, narrow_to_sub_incidents
from tools.rootly.question import Question

PARENT = ParentCondition("p1")


def test_only_direct_children_hold() -> None:
    assert check(PARENT, incident(parent_incident_id="p1")).holds
    assert not check(PARENT, incident(parent_incident_id="p2")).holds


def test_an_id_is_the_same_as_a_number() -> None:
    assert check(ParentCondition("17"), incident(parent_incident_id=17)).holds


@pytest.mark.parametrize(
    "one", [incident(), incident(parent_incident_id=None), incident(parent_incident_id={}), None]
)
def test_sub_incidents_without_a_readable_parent_are_counted(one: object) -> None:
    assert check(PARENT, one).holds is None
    assert notes(PARENT, one, incident(parent_incident_id="p2")) == [
        "Left out by where.parent: 1 of the sub-incidents, because Rootly's answer does not name "
        "their parents."
    ]


@pytest.mark.parametrize(
    ("kinds", "sub_kinds"),
    [
        (None, ["test_sub", "example_sub", "normal_sub", "scheduled_sub"]),
        (["normal"], ["normal_sub"]),
        (["normal", "normal_sub"], ["normal_sub"]),
        (["scheduled_sub", "backfilled", "test"], ["scheduled_sub", "test_sub"]),
    ],
)
def test_only_sub_kinds_are_asked_for(kinds: list[str] | None, sub_kinds: list[str]) -> None:
    filters: dict[str, Any] = {"status": ["started"]}
    if kinds:
        filters["kind"] = kinds
    question = Question(filters, excluded={"kind": ["test_sub"]} if kinds is None else {})
    narrowed = narrow_to_sub_incidents(question)
    assert narrowed.filters == {"status": ["started"], "kind": sub_kinds}
    assert narrowed.excluded == question.excluded


@pytest.mark.parametrize(
    ("question", "argument"),
    [
        (Question({"kind": ["backfilled"]}), "kind"),
        (Question({"kind": ["normal"]}, {"kind": ["normal_sub"]}), "exclude.kind"),
    ],
)
def test_kinds_without_sub_incidents_are_refused(question: Question, argument: str) -> None:
    with pytest.raises(InvalidArguments) as refusal:
        narrow_to_sub_incidents(question)
    [problem] = refusal.value.details
    assert problem["argument"] == argument
    assert "test_sub, example_sub, normal_sub, scheduled_sub" in problem["problem"]
