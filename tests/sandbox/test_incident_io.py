"""incident.io's emulation, compared with its reference."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from sandbox.serving import Sandbox
from sandbox.world import story
from tests.sandbox.ask import Ask

REFERENCE = json.loads(
    (Path(__file__).parent / "references" / "incident_io.json").read_text(encoding="utf-8")
)
KINDS = {"string": str, "integer": int}


def fits(sample: Any, found: Any) -> bool:
    """Whether the answer has exactly the members of the sample, with the same types."""
    if isinstance(sample, dict):
        return sample.keys() == found.keys() and all(
            fits(inner, found[name]) for name, inner in sample.items()
        )
    if isinstance(sample, list):
        return all(fits(sample[0], inner) for inner in found)
    return isinstance(found, KINDS[sample])


def rows(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()["incident_attachments"]
    return found


def test_attachments_satisfy_the_sample_answer(attachments: Ask) -> None:
    answer = attachments({"incident_id": story.IO_ID})
    assert fits(REFERENCE["incident_attachments"], answer.json())
    assert answer.headers["Content-Type"] == "application/json"
    assert {row["incident_id"] for row in rows(answer)} == {story.IO_ID}


def test_the_story_is_attached_to_its_pagerduty_incident(attachments: Ask) -> None:
    by_resource = {"resource_type": "pager_duty_incident", "external_id": story.PAGERDUTY_ID}
    assert [row["incident_id"] for row in rows(attachments(by_resource))] == [story.IO_ID]


@pytest.mark.parametrize("resource_type", REFERENCE["resource_types"])
def test_a_resource_is_found_by_type_and_external_id(
    sandbox: Sandbox, attachments: Ask, resource_type: str
) -> None:
    found = sandbox.store.rows(
        "SELECT * FROM io_attachments WHERE resource_type = ?", [resource_type]
    )
    one = found[0]
    answer = rows(attachments({"resource_type": resource_type, "external_id": one["external_id"]}))
    assert {row["id"] for row in answer} == {
        row["id"] for row in found if row["external_id"] == one["external_id"]
    }
    assert {row["resource"]["resource_type"] for row in answer} == {resource_type}


def test_some_resources_are_attached_to_several_incidents(
    sandbox: Sandbox, attachments: Ask
) -> None:
    shared = sandbox.store.rows(
        "SELECT resource_type, external_id FROM io_attachments GROUP BY 1, 2"
        " HAVING count(DISTINCT incident_id) > 1 LIMIT 1"
    )
    found = rows(attachments(dict(shared[0])))
    assert len({row["incident_id"] for row in found}) > 1


def test_some_incident_has_more_than_300_attachments(sandbox: Sandbox, attachments: Ask) -> None:
    sql = "SELECT incident_id FROM io_attachments GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
    assert len(rows(attachments({"incident_id": sandbox.store.value(sql)}))) > 300


def test_both_modes_together_return_what_matches_both(attachments: Ask) -> None:
    by_resource = {"resource_type": "pager_duty_incident", "external_id": story.PAGERDUTY_ID}
    assert len(rows(attachments({**by_resource, "incident_id": story.IO_ID}))) == 1
    assert rows(attachments({**by_resource, "incident_id": "01FCNDV6P870EA6S7TK1DSYD5H"})) == []


@pytest.mark.parametrize(
    "incident_id", ["INC-1207", "1207", "01FCNDV6P870EA6S7TK1DSYD5H", "nonsense"]
)
def test_an_unknown_incident_has_no_attachments_and_is_not_an_error(
    attachments: Ask, incident_id: str
) -> None:
    assert rows(attachments({"incident_id": incident_id})) == []


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({}, "resource_type"),
        ({"incident_id": ""}, "resource_type"),
        ({"external_id": "1"}, "resource_type"),
        ({"incident_id": story.IO_ID, "external_id": "1"}, "resource_type"),
        ({"resource_type": "sentry_issue"}, "external_id"),
        ({"resource_type": "sentry_issue", "external_id": ""}, "external_id"),
        ({"resource_type": "fax", "external_id": "1"}, "resource_type"),
    ],
)
def test_half_a_query_is_a_validation_error_that_names_the_field(
    attachments: Ask, parameters: dict[str, str], field: str
) -> None:
    answer = attachments(parameters)
    error = answer.json()
    assert (answer.status_code, error["status"], error["type"]) == (422, 422, "validation_error")
    assert error["errors"][0]["source"]["field"] == field
    assert UUID(error["request_id"])


def test_a_missing_key_is_reported_as_documented(sandbox: Sandbox) -> None:
    error = httpx.get(f"{sandbox.url('incident_io')}/v1/incident_attachments").json()
    assert fits(REFERENCE["error"], error)
    assert (error["type"], error["status"]) == ("authentication_error", 401)
    assert error["errors"] == [
        {
            "code": "missing_authorization_material",
            "message": "No authorization material provided in request",
        }
    ]


def test_an_invalid_key_is_unauthenticated(sandbox: Sandbox) -> None:
    answer = httpx.get(
        f"{sandbox.url('incident_io')}/v1/identity", headers={"Authorization": "Bearer invalid"}
    )
    assert answer.json()["errors"] == [{"code": "unauthenticated", "message": "Unauthenticated"}]


@pytest.mark.parametrize("identifier", [story.IO_ID, "1207"])
def test_an_incident_is_shown_by_its_id_or_the_number_of_its_reference(
    sandbox: Sandbox, client: httpx.Client, identifier: str
) -> None:
    incident = client.get(f"{sandbox.url('incident_io')}/v2/incidents/{identifier}").json()[
        "incident"
    ]
    assert (incident["id"], incident["reference"], incident["name"]) == (
        story.IO_ID,
        "INC-1207",
        story.TITLE,
    )
    assert (incident["incident_status"]["category"], incident["severity"]["name"]) == (
        "live",
        "Critical",
    )
    assert incident["permalink"].startswith("https://app.incident.io/")


@pytest.mark.parametrize("identifier", ["INC-1207", "999999", "01FCNDV6P870EA6S7TK1DSYD5H"])
def test_another_incident_is_not_found(
    sandbox: Sandbox, client: httpx.Client, identifier: str
) -> None:
    answer = client.get(f"{sandbox.url('incident_io')}/v2/incidents/{identifier}")
    assert (answer.status_code, answer.json()["type"]) == (404, "not_found")


def test_the_identity_of_the_key_is_shown(sandbox: Sandbox, client: httpx.Client) -> None:
    identity = client.get(f"{sandbox.url('incident_io')}/v1/identity").json()["identity"]
    assert identity.keys() == {"name", "dashboard_url", "roles", "team_roles", "teams"}


@pytest.mark.parametrize(
    ("scope", "path", "missing"),
    [
        ("attachments.view", "/v2/incidents/1207", "incidents.view"),
        ("incidents.view", "/v1/incident_attachments?incident_id=x", "attachments.view"),
    ],
)
def test_a_key_without_the_scope_gets_the_name_of_the_scope(
    sandbox: Sandbox, client: httpx.Client, scope: str, path: str, missing: str
) -> None:
    answer = client.get(sandbox.url("incident_io", scope=scope) + path)
    error = answer.json()
    assert (answer.status_code, error["type"]) == (403, "resource_forbidden")
    assert (error["errors"][0]["code"], error["errors"][0]["metadata"]) == (
        "missing_required_scope",
        {"scope": missing},
    )
    assert client.get(sandbox.url("incident_io", scope=scope) + "/v1/identity").status_code == 200
