"""Each dial of Rootly's pages and times does what its meaning says, and nothing else."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from sandbox.serving import Sandbox, serve_store
from sandbox.store import Store
from sandbox.timestamps import utc_text
from tests.sandbox.ask import Ask, Parameters
from tests.sandbox.conftest import NOW

FIRST = datetime.fromisoformat("2026-11-20T12:00:00.100Z")
# Seven incidents, a fifth of a second apart. The last two have the same millisecond.
WORLD = [
    {"sequential_id": n + 1, "created_at": FIRST + timedelta(milliseconds=200 * min(n, 5))}
    for n in range(7)
]
NUMBERS = {"fields[incidents]": "sequential_id"}


@pytest.fixture(scope="module")
def small() -> Iterator[Sandbox]:
    with serve_store(Store.containing(WORLD, NOW)) as running:
        yield running


@pytest.fixture
def ask(small: Sandbox, client: httpx.Client) -> Ask:
    def ask(parameters: Parameters | None = None, **options: str) -> httpx.Response:
        return client.get(f"{small.url('rootly', **options)}/v1/incidents", params=parameters)

    return ask


def numbers(answer: httpx.Response) -> list[int]:
    return [row["attributes"]["sequential_id"] for row in answer.json()["data"]]


def pages(ask: Ask, parameters: dict[str, str], **options: str) -> Iterator[dict[str, Any]]:
    """The pages of a walk by cursor, to its end or to the tenth page."""
    cursor: dict[str, str] = {}
    for _ in range(10):
        answer = ask({**NUMBERS, **parameters, **cursor}, **options)
        yield answer.json()
        following = answer.json().get("meta", {}).get("next_cursor")
        if not following:
            return
        cursor = {"page[after]": following}


def shown(page: dict[str, Any]) -> list[int]:
    return [row["attributes"]["sequential_id"] for row in page["data"]]


@pytest.mark.parametrize(
    ("dial", "count", "last_page"),
    [("exact", 7, 4), ("zero", 0, 0), ("more:10", 17, 9), ("fewer:3", 4, 2), ("12", 12, 6)],
)
def test_the_total_is_wrong(ask: Ask, dial: str, count: int, last_page: int) -> None:
    page = ask({"page[size]": "2", "page[number]": "1"}, total=dial).json()
    assert (page["meta"]["total_count"], page["meta"]["total_pages"]) == (count, last_page)
    assert (page["meta"]["next_page"], len(page["data"])) == (2, 2)


def test_the_total_is_twelve_although_there_are_two_incidents_and_one_page(ask: Ask) -> None:
    page = ask({"filter[sequential_id]": "3,4"}, total="12").json()
    assert (len(page["data"]), page["meta"]["total_count"], page["meta"]["next_page"]) == (
        2,
        12,
        None,
    )


def test_the_total_is_missing(ask: Ask) -> None:
    assert {"total_count", "total_pages"}.isdisjoint(ask(total="missing").json()["meta"])


def test_a_page_is_cut_to_the_limit(ask: Ask) -> None:
    page = ask({"page[size]": "100", "page[number]": "1"}, page_limit="3").json()
    assert (len(page["data"]), page["meta"]["total_pages"], page["meta"]["next_page"]) == (3, 3, 2)


def test_a_page_is_cut_to_the_limit_without_a_sign(ask: Ask) -> None:
    page = ask(
        {"page[size]": "100", "page[number]": "1"}, page_limit="3", page_limit_told="no"
    ).json()
    assert (len(page["data"]), page["meta"]["total_count"]) == (3, 7)
    assert (page["meta"]["total_pages"], page["meta"]["next_page"]) == (1, None)


def test_a_page_in_the_middle_is_empty(ask: Ask) -> None:
    def by_number(number: int) -> dict[str, Any]:
        parameters = {**NUMBERS, "page[size]": "2", "page[number]": str(number)}
        page: dict[str, Any] = ask(parameters, empty_page="2").json()
        return page

    assert [shown(by_number(number)) for number in (1, 2, 3, 4)] == [[6, 7], [], [3, 2], [1]]
    assert by_number(2)["meta"]["next_page"] == 3
    walk = pages(ask, {"page[size]": "2"}, empty_page="2")
    assert [shown(page) for page in walk] == [[6, 7], [], [5, 4], [3, 2], [1]]


def test_a_cursor_has_no_effect(ask: Ask) -> None:
    walk = pages(ask, {"page[size]": "2"}, cursor="ignored")
    assert [shown(page) for page in walk] == [[6, 7]] * 10


def test_a_cursor_does_not_keep_the_sort(ask: Ask) -> None:
    walk = pages(ask, {"page[size]": "3", "sort": "created_at"}, cursor="unsorted")
    assert [shown(page) for page in walk] == [[1, 2, 3], [2, 1]]


def test_a_cursor_expires(ask: Ask) -> None:
    *found, refused = pages(ask, {"page[size]": "2"}, cursor="expires:2")
    assert [shown(page) for page in found] == [[6, 7], [5, 4]]
    assert refused["errors"][0]["detail"] == "page[after] has expired"


def test_the_last_page_has_a_cursor_too(ask: Ask) -> None:
    assert [shown(page) for page in pages(ask, {"page[size]": "4"}, last_cursor="set")] == [
        [6, 7, 5, 4],
        [3, 2, 1],
        [],
    ]
    walk = pages(ask, {"page[size]": "4"}, last_cursor="always")
    assert [shown(page) for page in walk] == [[6, 7, 5, 4], [3, 2, 1], *[[]] * 8]


def test_the_last_page_has_no_member_for_a_cursor(ask: Ask) -> None:
    assert "next_cursor" not in ask(last_cursor="absent").json()["meta"]
    assert ask().json()["meta"]["next_cursor"] is None


def bounded(ask: Ask, operator: str, text: str, **options: str) -> set[int]:
    return set(numbers(ask({f"filter[created_at][{operator}]": text}, **options)))


def test_times_are_stored_to_the_second(ask: Ask) -> None:
    row = ask({"filter[sequential_id]": "2"}, stored="s").json()["data"][0]
    assert row["attributes"]["created_at"] == "2026-11-20T04:00:00.000-08:00"
    assert bounded(ask, "gte", "2026-11-20T12:00:00.100Z", stored="s") == {6, 7}
    assert bounded(ask, "lte", "2026-11-20T12:00:00Z", stored="s") == {1, 2, 3, 4, 5}


def test_times_are_stored_to_the_microsecond_and_shown_to_the_millisecond(ask: Ask) -> None:
    row = ask({"filter[sequential_id]": "2"}, stored="us").json()["data"][0]
    assert row["attributes"]["created_at"] == "2026-11-20T04:00:00.300-08:00"
    assert bounded(ask, "lte", "2026-11-20T12:00:00.300Z", stored="us") == {1}
    assert bounded(ask, "lte", "2026-11-20T12:00:00.300Z") == {1, 2}
    assert bounded(ask, "lte", "2026-11-20T12:00:00.300Z", stored="us", compared="ms") == {1, 2}


def test_times_are_compared_to_the_second(ask: Ask) -> None:
    assert bounded(ask, "gt", "2026-11-20T12:00:00.500Z") == {4, 5, 6, 7}
    assert bounded(ask, "gt", "2026-11-20T12:00:00.500Z", compared="s") == {6, 7}
    assert bounded(ask, "gte", "2026-11-20T12:00:00.500Z", compared="s") == {1, 2, 3, 4, 5, 6, 7}
    assert bounded(ask, "lt", "2026-11-20T12:00:01Z", compared="minute") == set()


def test_times_are_sorted_to_the_second(ask: Ask) -> None:
    assert numbers(ask({"sort": "-created_at"}, sorted="s")) == [6, 7, 1, 2, 3, 4, 5]
    assert numbers(ask({"sort": "-created_at"})) == [6, 7, 5, 4, 3, 2, 1]


def test_equal_incidents_have_another_order_for_each_page_size(ask: Ask) -> None:
    orders = {
        tuple(numbers(ask({"page[size]": str(size)}, sorted="minute", ties="page_size")))
        for size in range(10, 20)
    }
    again = {
        tuple(numbers(ask({"page[size]": str(size)}, sorted="minute", ties="page_size")))
        for size in range(10, 20)
    }
    assert orders == again
    assert len(orders) > 3
    assert {frozenset(order) for order in orders} == {frozenset(range(1, 8))}


def test_equal_incidents_have_another_order_in_each_request(ask: Ask) -> None:
    orders = {tuple(numbers(ask(sorted="minute", ties="request"))) for _ in range(10)}
    assert len(orders) > 3
    assert numbers(ask({"sort": "created_at"}, ties="request"))[:5] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"shown": "s"}, "2026-11-20T04:00:00-08:00"),
        ({"shown": "minute"}, "2026-11-20T04:00-08:00"),
        ({"shown": "us"}, "2026-11-20T04:00:00.300000-08:00"),
        ({"zone": "Z"}, "2026-11-20T12:00:00.300Z"),
        ({"zone": "+05:30", "shown": "s"}, "2026-11-20T17:30:00+05:30"),
    ],
)
def test_times_have_another_resolution_or_offset(
    ask: Ask, options: dict[str, str], text: str
) -> None:
    row = ask({"filter[sequential_id]": "2"}, **options).json()["data"][0]
    assert row["attributes"]["created_at"] == text


@pytest.mark.parametrize("vendor", ["rootly", "incident_io"])
@pytest.mark.parametrize("seconds", [0, 90, -3600])
def test_each_answer_has_the_vendors_time(
    small: Sandbox, client: httpx.Client, vendor: str, seconds: int
) -> None:
    for path in ("/v1/incidents", "/nothing"):
        answer = client.get(small.url(vendor, clock=str(seconds)) + path)
        assert parsedate_to_datetime(answer.headers["Date"]) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("seconds", ["45", "-45"])
def test_updated_at_comes_from_another_clock(ask: Ask, seconds: str) -> None:
    moment = FIRST + timedelta(seconds=int(seconds))
    [row] = ask({"filter[sequential_id]": "1"}, updated_clock=seconds).json()["data"]
    assert datetime.fromisoformat(row["attributes"]["updated_at"]) == moment
    assert datetime.fromisoformat(row["attributes"]["created_at"]) == FIRST
    assert numbers(ask({"filter[updated_at][lte]": utc_text(moment)}, updated_clock=seconds)) == [1]


def test_the_total_is_that_of_all_incidents(ask: Ask) -> None:
    page = ask({"filter[sequential_id]": "3,4"}, total="unfiltered").json()
    assert (len(page["data"]), page["meta"]["total_count"], page["meta"]["next_page"]) == (
        2,
        7,
        None,
    )


def test_incidents_match_any_of_the_filters(ask: Ask) -> None:
    both = {"filter[sequential_id]": "3,4", "filter[created_at][lte]": utc_text(FIRST)}
    assert numbers(ask(both)) == []
    assert numbers(ask(both, combined="any")) == [4, 3, 1]


@pytest.mark.parametrize(
    ("dial", "heeded"),
    [
        ("any", ["team", "payments", "team:payments"]),
        ("pair", ["team:payments"]),
        ("key", ["team"]),
        ("value", ["payments"]),
    ],
)
def test_a_label_matches_in_one_form_or_in_any(
    client: httpx.Client, dial: str, heeded: list[str]
) -> None:
    with serve_store(Store.containing([{"labels": {"team": "payments"}}], NOW)) as sandbox:
        url = f"{sandbox.url('rootly', label_filter=dial)}/v1/incidents"
        found = [
            text
            for text in ("team", "payments", "team:payments")
            if client.get(url, params={"filter[labels]": text}).json()["data"]
        ]
    assert found == heeded
