"""Each fault does what its name says, at the requested rate."""

import json
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest

from sandbox.faults import FAULTS
from sandbox.serving import Sandbox, serve
from sandbox.world import story
from tests.sandbox.ask import Ask
from tests.sandbox.conftest import NOW

SECRETS = (
    "zoom_meeting_password",
    "zoom_meeting_start_url",
    "google_meeting_url",
    "webex_meeting_url",
)
UNFINISHED = ("reset", "reset-in-body", "truncated", "endless", "slow")
TWO = {"page[size]": "2"}
STORY = {"incident_id": story.IO_ID}


@pytest.mark.parametrize("fault", ["reset", "reset-in-body"])
def test_the_connection_is_reset(incidents: Ask, fault: str) -> None:
    with pytest.raises(httpx.ReadError):
        incidents(TWO, fault=fault)


def test_the_body_ends_early(attachments: Ask) -> None:
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
        attachments(STORY, fault="truncated")


@pytest.mark.parametrize("fault", ["delay:0.2", "slow:0.2"])
def test_an_answer_takes_its_time(attachments: Ask, fault: str) -> None:
    begun = time.perf_counter()
    answer = attachments(STORY, fault=fault)
    assert time.perf_counter() - begun >= 0.2
    assert answer.json() == attachments(STORY).json()


def test_a_delay_ends_with_the_sandbox() -> None:
    begun = time.perf_counter()
    with serve(size=5) as sandbox, httpx.Client() as client, pytest.raises(httpx.ReadTimeout):
        client.get(f"{sandbox.url('rootly', fault='delay:60')}/v1/incidents", timeout=0.1)
    assert time.perf_counter() - begun < 5


def test_an_endless_body_goes_on(sandbox: Sandbox, client: httpx.Client) -> None:
    url = f"{sandbox.url('rootly', fault='endless')}/v1/incidents"
    with client.stream("GET", url) as answer:
        chunks = answer.iter_bytes(1 << 20)
        assert all(len(next(chunks)) == 1 << 20 for _ in range(20))


@pytest.mark.parametrize("fault", ["malformed", "cut", "empty", "html"])
def test_a_success_is_not_json(incidents: Ask, fault: str) -> None:
    answer = incidents(TWO, fault=fault)
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_the_content_type_is_wrong(incidents: Ask) -> None:
    assert incidents(TWO, fault="content-type").headers["Content-Type"] == "text/plain"


@pytest.mark.parametrize("root", ["[]", "null", "3", '"text"', "true"])
def test_the_root_is_not_an_object(incidents: Ask, root: str) -> None:
    assert incidents(TWO, fault=f"root:{root}").json() == json.loads(root)


def test_the_rows_are_missing(incidents: Ask, attachments: Ask) -> None:
    assert incidents(TWO, fault="missing-rows").json().keys() == {"links", "meta"}
    assert attachments(STORY, fault="missing-rows").json() == {}


def test_a_body_is_larger_than_16_megabytes(incidents: Ask) -> None:
    assert len(incidents(TWO, fault="oversized").content) > 16 << 20


def test_a_small_body_becomes_a_large_one_when_unpacked(incidents: Ask) -> None:
    answer = incidents(TWO, fault="gzip-bomb:20")
    assert int(answer.headers["Content-Length"]) < 100_000
    assert len(answer.content) > 20 << 20


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 409, 415, 422, 429, 500, 501])
def test_rootly_fails_with_its_documented_body(incidents: Ask, status: int) -> None:
    answer = incidents(TWO, fault=f"status:{status}")
    assert answer.status_code == status
    if status == 429:
        assert answer.json() == {"error": "Rate limit exceeded. Try again later."}
    else:
        assert answer.json()["errors"][0]["status"] == str(status)


@pytest.mark.parametrize(
    ("status", "type_"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (403, "resource_forbidden"),
        (404, "not_found"),
        (408, "request_timeout"),
        (422, "validation_error"),
        (429, "too_many_requests"),
        (500, "api_error"),
    ],
)
def test_incident_io_fails_with_its_documented_envelope(
    attachments: Ask, status: int, type_: str
) -> None:
    answer = attachments(STORY, fault=f"status:{status}")
    assert (answer.status_code, answer.json()["type"], answer.json()["status"]) == (
        status,
        type_,
        status,
    )


