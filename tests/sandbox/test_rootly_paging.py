"""Pages by number and by cursor, and the order of incidents."""

from collections.abc import Callable
from itertools import pairwise

import httpx
import pytest

from sandbox.serving import Sandbox
from tests.sandbox.ask import Ask

SLIM = {"fields[incidents]": "title"}
NEWER_THAN_ALL = "2030-01-01T00:00:00.000Z"


def walk(
    client: httpx.Client,
    url: str,
    parameters: dict[str, str],
    between: Callable[[], object] = lambda: None,
) -> list[str]:
    """The ids of all incidents, in the order of the cursors."""
    found, cursor = list[str](), None
    while True:
        page = client.get(
            url, params=parameters | ({"page[after]": cursor} if cursor else {})
        ).json()
        found += [row["id"] for row in page["data"]]
        cursor = page["meta"]["next_cursor"]
        if cursor is None:
            return found
        between()


def test_incidents_come_newest_first_by_default(incidents: Ask) -> None:
    page = incidents({"page[size]": "100"}).json()
    times = [row["attributes"]["created_at"] for row in page["data"]]
    assert times == sorted(times, reverse=True)
    assert page["data"][0]["attributes"]["title"] == "Checkout 5xx in us-east-1"


def test_page_numbers_reach_every_incident_once(incidents: Ask) -> None:
    pages = [
        incidents({**SLIM, "page[size]": "90", "page[number]": str(number)}).json()
        for number in range(1, 6)
    ]
    assert [len(page["data"]) for page in pages] == [90, 90, 90, 90, 40]
    assert len({row["id"] for page in pages for row in page["data"]}) == 400
    assert pages[1]["meta"] == {
        "current_page": 2,
        "next_page": 3,
        "prev_page": 1,
        "total_count": 400,
        "total_pages": 5,
    }
    assert (pages[4]["meta"]["next_page"], pages[0]["meta"]["prev_page"]) == (None, None)


def test_links_lead_to_the_pages_they_name(client: httpx.Client, incidents: Ask) -> None:
    page = incidents({**SLIM, "page[size]": "90", "page[number]": "2"}).json()
    numbers = {
        name: client.get(url).json()["meta"]["current_page"] for name, url in page["links"].items()
    }
    assert numbers == {"self": 2, "first": 1, "prev": 1, "next": 3, "last": 5}


def test_links_are_null_where_there_is_no_such_page(incidents: Ask) -> None:
    links = incidents({**SLIM, "filter[sequential_id]": "4821", "page[number]": "1"}).json()[
        "links"
    ]
    assert (links["prev"], links["next"]) == (None, None)


def test_links_of_a_walk_by_cursor_continue_it(client: httpx.Client, incidents: Ask) -> None:
    first = incidents({**SLIM, "page[size]": "3"}).json()
    second = client.get(first["links"]["next"]).json()
    by_number = incidents({**SLIM, "page[size]": "3", "page[number]": "2"}).json()
    assert second["data"] == by_number["data"]
    assert (second["meta"]["current_page"], second["meta"]["next_page"]) == (None, None)


@pytest.mark.parametrize(
    "order",
    [
        "created_at",
        "-created_at",
        "updated_at",
        "-updated_at",
        "-resolved_at",
        "in_triage_at",
        "-mitigated_at,started_at",
    ],
)
def test_cursors_reach_every_incident_once_in_order(
    client: httpx.Client, incidents: Ask, sandbox: Sandbox, order: str
) -> None:
    parameters = {**SLIM, "sort": order}
    walked = walk(
        client, f"{sandbox.url('rootly')}/v1/incidents", parameters | {"page[size]": "37"}
    )
    pages = [
        incidents(parameters | {"page[size]": "100", "page[number]": str(number)}).json()
        for number in range(1, 5)
    ]
    assert walked == [row["id"] for page in pages for row in page["data"]]
    assert len(set(walked)) == 400


def test_new_incidents_do_not_move_a_walk_by_cursor(
    client: httpx.Client, own_sandbox: Sandbox
) -> None:
    url = f"{own_sandbox.url('rootly')}/v1/incidents"
    before = walk(client, url, {**SLIM, "page[size]": "7"})

    def declare() -> None:
        own_sandbox.store.create_incident(created_at=NEWER_THAN_ALL)

    assert walk(client, url, {**SLIM, "page[size]": "7"}, declare) == before


def test_new_incidents_move_pages_by_number(client: httpx.Client, own_sandbox: Sandbox) -> None:
    url = f"{own_sandbox.url('rootly')}/v1/incidents"
    first = client.get(url, params={**SLIM, "page[size]": "7", "page[number]": "1"}).json()
    own_sandbox.store.create_incident(created_at=NEWER_THAN_ALL)
    second = client.get(url, params={**SLIM, "page[size]": "7", "page[number]": "2"}).json()
    assert second["data"][0] == first["data"][-1]


@pytest.mark.parametrize(
    "order",
    ["created_at", "updated_at", "started_at", "in_triage_at", "mitigated_at", "resolved_at"],
)
def test_incidents_are_sorted_as_requested_with_missing_instants_last(
    incidents: Ask, order: str
) -> None:
    parameters = {"page[size]": "100", "fields[incidents]": order}
    pages = [
        incidents({**parameters, "sort": order, "page[number]": str(number)}).json()
        for number in range(1, 5)
    ]
    found = [row["attributes"].get(order) or "~" for page in pages for row in page["data"]]
    assert found == sorted(found)
    downwards = incidents({**parameters, "sort": f"-{order}"}).json()["data"]
    assert all(
        (b["attributes"].get(order) or "~") <= (a["attributes"].get(order) or "~")
        for a, b in pairwise(downwards)
    )


def test_a_page_has_at_most_100_incidents(incidents: Ask) -> None:
    page = incidents({**SLIM, "page[size]": "1000"}).json()
    assert (len(page["data"]), page["meta"]["total_pages"]) == (100, 4)


def test_a_page_beyond_the_last_is_empty(incidents: Ask) -> None:
    page = incidents({**SLIM, "page[number]": "400"}).json()
    assert (page["data"], page["meta"]["total_count"]) == ([], 400)


def test_offsets_end_at_50_000_incidents(incidents: Ask) -> None:
    assert incidents({**SLIM, "page[number]": "500", "page[size]": "100"}).status_code == 200
    refused = incidents({**SLIM, "page[number]": "501", "page[size]": "100"})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["title"].startswith("offset pagination is limited")


def test_cursors_and_meta_can_be_switched_off(incidents: Ask) -> None:
    parameters = {**SLIM, "page[size]": "3"}
    cursor = incidents(parameters).json()["meta"]["next_cursor"]
    unmoved = incidents(parameters | {"page[after]": cursor}, cursor="off").json()
    assert unmoved["data"] == incidents(parameters).json()["data"]
    assert "next_cursor" not in unmoved["meta"]
    assert "meta" not in incidents(parameters, meta="none").json()
