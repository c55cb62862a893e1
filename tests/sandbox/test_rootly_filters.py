"""Each documented filter selects the right incidents, by the answer without filters."""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.serving import Sandbox
from tests.sandbox.ask import Ask

NAMES = json.loads(
    (Path(__file__).parent / "references" / "rootly_parameters.json").read_text(encoding="utf-8")
)

Incident = dict[str, Any]
Matching = Callable[[dict[str, str]], set[str]]
"""The ids of all incidents that match the filters."""


def _resources(value: Any) -> list[dict[str, Any]]:
    return [one["data"] for one in ([value] if isinstance(value, dict) else value or [])]


def of(relation: str, attribute: str) -> Callable[[Incident], set[str]]:
    """The ids, or another attribute, of the resources that the incident has in this relation."""

    def values(incident: Incident) -> set[str]:
        found = _resources(incident["attributes"].get(relation)) or incident["included"].get(
            relation, []
        )
        return {one["id"] if attribute == "id" else one["attributes"][attribute] for one in found}

    return values


def plain(attribute: str) -> Callable[[Incident], set[str]]:
    return lambda incident: {str(incident["attributes"].get(attribute))} - {"None"}


def labels(incident: Incident) -> set[str]:
    pairs = incident["attributes"]["labels"].items()
    return {text for key, value in pairs for text in (key, value, f"{key}:{value}")}


def options(incident: Incident) -> set[str]:
    selections = incident["included"].get("custom_field_selections", [])
    return {
        str(option) for one in selections for option in one["attributes"]["selected_option_ids"]
    }


# By the name of a filter: the incident's values, read from the answer.
HAS: dict[str, Callable[[Incident], set[str]]] = {
    "kind": plain("kind"),
    "status": plain("status"),
    "private": lambda incident: {str(incident["attributes"]["private"]).lower()},
    "user_id": of("user", "id"),
    "severity": of("severity", "slug"),
    "severity_id": of("severity", "id"),
    "labels": labels,
    "types": of("incident_types", "slug"),
    "type_ids": of("incident_types", "id"),
    "environments": of("environments", "slug"),
    "environment_ids": of("environments", "id"),
    "functionalities": of("functionalities", "slug"),
    "functionality_ids": of("functionalities", "id"),
    "functionality_names": of("functionalities", "name"),
    "services": of("services", "slug"),
    "service_ids": of("services", "id"),
    "service_names": of("services", "name"),
    "teams": of("groups", "slug"),
    "team_ids": of("groups", "id"),
    "team_names": of("groups", "name"),
    "cause": of("causes", "slug"),
    "causes": of("causes", "slug"),
    "cause_ids": of("causes", "id"),
    "custom_field_selected_option_ids": options,
    "slack_channel_id": plain("slack_channel_id"),
    "sequential_id": plain("sequential_id"),
    "zendesk_ticket_id": plain("zendesk_ticket_id"),
}
COMPARED: dict[str, Callable[[datetime, datetime], bool]] = {
    "gt": lambda moment, edge: moment > edge,
    "gte": lambda moment, edge: moment >= edge,
    "lt": lambda moment, edge: moment < edge,
    "lte": lambda moment, edge: moment <= edge,
}
FILTERS = [name for name in NAMES["reference"] + NAMES["newer"] if name.startswith("filter[")]


@pytest.fixture(scope="module")
def everything(sandbox: Sandbox, client: httpx.Client) -> list[Incident]:
    """All incidents, each with its included resources by relation."""
    found = list[Incident]()
    url = f"{sandbox.url('rootly')}/v1/incidents"
    names = {
        "causes",
        "custom_field_selections",
        "services",
        "environments",
        "groups",
        "incident_types",
        "functionalities",
    }
    parameters = {"include": ",".join(names), "page[size]": "100"}
    for number in range(1, 5):
        page = client.get(url, params=parameters | {"page[number]": str(number)}).json()
        included = {(one["type"], one["id"]): one for one in page["included"]}
        for row in page["data"]:
            related = {
                name: [included[one["type"], one["id"]] for one in relation["data"]]
                for name, relation in row["relationships"].items()
                if name in names
            }
            found.append({**row, "included": related})
    return found


@pytest.fixture
def matching(incidents: Ask) -> Matching:
    def matching(filters: dict[str, str]) -> set[str]:
        common = {"fields[incidents]": "id", "page[size]": "100"}
        pages = [
            incidents({**filters, **common, "page[number]": str(number)}).json()
            for number in range(1, 5)
        ]
        found = [row["id"] for page in pages for row in page["data"]]
        assert len(found) == pages[0]["meta"]["total_count"]
        return set(found)

    return matching


