"""where.linked: ids, keys and links of things in other products."""

from typing import Any

import pytest

from tests.tools.conditions.answers import check, incident, notes
from tools.rootly.conditions.linked import LINK_READERS, LinkedCondition
from tools.rootly.fields import FIELDS

PAGE = "https://acme.pagerduty.com/incidents/Q1ABC"


def linked(pasted: str, **attributes: Any) -> object:
    """The cell `linked` for what was pasted; None where it does not match."""
    cells = dict(check(LinkedCondition([pasted]), incident(**attributes)).cells)
    return cells.get("linked")


@pytest.mark.parametrize(
    ("pasted", "attribute", "value"),
    [
        ("Q1ABC", "pagerduty_incident_id", "Q1ABC"),
        ("q1abc", "pagerduty_incident_id", "Q1ABC"),
        ("OPS-12", "jira_issue_key", "ops-12"),
        ("4711", "pagerduty_incident_number", 4711),
        ("C024BE91L", "slack_channel_id", "C024BE91L"),
        ("https://root.ly/x7k2p9", "short_url", "https://root.ly/x7k2p9"),
        ("root.ly/x7k2p9", "short_url", "https://root.ly/x7k2p9"),
        (
            "https://rootly.com/account/incidents/5-down",
            "url",
            "https://rootly.com/account/incidents/5-down",
        ),
        (PAGE, "pagerduty_incident_url", PAGE),
        (f"{PAGE}/", "pagerduty_incident_url", PAGE),
        (PAGE, "pagerduty_incident_url", f"{PAGE}/"),
        (PAGE.replace("https", "http"), "pagerduty_incident_url", PAGE),
        (PAGE.upper(), "pagerduty_incident_url", PAGE),
        (f"{PAGE}?from=slack", "pagerduty_incident_url", PAGE),
        (f"{PAGE}/?from=slack#log", "pagerduty_incident_url", PAGE),
        (f"{PAGE}?id=7#log", "pagerduty_incident_url", f"{PAGE}?id=7"),
        ("acme/checkout#12", "github_issue_id", "ACME/checkout#12"),
        ("acme.pagerduty.com/incidents/Q1ABC?x=1", "pagerduty_incident_url", PAGE),
        (f"{PAGE}?id=7", "service_now_incident_url", f"{PAGE}?id=7"),
        ("https://acme.test/#/issues/5", "clickup_task_url", "https://acme.test/#/issues/5"),
    ],
)
def test_what_people_paste_is_compared_with_what_rootly_has(
    pasted: str, attribute: str, value: object
) -> None:
    assert linked(pasted, **{attribute: value}) == {attribute: str(value)}


@pytest.mark.parametrize(
    ("pasted", "attribute", "value"),
    [
        ("Q1AB", "pagerduty_incident_id", "Q1ABC"),
        ("Q1ABC", "pagerduty_incident_url", PAGE),
        (PAGE, "pagerduty_incident_id", "Q1ABC"),
        (PAGE, "service_now_incident_url", f"{PAGE}?id=7"),
        (f"{PAGE}?id=8", "service_now_incident_url", f"{PAGE}?id=7"),
        ("https://acme.test/", "clickup_task_url", "https://acme.test/#/issues/5"),
        ("OPS-12#5", "jira_issue_key", "OPS-12"),
        ("acme/checkout#12", "github_issue_id", "acme/checkout"),
    ],
)
def test_part_of_an_id_or_another_query_does_not_match(
    pasted: str, attribute: str, value: object
) -> None:
    assert linked(pasted, **{attribute: value}) is None


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("id", "X"),
        ("sequential_id", "X"),
        ("parent_incident_id", "X"),
        ("duplicate_incident_id", "X"),
        ("slug", "X"),
        ("zoom_meeting_id", "X"),
        ("google_meeting_id", "X"),
        ("webex_meeting_url", "https://acme.test/x"),
        ("zoom_meeting_join_url", "https://acme.test/x"),
    ],
)
def test_rootlys_own_ids_and_meetings_are_not_compared(attribute: str, value: str) -> None:
    assert attribute not in LINK_READERS
    assert linked(value, **{attribute: value}) is None


def test_a_link_to_join_a_meeting_is_not_compared_wherever_it_is() -> None:
    meeting = "https://meet.google.com/abc-defg-hij"
    assert linked(meeting, google_chat_space_url=meeting) is None


def test_every_id_and_link_of_an_integration_is_compared() -> None:
    examples = {"pagerduty_incident_id", "jira_issue_key", "slack_channel_short_url", "url"}
    assert examples < LINK_READERS.keys()
    links = [name for name in FIELDS if name.endswith(("_id", "_key", "_number", "_url"))]
    assert {*links} - LINK_READERS.keys() == {
        "sequential_id",
        "parent_incident_id",
        "duplicate_incident_id",
    }


def test_the_row_has_each_attribute_that_matches() -> None:
    condition = LinkedCondition(["q1abc", PAGE])
    one = incident(pagerduty_incident_id="Q1ABC", pagerduty_incident_url=PAGE, jira_issue_key="Z")
    assert check(condition, one).cells == (
        ("linked", {"pagerduty_incident_id": "Q1ABC", "pagerduty_incident_url": PAGE}),
    )


def test_several_incidents_may_have_the_same_link() -> None:
    condition = LinkedCondition(["Q1"])
    incidents = [incident(pagerduty_incident_id="Q1"), incident(opsgenie_alert_id="q1")]
    assert all(check(condition, one).holds for one in incidents)
    assert notes(condition, *incidents) == []


MISSING = (
    "where.linked: none of the incidents that were read and that meet the other conditions is "
    "linked with"
)


def test_two_forms_of_one_id_both_have_an_incident() -> None:
    condition = LinkedCondition(["Q1", "q1", PAGE, f"{PAGE}?from=slack", "Q2"])
    one = incident(pagerduty_incident_id="Q1", pagerduty_incident_url=PAGE)
    assert notes(condition, one) == [f"{MISSING} Q2."]


def test_a_note_names_the_ids_without_an_incident() -> None:
    incidents = [incident(pagerduty_incident_id="Q1"), incident(jira_issue_key="OPS-1")]
    assert notes(LinkedCondition(["Q1", "Q2", "ops-1", "Q3"]), *incidents) == [f"{MISSING} Q2, Q3."]
    many = LinkedCondition(["Q1", *(f"Z{number}" for number in range(9))])
    assert notes(many, *incidents) == [f"{MISSING} Z0, Z1, Z2, Z3, Z4 and 4 more."]


@pytest.mark.parametrize(
    "one",
    [
        incident(jira_issue_url="javascript:alert(1)"),
        incident(jira_issue_id=["OPS-1"]),
        incident(jira_issue_id={"id": "OPS-1"}),
        incident(jira_issue_id=" OPS-1"),
        incident(jira_issue_id=True),
        {"id": "i1", "type": "incidents"},
        None,
    ],
)
def test_links_that_are_not_readable_are_counted(one: object) -> None:
    assert notes(LinkedCondition(["OPS-1"]), one) == [
        "Left out by where.linked: 1 of the incidents, because one of their ids or links is not "
        "readable."
    ]


def test_an_integration_that_is_not_connected_has_no_link() -> None:
    one = incident(jira_issue_id=None, jira_issue_url="")
    assert check(LinkedCondition(["OPS-1"]), one).remarks == ()
