"""Each dial of Rootly's documents and filters does what its meaning says, and nothing else."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from sandbox.serving import Sandbox, serve_store
from sandbox.store import Store
from tests.sandbox.ask import Ask, Parameters
from tests.sandbox.conftest import NOW

DAY = datetime.fromisoformat("2026-11-20T12:00:00Z")
WORLD: list[dict[str, Any]] = [
    {"services": ["checkout-api"], "severity": "sev1", "labels": {"tier": "1"}, "resolved_at": DAY},
    {"services": ["checkout-api", "ingress"], "severity": "sev2", "kind": "normal_sub"},
    {
        "groups": ["payments"],
        "labels": {"region": "us-east-1"},
        "resolved_at": DAY + timedelta(hours=1),
    },
]
RELATIONS = {"include": "services,groups"}


@pytest.fixture(scope="module")
def small() -> Iterator[Sandbox]:
    with serve_store(
        Store.containing([{"created_at": DAY, **one} for one in WORLD], NOW)
    ) as running:
        yield running


@pytest.fixture
def ask(small: Sandbox, client: httpx.Client) -> Ask:
    def ask(parameters: Parameters | None = None, **options: str) -> httpx.Response:
        return client.get(f"{small.url('rootly', **options)}/v1/incidents", params=parameters)

    return ask


def first(answer: httpx.Response) -> dict[str, Any]:
    row: dict[str, Any] = answer.json()["data"][0]
    return row


def numbers(answer: httpx.Response) -> list[int]:
    return [row["attributes"]["sequential_id"] for row in answer.json()["data"]]


@pytest.mark.parametrize("names", ["", ":services"])
def test_a_relation_is_absent(ask: Ask, names: str) -> None:
    relationships = first(ask(RELATIONS, relations=f"absent{names}")).get("relationships", {})
    assert "services" not in relationships
    assert ("groups" in relationships) is bool(names)
    assert "services" not in first(ask(shape="nested", relations=f"absent{names}"))["attributes"]


@pytest.mark.parametrize("names", ["", ":services"])
def test_a_relation_is_null(ask: Ask, names: str) -> None:
    relationships = first(ask(RELATIONS, relations=f"null{names}"))["relationships"]
    assert relationships["services"] == {"data": None}
    assert relationships["groups"] == {"data": [] if names else None}
    assert first(ask(shape="nested", relations=f"null{names}"))["attributes"]["services"] is None


def test_a_relation_is_only_a_link(ask: Ask) -> None:
    row = first(ask(RELATIONS, relations="links:services"))
    assert row["relationships"]["services"] == {
        "links": {"related": f"https://api.rootly.com/v1/incidents/{row['id']}/services"}
    }


def test_a_relation_is_requested_and_not_included(ask: Ask) -> None:
    page = ask(RELATIONS, relations="dangling:services").json()
    assert {one["type"] for one in page["included"]} == {"groups"}
    assert len(page["data"][0]["relationships"]["services"]["data"]) == 1
    assert ask(RELATIONS, relations="dangling").json()["included"] == []


@pytest.mark.parametrize(("dial", "severity"), [("string", "sev1"), ("null", None)])
def test_severity_has_another_form(ask: Ask, dial: str, severity: object) -> None:
    assert first(ask(severity=dial))["attributes"]["severity"] == severity


def test_severity_and_labels_are_absent(ask: Ask) -> None:
    assert "severity" not in first(ask(severity="absent"))["attributes"]
    assert first(ask(labels="null"))["attributes"]["labels"] is None


@pytest.mark.parametrize("dial", ["name", "id", "renamed"])
def test_something_else_takes_the_place_of_the_slug(ask: Ask, dial: str) -> None:
    page = ask(
        {**RELATIONS, "filter[services]": "checkout-api", "filter[severity]": "sev1"}, slugs=dial
    ).json()
    [service] = page["included"]
    severity = page["data"][0]["attributes"]["severity"]["data"]
    expected = {
        "name": ("Checkout API", "SEV1"),
        "id": (service["id"], severity["id"]),
        "renamed": ("checkout-api-renamed", "sev1-renamed"),
    }[dial]
    assert (service["attributes"]["slug"], severity["attributes"]["slug"]) == expected


def test_the_name_of_a_sub_status_is_in_a_resource_of_its_own(incidents: Ask) -> None:
    page = incidents({"include": "sub_statuses", "filter[sequential_id]": "4821"}).json()
    [assignment] = page["included"]
    assert "name" not in assignment["attributes"]
    reference = assignment["relationships"]["sub_status"]["data"]
    for parameter, dial in (("sub_statuses.sub_status", "nested"), ("sub_statuses", "plain")):
        page = incidents(
            {"include": parameter, "filter[sequential_id]": "4821"}, sub_status=dial
        ).json()
        [sub_status] = [one for one in page["included"] if one["type"] == "sub_statuses"]
        assert (sub_status["id"], sub_status["attributes"]["name"]) == (
            reference["id"],
            "Rolling back",
        )
    never = incidents(
        {"include": "sub_statuses.sub_status", "filter[sequential_id]": "4821"}, sub_status="never"
    ).json()
    assert "included" not in never


def test_a_subscriber_is_a_person_or_an_id(incidents: Ask) -> None:
    parameters = {"include": "subscribers", "filter[sequential_id]": "4821"}
    [nested] = incidents(parameters).json()["included"]
    [by_id] = incidents(parameters, subscribers="user_id").json()["included"]
    assert nested["attributes"]["user"]["data"]["attributes"]["full_name"] == "Priya Raman"
    assert str(by_id["attributes"]["user_id"]) == nested["attributes"]["user"]["data"]["id"]
    assert "user" not in by_id["attributes"]


def test_selections_are_of_form_fields_or_of_custom_fields(incidents: Ask) -> None:
    parameters = {"include": "custom_field_selections", "page[size]": "100"}
    selections = [one["attributes"] for one in incidents(parameters).json()["included"]]
    for name in ("value", "selected_options", "selected_users", "selected_services"):
        assert any(one[name] for one in selections), name
    assert all("form_field_id" in one and "custom_field_id" not in one for one in selections)
    old = incidents(parameters, selections="custom_fields").json()
    assert {one["type"] for one in old["included"]} == {"incident_custom_field_selections"}
    references = [
        one
        for row in old["data"]
        for one in row["relationships"]["custom_field_selections"]["data"]
    ]
    assert {one["type"] for one in references} == {"incident_custom_field_selections"}
    assert all("selected_options" not in one["attributes"] for one in old["included"])


def test_retrospectives_are_as_long_as_clients_have_seen_them(incidents: Ask) -> None:
    parameters = {
        "include": "incident_post_mortem",
        "fields[incidents]": "incident_post_mortem",
        "page[size]": "100",
    }
    pages = [incidents({**parameters, "page[number]": number}).json() for number in "1234"]
    lengths = [len(one["attributes"]["content"]) for page in pages for one in page["included"]]
    assert 5_000 < sum(lengths) / len(lengths) < 10_000
    assert 30_000 < max(lengths) <= 43_000


def test_an_unknown_include_is_ignored_or_refused(ask: Ask) -> None:
    ignored = ask({"include": "people,services"}).json()
    assert {one["type"] for one in ignored["included"]} == {"services"}
    assert ask({"include": "people,services"}, unknown_include="refused").status_code == 400


def test_a_fieldset_trims_more_or_less(ask: Ask) -> None:
    parameters = {**RELATIONS, "fields[incidents]": "title,services", "fields[services]": "slug"}
    page = ask(parameters).json()
    assert (page["data"][0]["attributes"].keys(), page["data"][0]["relationships"].keys()) == (
        {"title"},
        {"services"},
    )
    kept = {one["type"]: set(one["attributes"]) for one in page["included"]}
    assert kept["services"] == {"slug"}
    assert kept["groups"] > {"slug", "name"}
    attributes = first(ask(parameters, fieldsets="attributes"))
    assert attributes["attributes"].keys() == {"title"}
    assert {"services", "groups", "events"} <= attributes["relationships"].keys()
    assert first(ask(parameters, fieldsets="ignored")) == first(ask(RELATIONS))


@pytest.mark.parametrize(
    ("ignored", "found"),
    [
        ("none", [1]),
        ("services", [1, 3]),
        ("labels", [1, 2]),
        ("services,labels", [1, 2, 3]),
        ("all", [1, 2, 3]),
    ],
)
def test_filters_have_no_effect(ask: Ask, ignored: str, found: list[int]) -> None:
    parameters = {
        "filter[services]": "checkout-api",
        "filter[labels]": "tier,region",
        "sort": "created_at",
    }
    answer = ask(parameters, ignore=ignored)
    assert numbers(answer) == found
    assert answer.json()["meta"]["total_count"] == len(numbers(answer))


def test_a_requested_number_and_operators_have_no_effect(ask: Ask) -> None:
    assert numbers(ask({"filter[sequential_id]": "2"}, ignore="sequential_id")) == [1, 2, 3]
    assert numbers(ask({"filter[services][not_in]": "ingress"}, ignore="not_in")) == [1, 2, 3]


def test_an_exclusion_keeps_or_drops_incidents_without_any_value(ask: Ask) -> None:
    excluding = {"filter[services][not_in]": "ingress"}
    assert numbers(ask(excluding)) == [1, 3]
    assert numbers(ask(excluding, excluding="drops")) == [1]
    assert numbers(ask({"filter[severity][not_eq]": "sev1"}, excluding="drops")) == [2]


def test_a_kind_finds_its_sub_kind_too(ask: Ask) -> None:
    assert numbers(ask({"filter[kind]": "normal"})) == [1, 3]
    assert numbers(ask({"filter[kind]": "normal"}, kind_filter="with_sub")) == [1, 2, 3]


@pytest.mark.parametrize("date", ["2026-02-30", "yesterday"])
def test_an_invalid_date_is_refused_or_not(ask: Ask, date: str) -> None:
    parameters = {"filter[created_at][gte]": date}
    assert ask(parameters).status_code == 400
    assert numbers(ask(parameters, bad_date="ignored")) == [1, 2, 3]
    assert numbers(ask(parameters, bad_date="nothing")) == []


def test_a_number_that_no_incident_has_is_not_found(ask: Ask) -> None:
    assert ask({"filter[sequential_id]": "99"}).json()["data"] == []
    assert ask({"filter[sequential_id]": "99"}, gone="404").status_code == 404
    assert ask({"filter[sequential_id]": "2"}, gone="404").status_code == 200


@pytest.mark.parametrize(
    ("dial", "upwards", "downwards"),
    [
        ("high", [1, 3, 2], [2, 3, 1]),
        ("low", [2, 1, 3], [3, 1, 2]),
        ("last", [1, 3, 2], [3, 1, 2]),
        ("first", [2, 1, 3], [2, 3, 1]),
    ],
)
def test_missing_instants_have_another_place_in_the_order(
    ask: Ask, dial: str, upwards: list[int], downwards: list[int]
) -> None:
    for sort, order in (("resolved_at", upwards), ("-resolved_at", downwards)):
        assert numbers(ask({"sort": sort}, nulls=dial)) == order
        found, cursor = list[int](), dict[str, str]()
        while len(found) < 3:
            page = ask({"sort": sort, "page[size]": "1", **cursor}, nulls=dial)
            found += numbers(page)
            cursor = {"page[after]": page.json()["meta"]["next_cursor"]}
        assert found == order


def test_the_key_of_a_team_finds_no_incidents(ask: Ask) -> None:
    refused = ask(key="team")
    assert (refused.status_code, refused.json()["errors"][0]["title"]) == (
        404,
        "Not found or unauthorized",
    )


def test_an_organisation_may_let_a_request_without_content_type_pass(small: Sandbox) -> None:
    url = f"{small.url('rootly', strict='if_sent')}/v1/incidents"
    headers = {"Authorization": "Bearer x"}
    assert httpx.get(url, headers=headers).status_code == 200
    assert (
        httpx.get(url, headers={**headers, "Content-Type": "application/json"}).status_code == 415
    )
    assert (
        httpx.get(small.url("rootly", strict="1") + "/v1/incidents", headers=headers).status_code
        == 415
    )


def test_limits_are_in_the_headers(ask: Ask) -> None:
    answer = ask(limits="shown")
    assert answer.headers["X-RateLimit-Limit"] == "1000, 1000;window=3600"
    assert int(answer.headers["X-RateLimit-Reset"]) == NOW.timestamp() + 60


def test_the_content_type_is_that_of_json_api(ask: Ask) -> None:
    assert (
        ask(media_type="jsonapi").headers["Content-Type"]
        == "application/vnd.api+json; charset=utf-8"
    )
