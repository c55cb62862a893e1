"""Each dial of incident.io does what its meaning says."""

from collections.abc import Iterator

import httpx
import pytest

from sandbox.serving import Sandbox, serve, serve_store
from sandbox.store import Store
from sandbox.world import story
from tests.sandbox.ask import Ask, Parameters
from tests.sandbox.conftest import NOW

BY_INCIDENT = {"incident_id": story.IO_ID}
BY_RESOURCE = {"resource_type": "pager_duty_incident", "external_id": story.PAGERDUTY_ID}
ELSEWHERE = {"resource_type": "sentry_issue", "external_id": "none"}
NOBODY = "01FCNDV6P870EA6S7TK1DSYD5H"


def count(answer: httpx.Response) -> int:
    assert answer.status_code == 200
    return len(answer.json()["incident_attachments"])


@pytest.fixture
def bereft(client: httpx.Client) -> Iterator[Ask]:
    """Attachments of an incident that is deleted."""
    with serve(now=NOW, size=30) as sandbox:
        sandbox.store.delete_io_incident(story.IO_ID)

        def ask(parameters: Parameters | None = None, **options: str) -> httpx.Response:
            return client.get(
                f"{sandbox.url('incident_io', **options)}/v1/incident_attachments",
                params=parameters,
            )

        yield ask


def test_a_deleted_incident_has_no_attachments_or_is_not_found(bereft: Ask) -> None:
    assert count(bereft(BY_INCIDENT)) == 0
    refused = bereft(BY_INCIDENT, gone="404")
    assert (refused.status_code, refused.json()["type"]) == (404, "not_found")
    assert bereft(BY_RESOURCE, gone="404").status_code == 200


def test_attachments_of_a_deleted_incident_are_still_there(bereft: Ask) -> None:
    assert count(bereft(BY_RESOURCE)) == 0
    [orphan] = bereft(BY_RESOURCE, orphans="shown").json()["incident_attachments"]
    assert orphan["incident_id"] == story.IO_ID
    assert count(bereft(BY_INCIDENT, orphans="shown")) == 7


@pytest.mark.parametrize(("dial", "rows"), [("intersection", 0), ("incident", 7), ("resource", 1)])
def test_both_modes_together_return_what_one_of_them_returns(
    attachments: Ask, dial: str, rows: int
) -> None:
    other = ELSEWHERE if dial != "resource" else BY_RESOURCE
    incident = BY_INCIDENT if dial != "resource" else {"incident_id": NOBODY}
    assert count(attachments({**incident, **other}, both_modes=dial)) == rows


def test_both_modes_together_are_refused(attachments: Ask) -> None:
    answer = attachments({**BY_INCIDENT, **BY_RESOURCE}, both_modes="refused")
    assert (answer.status_code, answer.json()["type"]) == (422, "validation_error")


@pytest.mark.parametrize(
    "half", [{"resource_type": "sentry_issue"}, {"external_id": story.PAGERDUTY_ID}]
)
def test_half_a_mode_has_an_effect_or_none(
    sandbox: Sandbox, attachments: Ask, half: dict[str, str]
) -> None:
    [(name, value)] = half.items()
    fitting = sandbox.store.value(f"SELECT count(*) FROM io_attachments WHERE {name} = ?", [value])
    assert attachments(half).status_code == 422
    assert count(attachments(half, half_a_mode="heeded")) == fitting
    assert count(attachments(half, half_a_mode="all")) == sandbox.store.value(
        "SELECT count(*) FROM io_attachments"
    )
    assert count(attachments({**BY_INCIDENT, **half}, half_a_mode="all")) == 7


def test_an_unknown_type_is_refused_or_has_no_attachments(attachments: Ask) -> None:
    unknown = {"resource_type": "fax", "external_id": "1"}
    assert attachments(unknown).status_code == 422
    assert count(attachments(unknown, unknown_type="empty")) == 0


@pytest.mark.parametrize(
    ("dial", "path"),
    [
        ("number", "example/incidents/1207"),
        ("id", f"example/incidents/{story.IO_ID}"),
        ("no_organisation", "incidents/1207"),
        ("other_organisation", "another/incidents/1207"),
    ],
)
def test_an_incidents_link_has_each_known_form(
    sandbox: Sandbox, client: httpx.Client, dial: str, path: str
) -> None:
    shown = client.get(f"{sandbox.url('incident_io', permalink=dial)}/v2/incidents/1207").json()[
        "incident"
    ]
    assert shown["permalink"] == f"https://app.incident.io/{path}"


def test_a_test_attaches_resources_of_its_own(client: httpx.Client) -> None:
    with serve_store(Store.containing([], NOW)) as sandbox:
        sandbox.store.create_attachments(
            {**BY_RESOURCE, "incident_id": incident} for incident in (NOBODY, story.IO_ID)
        )
        url = sandbox.url("incident_io")
        found = client.get(f"{url}/v1/incident_attachments", params=BY_RESOURCE).json()[
            "incident_attachments"
        ]
        assert {one["incident_id"] for one in found} == {NOBODY, story.IO_ID}
        assert client.get(f"{url}/v2/incidents/{NOBODY}").json()["incident"]["reference"] == "INC-1"


def test_an_incident_may_be_without_a_severity(sandbox: Sandbox, client: httpx.Client) -> None:
    shown = client.get(f"{sandbox.url('incident_io', severity='absent')}/v2/incidents/1207").json()[
        "incident"
    ]
    assert "severity" not in shown


def test_limits_are_in_the_headers(sandbox: Sandbox, client: httpx.Client) -> None:
    def limit(**options: str) -> object:
        answer = client.get(
            f"{sandbox.url('incident_io', **options)}/v1/incident_attachments", params=BY_INCIDENT
        )
        return answer.headers.get("X-RateLimit-Limit")

    assert (limit(), limit(limits="shown")) == (None, "60, 1200;window=60, 60;window=60")


def test_external_ids_may_be_compared_in_any_case(sandbox: Sandbox, client: httpx.Client) -> None:
    params = {"resource_type": "jira_issue", "external_id": "ops-3998472"}
    for dial, written in (("exact", set[str]()), ("any_case", {"OPS-3998472"})):
        url = f"{sandbox.url('incident_io', external_ids=dial)}/v1/incident_attachments"
        found = client.get(url, params=params).json()["incident_attachments"]
        assert {one["resource"]["external_id"] for one in found} == written
