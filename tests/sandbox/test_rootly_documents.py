"""The shapes of Rootly's documents: nested or with references, sparse, with relations."""

import json
from pathlib import Path

import pytest

from tests.sandbox.ask import Ask

NAMES = json.loads(
    (Path(__file__).parent / "references" / "rootly_parameters.json").read_text(encoding="utf-8")
)
LISTS = {"environments", "incident_types", "services", "functionalities", "groups"}
# Attributes of each included resource, from the specification and the clients.
INCLUDED = {
    "environments": ("environments", {"name", "slug"}),
    "incident_types": ("incident_types", {"name", "slug"}),
    "services": ("services", {"name", "slug"}),
    "functionalities": ("functionalities", {"name", "slug"}),
    "groups": ("groups", {"name", "slug"}),
    "causes": ("causes", {"name", "slug"}),
    "sub_statuses": (
        "incident_sub_statuses",
        {"sub_status_id", "incident_id", "assigned_at", "assigned_by_user_id"},
    ),
    "subscribers": ("incident_subscribers", {"user"}),
    "roles": ("incident_role_assignments", {"incident_role", "user"}),
    "slack_messages": ("incident_slack_messages", {"message"}),
    "events": ("incident_events", {"event", "visibility", "occurred_at"}),
    "action_items": (
        "incident_action_items",
        {"summary", "kind", "status", "priority", "assigned_to", "due_date"},
    ),
    "custom_field_selections": (
        "incident_form_field_selections",
        {"value", "selected_option_ids", "form_field_id"},
    ),
    "feedbacks": ("incident_feedbacks", {"feedback", "rating", "anonymous"}),
    "incident_post_mortem": ("incident_post_mortems", {"title", "content", "status", "url"}),
    "alerts": ("alerts", {"short_id", "source", "status", "summary", "external_url"}),
}


@pytest.mark.parametrize("shape", ["nested", "references"])
@pytest.mark.parametrize("relation", NAMES["include"])
def test_each_relation_can_be_included(incidents: Ask, relation: str, shape: str) -> None:
    page = incidents(
        {"include": relation, "page[size]": "100", "fields[incidents]": relation}, shape=shape
    ).json()
    type_, attributes = INCLUDED[relation]
    links = [row["relationships"][relation]["data"] or [] for row in page["data"]]
    references = [one for link in links for one in (link if isinstance(link, list) else [link])]
    assert {(one["type"], one["id"]) for one in references} == {
        (one["type"], one["id"]) for one in page["included"]
    }
    assert len(page["included"]) == len({one["id"] for one in page["included"]}) > 0
    assert all(
        one["type"] == type_ and attributes <= one["attributes"].keys() for one in page["included"]
    )


def test_a_relation_is_to_one_only_for_the_post_mortem(incidents: Ask) -> None:
    page = incidents({"include": "incident_post_mortem,events", "page[size]": "100"}).json()
    found = [row["relationships"]["incident_post_mortem"]["data"] for row in page["data"]]
    assert {type(one) for one in found} == {dict, type(None)}
    assert all(isinstance(row["relationships"]["events"]["data"], list) for row in page["data"])


def test_nested_incidents_carry_their_services_in_attributes(incidents: Ask) -> None:
    row = incidents(shape="nested").json()["data"][0]
    assert [one["data"]["attributes"]["slug"] for one in row["attributes"]["services"]] == [
        "checkout-api",
        "payments-gateway",
    ]
    assert "relationships" not in row


def test_referring_incidents_carry_only_references(incidents: Ask) -> None:
    page = incidents().json()
    row = page["data"][0]
    assert not LISTS & row["attributes"].keys()
    assert set(row["relationships"]) == {*NAMES["include"], "attachments"} - {
        "sub_statuses",
        "alerts",
        "incident_post_mortem",
    }
    assert [one.keys() for one in row["relationships"]["services"]["data"]] == [{"id", "type"}] * 2
    assert row["attributes"]["severity"]["data"]["attributes"]["slug"] == "sev1"
    assert row["attributes"]["user"]["data"]["attributes"]["full_name"] == "Amara Okafor"
    assert "included" not in page


@pytest.mark.parametrize("shape", ["nested", "references"])
def test_a_sparse_fieldset_restricts_attributes_and_relationships(
    incidents: Ask, shape: str
) -> None:
    parameters = {"fields[incidents]": "title,services", "include": "services,groups"}
    page = incidents(parameters, shape=shape).json()
    row = page["data"][0]
    assert set(row["attributes"]) == ({"title", "services"} if shape == "nested" else {"title"})
    assert set(row["relationships"]) == {"services"}
    assert {one["type"] for one in page["included"]} == {"services", "groups"}


def test_a_sparse_fieldset_makes_a_small_page(incidents: Ask) -> None:
    parameters = {"page[size]": "100", "fields[incidents]": "title,status,severity,started_at,url"}
    whole = len(incidents({"page[size]": "100"}, shape="nested", attributes="all").content)
    assert len(incidents(parameters).content) < whole / 10


def test_a_blank_include_is_fine(incidents: Ask) -> None:
    assert incidents({"include": ""}).status_code == 200


def test_severity_has_each_known_form(incidents: Ask) -> None:
    forms = {
        form: incidents(severity=form).json()["data"][0]["attributes"]["severity"]
        for form in ("flat", "string")
    }
    assert forms["string"] == "sev1"
    assert (forms["flat"]["slug"], forms["flat"]["severity"]) == ("sev1", "critical")


def test_labels_have_each_known_form(incidents: Ask) -> None:
    as_object = incidents().json()["data"][0]["attributes"]["labels"]
    as_pairs = incidents(labels="pairs").json()["data"][0]["attributes"]["labels"]
    assert as_object == {"region": "us-east-1", "tier": "1"}
    assert as_pairs == [{"key": "region", "value": "us-east-1"}, {"key": "tier", "value": "1"}]


def test_unassigned_roles_are_there_without_a_user(incidents: Ask) -> None:
    page = incidents({"include": "roles", "page[size]": "1"}).json()
    users = [one["attributes"]["user"] for one in page["included"]]
    assert [user and user["data"]["attributes"]["full_name"] for user in users] == [
        "Amara Okafor",
        "Priya Raman",
        "Jonas Lindqvist",
        None,
    ]


def test_a_secret_is_there_to_be_leaked(incidents: Ask) -> None:
    row = incidents({"page[size]": "1"}, attributes="all").json()["data"][0]["attributes"]
    assert row["zoom_meeting_password"]
    assert (
        "incidents_permissions" in row["user"]["data"]["attributes"]["role"]["data"]["attributes"]
    )