def ids(incidents: Iterable[Incident]) -> set[str]:
    return {incident["id"] for incident in incidents}


def parts(parameter: str) -> tuple[str, str]:
    name, _, operator = parameter.removeprefix("filter[").removesuffix("]").partition("][")
    return name, operator


def test_there_are_60_documented_parameters_and_103_newer_ones() -> None:
    assert (len(NAMES["reference"]), len(NAMES["newer"])) == (60, 103)
    assert {parts(name)[0] for name in FILTERS} == {
        *HAS,
        "search",
        *{n for n, op in map(parts, FILTERS) if op in COMPARED},
    }


@pytest.mark.parametrize("parameter", [name for name in FILTERS if parts(name)[0] in HAS])
def test_a_filter_selects_incidents_by_what_they_have(
    parameter: str, everything: list[Incident], matching: Matching
) -> None:
    name, operator = parts(parameter)
    has = HAS[name]
    frequent = Counter(value for incident in everything for value in sorted(has(incident)))
    values = [value for value, times in frequent.most_common() if times < 0.9 * len(everything)][:2]
    if operator in ("eq", "not_eq"):
        values = values[:1]
    wanted = ids(incident for incident in everything if has(incident) & set(values))
    if operator.startswith("not"):
        wanted = ids(everything) - wanted
    if name == "private" and not operator:
        values, wanted = (
            ["true"],
            ids(incident for incident in everything if "true" in has(incident)),
        )
    found = matching({parameter: ",".join(values)})
    assert found == wanted
    assert 0 < len(found) < len(everything)


@pytest.mark.parametrize("parameter", [name for name in FILTERS if parts(name)[1] in COMPARED])
def test_a_filter_compares_instants(
    parameter: str, everything: list[Incident], matching: Matching
) -> None:
    name, operator = parts(parameter)
    known = {
        one["id"]: one["attributes"][name] for one in everything if one["attributes"].get(name)
    }
    moments = {id_: datetime.fromisoformat(text) for id_, text in known.items()}
    edge = sorted(moments.values())[len(moments) // 2]
    found = matching({parameter: edge.isoformat()})
    assert found == {id_ for id_, moment in moments.items() if COMPARED[operator](moment, edge)}
    assert 0 < len(found) < len(everything)


def test_a_date_means_its_first_instant_in_utc(matching: Matching) -> None:
    whole = matching({"filter[created_at][gte]": "2026-11-01"})
    assert whole == matching({"filter[created_at][gte]": "2026-11-01T00:00:00Z"})
    assert whole == matching({"filter[created_at][gte]": "2026-10-31T16:00:00-08:00"})


def test_search_looks_into_titles_and_summaries(
    everything: list[Incident], matching: Matching
) -> None:
    def texts(incident: Incident) -> str:
        return f"{incident['attributes']['title']} {incident['attributes'].get('summary')}".lower()

    found = matching({"filter[search]": "Rollback"})
    assert found == ids(incident for incident in everything if "rollback" in texts(incident))
    assert 0 < len(found) < len(everything)


def test_different_filters_must_all_match(matching: Matching) -> None:
    both = matching({"filter[status]": "closed", "filter[severity]": "sev2"})
    assert both == matching({"filter[status]": "closed"}) & matching({"filter[severity]": "sev2"})


@pytest.mark.parametrize(
    "name", ["services", "environments", "teams", "types", "functionalities", "cause", "severity"]
)
def test_ids_in_place_of_slugs_find_nothing(
    name: str, everything: list[Incident], matching: Matching
) -> None:
    by_id = {
        "services": "service_ids",
        "environments": "environment_ids",
        "teams": "team_ids",
        "types": "type_ids",
        "functionalities": "functionality_ids",
        "cause": "cause_ids",
        "severity": "severity_id",
    }[name]
    one = next(value for incident in everything for value in HAS[by_id](incident))
    assert matching({f"filter[{by_id}]": one})
    assert not matching({f"filter[{name}]": one})


def test_a_repeated_filter_finds_nothing(incidents: Ask) -> None:
    page = incidents([("filter[status]", "closed"), ("filter[status]", "closed")]).json()
    assert (page["data"], page["meta"]["total_count"]) == ([], 0)


def test_an_unknown_filter_is_silently_ignored(incidents: Ask) -> None:
    assert incidents({"filter[colour]": "red"}).json()["meta"]["total_count"] == 400


@pytest.mark.parametrize("parameter", FILTERS)
def test_a_blank_filter_is_a_server_error(incidents: Ask, parameter: str) -> None:
    answer = incidents({parameter: " " if len(parameter) % 2 else ""})
    assert answer.status_code == 500
    assert answer.json() == {"errors": [{"title": "Internal Server Error", "status": "500"}]}