@pytest.mark.parametrize("status", [502, 503, 504])
def test_gateways_do_not_send_json(incidents: Ask, attachments: Ask, status: int) -> None:
    for answer in (
        incidents(TWO, fault=f"status:{status}"),
        attachments(STORY, fault=f"status:{status}"),
    ):
        assert answer.status_code == status
        assert "json" not in answer.headers["Content-Type"]


def test_an_error_comes_as_a_success(incidents: Ask) -> None:
    answer = incidents(TWO, fault="error-in-success")
    assert (answer.status_code, list(answer.json())) == (200, ["errors"])


def test_a_redirect_leads_to_another_path_of_the_sandbox(incidents: Ask) -> None:
    answer = incidents(TWO, fault="redirect:307")
    assert (answer.status_code, answer.headers["Location"]) == (307, "/moved")


READ = {
    "seconds": lambda answer: NOW + timedelta(seconds=int(answer.headers["Retry-After"])),
    "http-date": lambda answer: parsedate_to_datetime(answer.headers["Retry-After"]),
    "reference-date": lambda answer: parsedate_to_datetime(answer.headers["Retry-After"]).replace(
        tzinfo=UTC
    ),
    "rfc3339": lambda answer: datetime.fromisoformat(answer.headers["Retry-After"]),
    "reset": lambda answer: datetime.fromtimestamp(int(answer.headers["X-RateLimit-Reset"]), UTC),
    "body-date": lambda answer: parsedate_to_datetime(
        answer.json()["rate_limit"]["retry_after"]
    ).replace(tzinfo=UTC),
    "body-rfc3339": lambda answer: datetime.fromisoformat(
        answer.json()["rate_limit"]["retry_after"]
    ),
}


@pytest.mark.parametrize("form", READ)
def test_a_rate_limit_has_the_time_of_the_next_try(attachments: Ask, form: str) -> None:
    answer = attachments(STORY, fault=f"429:{form}:90")
    assert answer.status_code == 429
    assert parsedate_to_datetime(answer.headers["Date"]) == NOW
    assert READ[form](answer) - NOW == timedelta(seconds=90)
    assert answer.headers["X-RateLimit-Limit"] == "60, 1200;window=60, 60;window=60"


def test_a_rate_limit_has_the_headers_of_the_vendor(incidents: Ask, attachments: Ask) -> None:
    limits = [
        ask(STORY, fault="429").headers["X-RateLimit-Limit"] for ask in (incidents, attachments)
    ]
    assert limits == ["1000, 1000;window=3600", "60, 1200;window=60, 60;window=60"]


@pytest.mark.parametrize(
    ("form", "header"),
    [("negative", "-30"), ("absurd", "99999999999"), ("garbage", "soon"), ("none", None)],
)
def test_a_rate_limit_has_no_usable_time(incidents: Ask, form: str, header: str | None) -> None:
    assert incidents(TWO, fault=f"429:{form}").headers.get("Retry-After") == header


def test_members_of_rows_have_wrong_types(incidents: Ask) -> None:
    rows = incidents({"page[size]": "100"}, fault="wrong-types", shape="nested").json()["data"]
    assert len(rows) == 100
    for name, type_ in (("title", str), ("services", list), ("private", bool)):
        found = {type(row["attributes"][name]) for row in rows}
        assert type_ in found
        assert len(found) > 1


def test_anything_may_be_null(incidents: Ask) -> None:
    rows = [
        row
        for row in incidents({"page[size]": "100"}, fault="nulls").json()["data"]
        if row.get("attributes")
    ]
    assert len(rows) < 100
    assert any(row["attributes"]["title"] is None for row in rows)
    assert any(row["id"] is None for row in rows)


def test_ids_are_numbers(incidents: Ask, attachments: Ask) -> None:
    assert isinstance(incidents(TWO, fault="numeric-ids").json()["data"][0]["id"], int)
    assert isinstance(
        attachments(STORY, fault="numeric-ids").json()["incident_attachments"][0]["incident_id"],
        int,
    )


def test_dates_are_not_valid(incidents: Ask) -> None:
    created_at = incidents(TWO, fault="invalid-dates").json()["data"][0]["attributes"]["created_at"]
    with pytest.raises(ValueError, match="Invalid isoformat string"):
        datetime.fromisoformat(created_at)


def test_texts_end_in_half_a_character(attachments: Ask) -> None:
    answer = attachments(STORY, fault="surrogates")
    assert b"\\ud800" in answer.content
    assert answer.json()["incident_attachments"][0]["resource"]["title"].endswith("\ud800")


