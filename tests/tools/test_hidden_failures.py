"""A failure inside a 200 is an error: it never looks like an empty or a complete list."""

import json
from typing import Any

import pytest

from tests.tools.mocked import mocked_dispatcher, reply

pytestmark = pytest.mark.anyio

ROOTLY_FAILURES: list[dict[str, Any]] = [
    {"data": [], "error": "search is down"},
    {"data": [], "errors": [{"title": "search is down"}]},
    {"data": [], "status": "error", "message": "search is down"},
    {"data": [], "status": 500},
    {"data": [], "type": "api_error"},
    {"data": [], "meta": {"errors": ["a shard failed"], "total_count": 0}},
    {"data": [], "meta": {"total_count": 30}},
    {"data": [], "meta": {"total_count": "30"}},
]
INCIDENT_IO_FAILURES: list[dict[str, Any]] = [
    {"incident_attachments": [], "error": "down"},
    {"incident_attachments": [], "type": "api_error", "status": 500},
    {"incident_attachments": [], "pagination_meta": {"after": "01X", "page_size": 25}},
    {"incident_attachments": [], "pagination_meta": {"total_record_count": 250}},
]
ATTACHMENT = {
    "id": "01A",
    "incident_id": "01I",
    "resource": {"external_id": "7", "resource_type": "jira_issue", "title": "OPS-7"},
}


async def call(body: Any, tool: str, arguments: dict[str, Any], *, key: str = "key") -> Any:
    """The answer of a tool, if its vendor sends *body*."""
    async with mocked_dispatcher(lambda _: reply(body=body), key=key) as dispatcher:
        return json.loads((await dispatcher.call(tool, arguments)).text)


@pytest.mark.parametrize("body", ROOTLY_FAILURES, ids=json.dumps)
@pytest.mark.parametrize("arguments", [{}, {"group_by": "status"}], ids=str)
async def test_a_failure_inside_rootlys_answer_is_not_an_empty_list(
    body: dict[str, Any], arguments: dict[str, Any]
) -> None:
    answer = await call(body, "list_incidents", arguments)
    assert answer["error"]["code"] == "unexpected_response"


@pytest.mark.parametrize("body", INCIDENT_IO_FAILURES, ids=json.dumps)
async def test_a_failure_inside_incident_ios_answer_is_not_an_empty_list(
    body: dict[str, Any],
) -> None:
    answer = await call(body, "list_attachments", {"incident_id": "01I"})
    assert answer["error"]["code"] == "unexpected_response"


async def test_a_part_of_the_attachments_does_not_look_like_all() -> None:
    body = {
        "incident_attachments": [ATTACHMENT],
        "pagination_meta": {"after": "01A", "total_record_count": 250},
    }
    answer = await call(body, "list_attachments", {"incident_id": "01I"})
    assert (answer["count"], "total" in answer) == (1, False)
    assert (
        "incident.io says that there are more attachments than it sent,"
        " and documents no way to ask for them." in answer["notes"]
    )


async def test_a_key_that_a_vendor_repeats_is_not_shown() -> None:
    key = "rootly-0123456789abcdef"
    row = {
        "id": "1",
        "type": "incidents",
        "attributes": {"sequential_id": 1, "title": f"{key} leaked", "status": "started"},
    }
    answer = await call({"data": [row]}, "list_incidents", {}, key=key)
    assert answer["incidents"][0]["title"] == "[removed] leaked"


@pytest.mark.parametrize(
    "link",
    [
        "https://meet.google.com/abc-defg-hij",
        "https://example.zoom.us/j/123?pwd=secret",
        "https://teams.microsoft.com/l/meetup-join/19%3ameeting",
        "https://teams.microsoft.com//l/meetup%2Djoin/19",
        "https://gov.teams.microsoft.us/l/meetup-join/19",
        "https://zoom.us./j/1?pwd=secret",
        "https://zoom。us/j/1",
        "https://acme.zoomgov.com/j/1",
        "https://www.gotomeeting.com/join/1",
    ],
)
async def test_a_link_to_join_a_meeting_is_not_shown(link: str) -> None:
    resource = {
        "external_id": "7",
        "resource_type": "google_calendar_event",
        "title": "Call",
        "permalink": link,
    }
    body = {"incident_attachments": [{**ATTACHMENT, "resource": resource}]}
    answer = await call(body, "list_attachments", {"incident_id": "01I"})
    assert "permalink" not in answer["attachments"][0]
    assert "1 permalinks are left out" in " ".join(answer["notes"])


@pytest.mark.parametrize(
    ("status", "live", "without"),
    [("started", 1, 0), ("Started", 1, 0), (None, 0, 1), ("reopened", 0, 1), ("closed", 0, 0)],
)
async def test_an_answer_says_if_it_is_not_known_what_is_live(
    status: str | None, live: int, without: int
) -> None:
    row = {
        "id": "1",
        "type": "incidents",
        "attributes": {"sequential_id": 1, "status": status, "kind": "normal"},
    }
    answer = await call(
        {"data": [row], "meta": {"total_count": 1}}, "list_incidents", {"group_by": "kind"}
    )
    assert answer["rows"][0][2] == live
    note = (
        "1 incidents show no status that Rootly documents: it is not known whether they are live."
    )
    assert (note in answer.get("notes", [])) == bool(without)


async def test_an_address_in_the_place_of_a_source_is_not_shown() -> None:
    row = {
        "id": "1",
        "type": "incidents",
        "attributes": {"sequential_id": 1, "source": "jane@example.com"},
    }
    answer = await call({"data": [row]}, "list_incidents", {"fields": ["sequential_id", "source"]})
    assert answer["incidents"] == [{"sequential_id": 1}]
    assert answer["notes"] == ["Left out, because not readable: source (1)."]
