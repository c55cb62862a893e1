"""By default the sandbox answers like the recorded Rootly: the same keys, the same types."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from sandbox.serving import Sandbox, serve_store
from sandbox.store import Store
from tests.sandbox.ask import Ask
from tests.sandbox.conftest import NOW

RECORDED = json.loads(
    (Path(__file__).parent / "references" / "rootly_recorded.json").read_text(encoding="utf-8")
)
[INCIDENT] = RECORDED["data"]
REQUEST = dict(parse_qsl(urlsplit(RECORDED["links"]["self"]).query))


@pytest.fixture(scope="module")
def alike() -> Iterator[Sandbox]:
    """The recorded incident, as far as the sandbox has its columns."""
    attributes = INCIDENT["attributes"].items()
    columns = {
        name: value
        for name, value in attributes
        if not isinstance(value, dict) and not name.endswith("_by")
    }
    instants = {
        name: datetime.fromisoformat(value)
        for name, value in columns.items()
        if name.endswith("_at") and value
    }
    relations = {
        "severity": "sev2",
        "user": "109673",
        "started_by": "109673",
        "incident_types": ["internal"],
    }
    with serve_store(Store.containing([{**columns, **instants, **relations}], NOW)) as running:
        yield running


@pytest.fixture
def answer(alike: Sandbox, client: httpx.Client) -> httpx.Response:
    return client.get(f"{alike.url('rootly')}/v1/incidents", params=REQUEST)


def form(value: Any) -> Any:
    """The keys and types of a JSON value. A list has the type of its first member."""
    if isinstance(value, dict):
        return {name: form(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [form(value[0])] if value else []
    return type(value).__name__


def test_an_incident_has_the_recorded_attributes_and_no_others(answer: httpx.Response) -> None:
    [incident] = answer.json()["data"]
    expected = form(INCIDENT["attributes"])
    # What is empty there may have members here.
    severity = expected["severity"]["data"]["attributes"]
    found = form(incident["attributes"])
    for name in ("notify_emails", "slack_channels", "slack_aliases"):
        severity[name] = found["severity"]["data"]["attributes"][name]
    for person in (
        expected["user"]["data"]["attributes"],
        expected["started_by"]["data"]["attributes"],
    ):
        person |= {"phone": "str", "slack_id": "str"}
    assert found == expected


def test_an_incident_has_the_recorded_relationships_and_no_others(answer: httpx.Response) -> None:
    [incident] = answer.json()["data"]
    assert incident.keys() == INCIDENT.keys()
    assert incident["relationships"].keys() == INCIDENT["relationships"].keys()
    assert form(incident["relationships"]["incident_types"]) == form(
        INCIDENT["relationships"]["incident_types"]
    )
    assert all(relation.keys() == {"data"} for relation in incident["relationships"].values())


@pytest.mark.parametrize("relation", ["subscribers", "roles", "events", "incident_types"])
def test_references_are_of_the_recorded_types(incidents: Ask, relation: str) -> None:
    rows = incidents({"page[size]": "100"}).json()["data"]
    references = [one for row in rows for one in row["relationships"][relation]["data"]]
    assert {json.dumps(form(one)) for one in references} == {
        json.dumps(form(INCIDENT["relationships"][relation]["data"][0]))
    }
    assert {one["type"] for one in references} == {
        INCIDENT["relationships"][relation]["data"][0]["type"]
    }


def test_the_page_has_the_recorded_meta_and_links(answer: httpx.Response) -> None:
    page = answer.json()
    assert page["meta"] == RECORDED["meta"]
    assert form(page["links"]) == form(RECORDED["links"])
    for name in ("self", "first", "last"):
        assert urlsplit(page["links"][name]).query == urlsplit(RECORDED["links"][name]).query
    assert "included" not in page


def test_the_headers_are_the_recorded_ones(answer: httpx.Response) -> None:
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert not [name for name in answer.headers if "ratelimit" in name.lower()]


def test_a_slug_lacks_the_number_that_is_in_the_url(incidents: Ask) -> None:
    rows = incidents({"page[size]": "100"}).json()["data"]
    for row in rows:
        attributes = row["attributes"]
        if attributes["slug"]:
            assert attributes["url"].endswith(
                f"/account/incidents/{attributes['sequential_id']}-{attributes['slug']}"
            )
    assert any(row["attributes"]["slug"] for row in rows)


def test_attributes_of_integrations_are_absent_without_a_value(
    incidents: Ask,
) -> None:
    rows = [row["attributes"] for row in incidents({"page[size]": "100"}).json()["data"]]
    for name in (
        "zoom_meeting_id",
        "jira_issue_key",
        "pagerduty_incident_id",
        "trello_card_id",
        "in_triage_at",
        "scheduled_for",
    ):
        assert None not in [row.get(name, "absent") for row in rows]
    assert 0 < sum("jira_issue_key" in row for row in rows) < 100


@pytest.mark.parametrize("name", ["sub_statuses", "alerts", "incident_post_mortem"])
def test_some_relations_are_there_only_if_they_are_included(incidents: Ask, name: str) -> None:
    assert name not in incidents().json()["data"][0]["relationships"]
    assert name in incidents({"include": name}).json()["data"][0]["relationships"]
