"""where.action_items: open and overdue action items."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.tools.conditions.answers import Json, check, incident, notes
from tools.rootly.conditions.action_items import ActionItemsCondition

NOW = datetime(2026, 11, 22, 0, 30, tzinfo=UTC)
OPEN = ActionItemsCondition.of("open", NOW)
OVERDUE = ActionItemsCondition.of("overdue", NOW)


def item(status: object, due_date: object = None, **attributes: object) -> Json:
    values = {"summary": "Add an alert", "status": status, "due_date": due_date, **attributes}
    return {"id": "a1", "type": "incident_action_items", "attributes": values}


def with_items(*items: object) -> Json:
    return incident(action_items={"data": items})


@pytest.mark.parametrize(
    ("status", "is_open"),
    [("open", True), ("in_progress", True), ("Open", True), ("done", False), ("cancelled", False)],
)
def test_open_and_in_progress_items_are_open(status: str, is_open: bool) -> None:
    assert check(OPEN, with_items(item("done"), item(status))).holds is is_open


@pytest.mark.parametrize(
    ("due_date", "is_overdue"),
    [
        ("2026-11-21", True),
        ("2026-11-22", False),
        ("2026-11-23", False),
        (None, False),
        ("", False),
        ("2026-11-21T23:59:59Z", True),
        ("2026-11-22T00:00:00Z", False),
        ("2026-11-21T20:00:00-08:00", False),
        ("2026-11-22T01:00:00+02:00", True),
    ],
)
def test_an_open_item_is_overdue_if_it_was_due_before_today(
    due_date: str | None, is_overdue: bool
) -> None:
    assert check(OVERDUE, with_items(item("open", due_date))).holds is is_overdue
    assert not check(OVERDUE, with_items(item("done", due_date))).holds


def test_today_is_the_day_in_utc() -> None:
    west = NOW.astimezone(timezone(timedelta(hours=-8)))
    assert ActionItemsCondition.of("overdue", west) == OVERDUE


def test_the_row_says_which_items_and_whose() -> None:
    mine = {"data": {"id": "7", "attributes": {"full_name": "Ada Lovelace"}}}
    one = with_items(
        item("done", "2026-11-01"), item("open", "2026-11-01", assigned_to=mine), item("open")
    )
    assert check(OVERDUE, one).cells == (
        (
            "action_items",
            [
                {
                    "summary": "Add an alert",
                    "status": "open",
                    "person": "Ada Lovelace",
                    "due": "2026-11-01",
                }
            ],
        ),
    )


def test_a_row_has_a_few_items_and_counts_the_others() -> None:
    [(_, cell)] = check(OPEN, with_items(*[item("open")] * 8)).cells
    assert (len(cell), cell[-1]) == (6, {"more": 3})


def test_items_that_are_included_are_read() -> None:
    reference = {"id": "a1", "type": "incident_action_items"}
    one = incident({"action_items": {"data": [reference]}})
    assert check(OPEN, one, [item("open")]).holds


@pytest.mark.parametrize(
    "one",
    [
        incident(),
        incident(action_items=None),
        incident({"action_items": {"links": {}}}),
        {"id": "i1", "type": "incidents"},
        None,
    ],
)
def test_items_that_the_answer_does_not_mention_are_counted_as_not_known(one: object) -> None:
    assert check(OPEN, one).holds is None
    assert notes(OPEN, one) == [
        "Left out by where.action_items: 1 of the incidents, because Rootly's answer does not show "
        "their action items."
    ]


def test_an_incident_without_items_is_no_gap() -> None:
    assert check(OPEN, incident({"action_items": {"data": []}})).remarks == ()


@pytest.mark.parametrize(
    "unreadable",
    [
        item("waiting"),
        item(None),
        item(17),
        item("open", "tomorrow"),
        item("open", 17),
        {"id": "a1", "type": "incident_action_items"},
        "a1",
        17,
    ],
)
def test_items_that_are_not_readable_are_counted(unreadable: object) -> None:
    assert check(OVERDUE, with_items(unreadable)).holds is None
    assert notes(OVERDUE, with_items(unreadable)) == [
        "where.action_items: 1 of the incidents have items whose status or due date is not "
        "readable. Such items do not count."
    ]
    assert check(OVERDUE, with_items(unreadable, item("open", "2026-11-01"))).holds


def test_a_person_without_a_name_is_shown_by_id() -> None:
    one = with_items(item("open", assigned_to_user_id=7))
    [(_, [only])] = check(OPEN, one).cells
    assert only["person"] == "7"
    assert notes(OPEN, one) == [
        "Rootly's answer does not name some people of action_items: shown by id."
    ]