def test_enumerated_values_are_new_ones(incidents: Ask, attachments: Ask) -> None:
    assert (
        incidents(TWO, fault="unknown-enums").json()["data"][0]["attributes"]["status"]
        == "newer_started"
    )
    resources = [
        row["resource"]
        for row in attachments(STORY, fault="unknown-enums").json()["incident_attachments"]
    ]
    assert all(resource["resource_type"].startswith("newer_") for resource in resources)


def test_rows_are_there_twice(incidents: Ask) -> None:
    ids = [row["id"] for row in incidents(TWO, fault="duplicates").json()["data"]]
    assert (len(ids), len(set(ids))) == (4, 2)


def test_rows_are_there_twice_and_contradict_themselves(incidents: Ask, attachments: Ask) -> None:
    first, second, *_ = incidents(TWO, fault="conflicting-duplicates").json()["data"]
    assert first["id"] == second["id"]
    assert (first["attributes"]["status"], second["attributes"]["status"]) == (
        "started",
        "cancelled",
    )
    first, second, *_ = attachments(STORY, fault="conflicting-duplicates").json()[
        "incident_attachments"
    ]
    assert first["id"] == second["id"]
    assert first["resource"]["title"] != second["resource"]["title"]


def test_an_answer_has_an_error_and_an_empty_list(incidents: Ask, attachments: Ask) -> None:
    for answer, rows in (
        (incidents(TWO, fault="error-with-rows"), "data"),
        (attachments(STORY, fault="error-with-rows"), "incident_attachments"),
    ):
        assert (answer.status_code, answer.json()) == (
            200,
            {"error": "Something went wrong", rows: []},
        )


def test_an_answer_is_partial_content(incidents: Ask) -> None:
    answer = incidents(TWO, fault="partial")
    assert (answer.status_code, len(answer.json()["data"])) == (206, 2)


def test_references_have_no_resource(incidents: Ask) -> None:
    page = incidents({"include": "services"}, fault="dangling", shape="references").json()
    references = {
        one["id"] for row in page["data"] for one in row["relationships"]["services"]["data"]
    }
    assert {one["id"] for one in page["included"]} < references


def test_all_filters_are_silently_ignored(incidents: Ask) -> None:
    page = incidents(
        {"filter[status]": "started", "page[size]": "5"}, fault="ignore-filters"
    ).json()
    assert (page["meta"]["total_count"], len(page["data"])) == (400, 5)


def test_canaries_replace_everything_secret_or_personal(sandbox: Sandbox, incidents: Ask) -> None:
    answer = incidents(
        {"page[size]": "5", "include": "action_items,roles,subscribers"},
        fault="canary",
        attributes="all",
    )
    planted = {value for value in sandbox.faults.planted if value in answer.text}
    assert len(planted) == answer.text.count("CANARY-") > 500
    attributes = answer.json()["data"][0]["attributes"]
    assert all(attributes[name] in planted for name in SECRETS)
    assert "@" not in attributes["user"]["data"]["attributes"]["email"]


@pytest.mark.parametrize("fault", [name for name in FAULTS if name not in UNFINISHED])
def test_errors_can_meet_each_fault_too(sandbox: Sandbox, client: httpx.Client, fault: str) -> None:
    answer = client.get(f"{sandbox.url('rootly', fault=fault)}/nothing")
    assert answer.headers["X-Incident-Desk-Sandbox"] == "1"


def outcomes(seed: str, sandbox: Sandbox, times: int = 100) -> list[int]:
    url = f"{sandbox.url('incident_io', fault='status:503', rate='0.2', seed=seed)}/v1/identity"
    with httpx.Client(headers={"Authorization": "Bearer x"}) as client:
        return [client.get(url).status_code for _ in range(times)]


def test_a_rate_is_a_share_of_requests_that_the_seed_decides() -> None:
    with serve(size=2) as one, serve(size=2) as other:
        first = outcomes("1", one)
        assert first == outcomes("1", other)
        assert first != outcomes("2", other)
        assert 5 < first.count(503) < 40


def test_a_mix_is_of_many_faults() -> None:
    with (
        serve(size=2) as sandbox,
        httpx.Client(headers={"Authorization": "Bearer x"}, timeout=0.1) as client,
    ):
        url = f"{sandbox.url('rootly', fault='mix')}/v1/incidents"
        found = set[object]()
        for _ in range(40):
            try:
                with client.stream("GET", url) as answer:
                    found.add((answer.status_code, answer.headers.get("Content-Type")))
            except httpx.HTTPError as failure:
                found.add(type(failure))
    assert len(found) >= 5
