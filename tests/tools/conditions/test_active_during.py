"""active_during: which incidents ran within a range of time, and what to ask for them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.tools.conditions.answers import check, incident, notes
from tools.rootly.conditions.active_during import ActiveDuring, active_during, questions_for
from tools.rootly.conditions.condition import Condition
from tools.rootly.question import Question
from tools.rootly.vocabulary import LIVE
from tools.schema import input_schema
from tools.times import Bounds, Operator

NOW = datetime(2026, 11, 22, 2, 0, 0, tzinfo=UTC)
ENDED: dict[str, Any] = {
    "kind": "normal",
    "status": "resolved",
    "created_at": "2026-11-21T12:00:00.000Z",
    "started_at": "2026-11-21T13:00:00.000Z",
    "resolved_at": "2026-11-21T14:00:00.000Z",
    "updated_at": "2026-11-21T15:00:00.000Z",
}
"""An incident that ran from 13:00 to 14:00."""
LIVE_ONE: dict[str, Any] = {**ENDED, "status": "mitigated", "resolved_at": None}
MAINTENANCE: dict[str, Any] = {
    "kind": "scheduled",
    "status": "scheduled",
    "created_at": "2026-11-01T00:00:00.000Z",
    "updated_at": "2026-11-01T00:00:00.000Z",
    "scheduled_for": "2026-11-21T13:00:00.000Z",
    "scheduled_until": "2026-11-21T14:00:00.000Z",
}


def during(**bounds: str) -> Condition:
    time_range = ActiveDuring.model_validate(bounds, context={"now": NOW})
    return active_during(time_range.bounds(), NOW)


def ran(attributes: dict[str, Any], **bounds: str) -> bool:
    return check(during(**bounds), incident(**attributes)).holds is True


@pytest.mark.parametrize("attributes", [ENDED, MAINTENANCE])
@pytest.mark.parametrize(
    ("bounds", "holds"),
    [
        ({"gte": "2026-11-21T14:00:00Z"}, True),
        ({"gte": "2026-11-21T14:00:00.001Z"}, False),
        ({"gt": "2026-11-21T13:59:59.999Z"}, True),
        ({"gt": "2026-11-21T14:00:00Z"}, False),
        ({"lte": "2026-11-21T13:00:00Z"}, True),
        ({"lte": "2026-11-21T12:59:59.999Z"}, False),
        ({"lt": "2026-11-21T13:00:00.001Z"}, True),
        ({"lt": "2026-11-21T13:00:00Z"}, False),
        ({"gte": "2026-11-21T13:30:00Z", "lte": "2026-11-21T13:30:00Z"}, True),
        ({"gte": "2026-11-21T14:00:00Z", "lte": "2026-11-21T14:00:00Z"}, True),
        ({"gte": "2026-11-21T14:00:01Z", "lte": "2026-11-21T14:00:01Z"}, False),
        ({"gte": "2026-11-21T12:00:00Z", "lt": "2026-11-21T15:00:00Z"}, True),
        ({"gte": "2026-11-21", "lte": "2026-11-21"}, True),
        ({"gt": "2026-11-21"}, False),
        ({"lt": "2026-11-21"}, False),
        ({"gte": "-12h"}, True),
        ({"gte": "-719m"}, False),
        ({"lte": "-13h"}, True),
        ({"lte": "-781m"}, False),
    ],
)
def test_an_incident_runs_from_its_first_moment_to_its_last(
    attributes: dict[str, Any], bounds: dict[str, str], *, holds: bool
) -> None:
    assert ran(attributes, **bounds) is holds
    assert not notes(during(**bounds), incident(**ENDED))


def test_without_a_start_it_runs_from_its_creation() -> None:
    unstarted = {**ENDED, "started_at": None}
    assert ran(unstarted, lte="2026-11-21T12:00:00Z")
    assert not ran(unstarted, lt="2026-11-21T12:00:00Z")


@pytest.mark.parametrize("name", ["closed_at", "cancelled_at"])
def test_the_first_of_all_ends_counts(name: str) -> None:
    earlier = {**ENDED, name: "2026-11-21T13:30:00.000Z"}
    later = {**ENDED, name: "2026-11-21T14:30:00.000Z"}
    only = {**ENDED, "resolved_at": None, name: "2026-11-21T13:30:00.000Z"}
    assert not ran(earlier, gte="2026-11-21T13:31:00Z")
    assert not ran(later, gte="2026-11-21T14:01:00Z")
    assert not ran(only, gte="2026-11-21T13:31:00Z")
    assert ran(only, gte="2026-11-21T13:30:00Z")


@pytest.mark.parametrize("status", LIVE)
def test_a_live_incident_runs_until_now(status: str) -> None:
    live = {**LIVE_ONE, "status": status}
    assert ran(live, gte="now")
    assert not ran(live, gt="now")
    assert not notes(during(gte="now"), incident(**live))


def test_a_live_incident_may_start_after_our_time() -> None:
    at = "2026-11-22T02:00:30.000Z"
    just_started = {**LIVE_ONE, "started_at": at, "updated_at": at}
    assert ran(just_started, gte="now")
    assert not ran(just_started, lte="now")
    assert not notes(during(gte="now"), incident(**just_started))


UNCERTAIN = (
    "Of these incidents, 1 may not have been active then: Rootly's answer does not say exactly "
    "when they started or ended."
)


@pytest.mark.parametrize(
    "odd",
    [
        {"resolved_at": None},
        {"resolved_at": "soon"},
        {"resolved_at": "2026-11-21"},
        {"resolved_at": 17},
        {"closed_at": {}},
        {"resolved_at": "2026-11-21T12:59:59.000Z"},
        {"status": None, "resolved_at": None},
        {"status": "paused", "resolved_at": None},
        {"status": "started"},
    ],
)
def test_an_incident_that_ended_at_an_unknown_time_is_shown_with_a_note(
    odd: dict[str, Any],
) -> None:
    one = {**ENDED, **odd}
    condition = during(gte="2026-11-21T14:30:00Z", lte="2026-11-21T14:40:00Z")
    assert check(condition, incident(**one)).holds
    assert notes(condition, incident(**one)) == [UNCERTAIN]


@pytest.mark.parametrize("status", ["resolved", "closed", "cancelled", "completed"])
def test_what_is_over_ended_before_its_last_update(status: str) -> None:
    over = {**ENDED, "status": status, "resolved_at": None}
    assert ran(over, gte="2026-11-21T15:01:00Z")
    assert not ran(over, gte="2026-11-21T15:01:01Z")


@pytest.mark.parametrize(
    "start", [{"started_at": "soon"}, {"started_at": None, "created_at": None}]
)
def test_an_incident_that_started_at_an_unknown_time_is_shown_with_a_note(
    start: dict[str, Any],
) -> None:
    one = incident(**ENDED | start)
    condition = during(gte="2026-11-21T10:00:00Z", lte="2026-11-21T11:00:00Z")
    assert check(condition, one).holds
    assert notes(condition, one) == [UNCERTAIN]
    assert not check(during(gte="2026-11-21T14:00:01Z"), one).holds


@pytest.mark.parametrize(
    ("attributes", "bounds", "holds"),
    [
        ({"scheduled_for": None, "started_at": "2026-11-21T13:30:00.000Z"}, {"lt": "-750m"}, False),
        (
            {"scheduled_until": None, "resolved_at": "2026-11-21T13:30:00.000Z"},
            {"gt": "-12h"},
            False,
        ),
        ({"scheduled_until": None, "status": "in_progress"}, {"gte": "now"}, True),
        ({"resolved_at": "2026-11-21T13:30:00.000Z"}, {"gte": "-12h"}, True),
        ({"kind": "scheduled_sub"}, {"gt": "-12h"}, False),
        ({"kind": "Scheduled"}, {"gt": "-12h"}, False),
    ],
)
def test_maintenance_without_a_plan_runs_as_any_other_incident(
    attributes: dict[str, Any], bounds: dict[str, str], *, holds: bool
) -> None:
    assert ran({**MAINTENANCE, **attributes}, **bounds) is holds


@pytest.mark.parametrize(
    ("end", "bounds", "holds", "is_certain"),
    [
        ("2026-11-21T14:00:00Z", {"gte": "2026-11-21T14:00:00Z"}, True, True),
        ("2026-11-21T14:00:00Z", {"gt": "2026-11-21T14:00:00Z"}, True, False),
        ("2026-11-21T14:00:00Z", {"gte": "2026-11-21T14:00:01Z"}, False, True),
        ("2026-11-21T14:00+00:00", {"gte": "2026-11-21T14:00:59Z"}, True, False),
        ("2026-11-21T14:00+00:00", {"gte": "2026-11-21T14:01:00Z"}, False, True),
        ("2026-11-21T06:00:00.000-08:00", {"gte": "2026-11-21T14:00:00Z"}, True, True),
        ("2026-11-21T06:00:00.000-08:00", {"gt": "2026-11-21T14:00:00Z"}, False, True),
    ],
)
def test_a_time_is_only_as_exact_as_rootly_shows_it(
    end: str, bounds: dict[str, str], *, holds: bool, is_certain: bool
) -> None:
    one = incident(**ENDED | {"resolved_at": end})
    assert check(during(**bounds), one).holds is holds
    assert notes(during(**bounds), one) == ([] if is_certain else [UNCERTAIN])


@pytest.mark.parametrize(
    "late", [{"updated_at": None}, {"updated_at": "2026-11-21T13:58:59.000Z"}, {"updated_at": "x"}]
)
def test_updates_that_are_not_recorded_get_a_note_if_they_matter(late: dict[str, Any]) -> None:
    one = incident(**ENDED | late)
    note = (
        "Incidents that ended after the start of active_during may be missing: updated_at of 1 "
        "incidents is missing, or before their other times."
    )
    assert notes(during(gte="2026-11-21"), one) == [note]
    assert notes(during(gte="2026-11-22"), one) == [note]
    assert notes(during(lte="2026-11-21"), one) == []


GTE: Bounds = {"gte": datetime(2026, 11, 21, 14, 0, 30, tzinfo=UTC)}
SINCE: Bounds = {"gte": datetime(2026, 11, 21, 13, 59, tzinfo=UTC)}
MAINTENANCE_KINDS = ["scheduled", "scheduled_sub"]
NOT_OVER = [
    "in_triage",
    "started",
    "detected",
    "acknowledged",
    "mitigated",
    "scheduled",
    "in_progress",
]


def test_without_a_lower_bound_everything_is_asked_for() -> None:
    question = Question({"services": ["x"]})
    assert questions_for(question, {"lte": NOW}) == [question]


@pytest.mark.parametrize("operator", ["gt", "gte"])
def test_the_live_ones_maintenance_and_the_updated_ones_are_asked_for(operator: Operator) -> None:
    question = Question({"services": ["x"]}, {"kind": ["test"]})
    bounds: Bounds = {operator: GTE["gte"]}
    assert questions_for(question, bounds) == [
        Question({"services": ["x"], "status": NOT_OVER}, {"kind": ["test"]}),
        Question({"services": ["x"], "kind": MAINTENANCE_KINDS}, {"kind": ["test"]}),
        Question({"services": ["x"]}, {"kind": ["test"]}, {"updated_at": SINCE}),
    ]


def test_the_callers_own_filters_are_narrowed_and_never_widened() -> None:
    question = Question(
        {"status": ["started", "resolved"], "kind": ["scheduled", "normal"]},
        {},
        {"updated_at": {"gt": SINCE["gte"], "lt": NOW}},
    )
    live, maintenance, updated = questions_for(question, GTE)
    assert live.filters == {"status": ["started"], "kind": ["scheduled", "normal"]}
    assert maintenance.filters == {"status": ["started", "resolved"], "kind": ["scheduled"]}
    assert live.ranges == maintenance.ranges == question.ranges
    assert updated.filters == question.filters
    assert updated.ranges == {"updated_at": {"gt": SINCE["gte"], "lt": NOW}}


@pytest.mark.parametrize(
    "question",
    [
        Question({"status": ["resolved"], "kind": ["normal"]}),
        Question({}, {"status": NOT_OVER, "kind": MAINTENANCE_KINDS}),
        Question(
            {"status": ["started"], "kind": ["scheduled"]},
            {"status": ["started"], "kind": ["scheduled"]},
        ),
    ],
)
def test_nothing_is_asked_for_that_the_filters_leave_out(question: Question) -> None:
    [updated] = questions_for(question, GTE)
    assert updated.ranges == {"updated_at": SINCE}


def test_the_schema_has_two_bounds_and_validation_four() -> None:
    assert [*input_schema(ActiveDuring)["properties"]] == ["gte", "lte"]
    assert [*ActiveDuring.model_fields] == ["gt", "gte", "lt", "lte"]
