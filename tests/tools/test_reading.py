"""A reading has the newest incidents of one moment, or says what is missing from it."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import anyio
import httpx
import pytest

from evals import truth
from evals.readings import ReadingPlan, read
from sandbox.serving import Sandbox, serve
from sandbox.store import Store
from sandbox.timestamps import utc_text
from tests.conftest import NO_CERTIFICATES, NOW
from tests.slow import seeds, slow
from tests.tools.mocked import reply
from tools.connection import Connection, connect
from tools.errors import Forbidden
from tools.limits import Limits
from tools.rootly import ROOTLY
from tools.rootly.document import Document, Incident
from tools.rootly.question import Needs, Question
from tools.rootly.reading.reading import Reading, read_newest

pytestmark = pytest.mark.anyio

EVERYTHING = Question()
STARTED = Question(filters={"status": ["started"]})
RESOLVED = Question(filters={"status": ["resolved"]})


@pytest.fixture(scope="module")
def world() -> Iterator[Sandbox]:
    """A sandbox whose world each test replaces."""
    with serve(now=NOW, size=1) as sandbox:
        yield sandbox


def hours_apart(number: int, **columns: Any) -> Store:
    """Incident 1 is the oldest."""
    incidents = [
        {"created_at": NOW - timedelta(hours=number - n), **columns} for n in range(number)
    ]
    return Store.containing(incidents, NOW)


def status(document: Document, incident: Incident) -> object:
    return incident.attributes.get("status")


def connected(
    sandbox: Sandbox,
    dials: Mapping[str, str] | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
    **limits: Any,
) -> Connection:
    return connect(
        ROOTLY,
        sandbox.url("rootly", **(dials or {})),
        "key",
        limits=Limits(backoff_s=0.001, requests_per_minute=10**6, **limits),
        clock=lambda: NOW,
        tls=NO_CERTIFICATES,
        transport=transport,
    )


async def newest(
    sandbox: Sandbox,
    *questions: Question,
    dials: Mapping[str, str] | None = None,
    time: AbstractContextManager[object] | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
    **limits: Any,
) -> Reading[object]:
    connection = connected(sandbox, dials, transport, **limits)
    async with connection.http:
        with time or nullcontext():
            return await read_newest(
                questions or [EVERYTHING], connection, status, Needs(frozenset({"status"}))
            )


def created_since(store: Store, since: datetime | None) -> dict[str, object]:
    """The status of each incident that was created since then, by its number."""
    where = f"created_at >= '{utc_text(since)}'" if since else "1"
    return {
        str(number): text
        for number, text in truth.pairs(store, "sequential_id", "status", where).items()
    }


@pytest.mark.parametrize("seed", seeds(300, fast=6))
async def test_a_reading_is_exact_for_one_moment_or_says_what_is_missing(
    seed: int, world: Sandbox
) -> None:
    plan = ReadingPlan.of(seed)
    verdict = await read(world, plan)
    assert verdict.faults == [], plan


@pytest.mark.parametrize("number", [0, 1, 99])
async def test_incidents_that_fit_one_answer_take_one_request(number: int, world: Sandbox) -> None:
    world.load(hours_apart(number))
    before = world.script.count()
    reading = await newest(world)
    assert reading.covered() == {"incidents": number, "of": number}
    assert reading.is_one_answer
    assert reading.notes() == []
    assert world.script.count() == before + 1


async def test_what_fits_the_bound_is_read_whole(world: Sandbox) -> None:
    world.load(hours_apart(300))
    reading = await newest(world, summary_max=300)
    assert reading.incidents == created_since(world.store, None)
    assert reading.covered() == {"incidents": 300, "of": 300}
    assert reading.is_proven


@pytest.mark.parametrize("limit", [1, 99, 100, 250])
async def test_beyond_the_bound_the_newest_are_read_and_a_note_says_so(
    limit: int, world: Sandbox
) -> None:
    world.load(hours_apart(300))
    reading = await newest(world, summary_max=limit)
    since = NOW - timedelta(hours=limit + 1) + timedelta(minutes=1)
    stamp = f"{since:%Y-%m-%dT%H:%M:%SZ}"
    assert reading.covered() == {"incidents": limit, "of": 300, "since": stamp}
    assert reading.incidents == created_since(world.store, since)
    assert reading.is_proven
    [note] = reading.notes()
    assert f'created_at {{"lt":"{stamp}"}}' in note


@pytest.mark.parametrize(
    "dials",
    [
        {"compared": "minute", "sorted": "minute"},
        {"shown": "minute"},
        {"stored": "s", "compared": "s"},
        {"page_limit": "10"},
        {"ties": "request"},
    ],
    ids=str,
)
async def test_the_part_begins_at_a_minute_whatever_the_vendor_compares(
    dials: Mapping[str, str], world: Sandbox
) -> None:
    incidents = [{"created_at": NOW - n * timedelta(seconds=25)} for n in range(400)]
    world.load(Store.containing(incidents, NOW))
    reading = await newest(world, dials=dials, summary_max=150)
    assert 147 <= len(reading.incidents) <= 150
    assert reading.since
    assert reading.since.second == 0
    assert reading.incidents == created_since(world.store, reading.since)
    assert reading.is_proven


async def test_a_minute_with_too_many_incidents_is_not_read_in_part(world: Sandbox) -> None:
    at = NOW - timedelta(hours=3)
    crowd = [{"created_at": at + timedelta(milliseconds=n)} for n in range(200)]
    others = [{"created_at": NOW - timedelta(minutes=n)} for n in range(1, 41)]
    world.load(Store.containing([*crowd, *others], NOW))
    reading = await newest(world, summary_max=120)
    assert reading.covered()["incidents"] == 40
    world.load(Store.containing(crowd, NOW))
    reading = await newest(world, summary_max=120)
    assert reading.covered()["incidents"] == 0
    assert reading.covered()["of"] == 200
    assert reading.notes()


@pytest.mark.parametrize("request_number", [2, 5, 9, *slow([3, 4, 6, 7, 8, 10, 11, 12])])
async def test_what_changes_meanwhile_is_read_as_it_was_at_one_moment(
    request_number: int, world: Sandbox
) -> None:
    world.load(hours_apart(400, status="started"))
    before = created_since(world.store, None)

    def change(store: Store) -> None:
        store.delete_incident(250)
        store.update_incident(300, status="resolved", updated_at=NOW)
        store.create_incident(status="started")

    world.script.before(request_number, change)
    reading = await newest(world, summary_max=200)
    after = created_since(world.store, reading.since)
    in_part = {key: value for key, value in before.items() if key in after or key == "250"}
    assert reading.incidents in (in_part, after)
    assert reading.is_proven


async def without_some_times(request: httpx.Request) -> httpx.Response:
    """The sandbox's answer, in which every third incident does not show when it was created."""
    async with httpx.AsyncClient() as client:
        response = await client.get(request.url, headers=request.headers)
    body = response.json()
    for row in body["data"]:
        if row["attributes"].get("sequential_id", 0) % 3 == 0:
            row["attributes"]["created_at"] = None
    return reply(response.status_code, body)


async def test_an_incident_that_does_not_show_when_it_was_created_is_read(world: Sandbox) -> None:
    world.load(hours_apart(300))
    transport = httpx.MockTransport(without_some_times)
    reading = await newest(world, transport=transport)
    assert reading.incidents == created_since(world.store, None)
    assert reading.is_proven
    reading = await newest(world, transport=transport, summary_max=80)
    assert reading.incidents == created_since(world.store, reading.since)
    assert reading.is_proven


@pytest.mark.slow
async def test_when_the_time_ends_the_newest_ones_are_there_and_notes_say_what_is_missing(
    world: Sandbox,
) -> None:
    world.load(hours_apart(1_000))
    for number in range(6, 40):
        world.script.turn(world.script.count() + number, fault="delay:60")
    reading = await newest(world, time=anyio.fail_after(3), max_in_flight=3)
    assert reading.since
    assert 99 <= len(reading.incidents) < 1_000
    assert reading.incidents == created_since(world.store, reading.since)
    assert reading.covered()["of"] == 1_000
    assert not reading.is_proven
    assert "created_at" in reading.notes()[0]
    assert "not proven" in reading.notes()[1]


@pytest.mark.slow
async def test_if_the_first_answer_is_slow_the_proof_begins_meanwhile(world: Sandbox) -> None:
    world.load(hours_apart(150))
    world.script.turn(1, fault="delay:3")
    reading = await newest(world)
    assert reading.incidents == created_since(world.store, None)
    assert reading.is_proven
    sorts = [dict(request.query).get("sort") for _, request in world.script.requests]
    assert sorts[:2] == ["-created_at", "-updated_at"]
    assert sorts.count("-updated_at") == 1


async def test_without_any_answer_the_call_times_out_and_has_nothing_to_say(
    world: Sandbox,
) -> None:
    world.load(hours_apart(10))
    connection = connected(world, {"fault": "delay:60"})
    async with connection.http:
        with pytest.raises(TimeoutError), anyio.fail_after(0.2):
            await read_newest([EVERYTHING], connection, status, Needs())
    assert connection.record.timeout_message
    assert connection.record.timeout_message(0.2) == ""
    assert connection.record.was_sent


@pytest.mark.parametrize("number", [50, 250])
@pytest.mark.parametrize("request_number", [1, 2, 3, 4, *slow(range(5, 20))])
@pytest.mark.parametrize("max_in_flight", [1, 8])
async def test_what_matches_any_of_several_questions_is_exact_for_one_moment(
    number: int, request_number: int, max_in_flight: int, world: Sandbox
) -> None:
    world.load(hours_apart(number, status="started"))
    recent = replace(STARTED, ranges={"updated_at": {"gte": NOW - timedelta(hours=30)}})
    moments = [created_since(world.store, None)]

    def change(store: Store) -> None:
        store.update_incident(7, status="resolved", updated_at=NOW)
        store.update_incident(8, title="Other", updated_at=NOW)
        store.update_incident(number, status="resolved", updated_at=NOW)
        store.delete_incident(9)
        store.create_incident(status="started")
        moments.append(created_since(store, None))

    world.script.before(world.script.count() + request_number, change)
    reading = await newest(world, STARTED, recent, max_in_flight=max_in_flight)
    assert reading.is_proven
    started = [{key: one for key, one in was.items() if one == "started"} for was in moments]
    assert reading.incidents in started
    assert reading.covered() == {"incidents": len(reading.incidents), "of": len(reading.incidents)}


@pytest.mark.parametrize("number", [0, 1, 99])
async def test_answers_that_hold_everything_are_asked_for_twice(
    number: int, world: Sandbox
) -> None:
    world.load(hours_apart(number))
    before = world.script.count()
    reading = await newest(world, STARTED, EVERYTHING)
    assert len(reading.incidents) == number
    assert reading.is_one_answer
    assert world.script.count() == before + 4


async def test_questions_that_overlap_have_each_incident_once(world: Sandbox) -> None:
    world.load(hours_apart(230, status="started"))
    reading = await newest(world, STARTED, EVERYTHING)
    assert reading.covered() == {"incidents": 230, "of": 230}


async def test_with_several_questions_the_latest_bound_counts(world: Sandbox) -> None:
    world.load(hours_apart(300, status="started"))
    for number in range(1, 41):
        world.store.update_incident(number, status="resolved")
    reading = await newest(world, STARTED, RESOLVED, summary_max=100)
    covered = reading.covered()
    assert covered["incidents"] == 140
    assert "of" not in covered
    since = NOW - timedelta(hours=101) + timedelta(minutes=1)
    assert covered["since"] == f"{since:%Y-%m-%dT%H:%M:%SZ}"


async def test_progress_is_told_after_the_first_answer(world: Sandbox) -> None:
    """With answers of 15 s, the second ones come after half a minute."""
    world.load(hours_apart(300, status="started"))
    requests: list[int] = []

    async def progress(done: int, total: int) -> None:
        requests.append(world.script.count())

    connection = replace(connected(world), progress=progress)
    async with connection.http:
        await read_newest([STARTED], connection, status, Needs())
    assert requests[0] == 1


async def test_progress_only_grows(world: Sandbox) -> None:
    world.load(hours_apart(600, status="started"))
    for number in range(1, 151):
        world.store.update_incident(number, status="resolved")
    reports: list[tuple[int, int]] = []

    async def progress(done: int, total: int) -> None:
        reports.append((done, total))

    connection = replace(connected(world), progress=progress)
    async with connection.http:
        await read_newest([STARTED, RESOLVED], connection, status, Needs())
    done = [number for number, _ in reports]
    assert done == sorted(set(done))
    assert reports[-1] == (600, 600)


@pytest.mark.parametrize(
    "dials",
    [
        {"meta": "none"},
        {"total": "missing"},
        {"total": "fewer:3"},
        {"total": "zero"},
        {"meta": "none", "last_cursor": "set"},
        {"meta": "none", "page_limit": "40"},
        {"meta": "none", "compared": "minute", "sorted": "minute"},
    ],
    ids=str,
)
@pytest.mark.parametrize("number", [30, 250])
async def test_without_a_certain_count_everything_is_read_and_a_note_says_that_it_is_not_proven(
    dials: Mapping[str, str], number: int, world: Sandbox
) -> None:
    world.load(hours_apart(number))
    for questions in ([EVERYTHING], [EVERYTHING, STARTED]):
        reading = await newest(world, *questions, dials=dials)
        assert reading.incidents == created_since(world.store, None)
        assert reading.covered() == {"incidents": number}
        assert not reading.is_proven
        [note] = reading.notes()
        assert "Rootly says" in note or "Rootly does not say how many incidents match." in note
        assert "not proven" in note


async def test_without_a_count_the_bound_holds(world: Sandbox) -> None:
    world.load(hours_apart(300))
    reading = await newest(world, dials={"meta": "none"}, summary_max=150)
    since = NOW - timedelta(hours=151) + timedelta(minutes=1)
    assert reading.covered() == {"incidents": 150, "since": f"{since:%Y-%m-%dT%H:%M:%SZ}"}


@pytest.mark.parametrize("dials", [{"meta": "none"}, {"total": "fewer:7"}], ids=str)
async def test_a_second_with_very_many_incidents_is_read_without_a_certain_count(
    dials: Mapping[str, str], world: Sandbox
) -> None:
    at = NOW - timedelta(hours=3)
    crowd = [{"created_at": at + timedelta(milliseconds=n)} for n in range(150)]
    world.load(Store.containing(crowd, NOW))
    reading = await newest(world, dials=dials)
    assert reading.covered() == {"incidents": 150}
    assert not reading.is_proven


@pytest.mark.parametrize("request_number", [2, 4, 9, *slow([3, 5, 6, 7, 8, 10, 11])])
async def test_after_a_failure_what_was_read_until_then_counts_and_a_note_names_the_failure(
    request_number: int, world: Sandbox
) -> None:
    world.load(hours_apart(600))
    for number in range(request_number, 40):
        world.script.turn(world.script.count() + number, fault="status:503")
    reading = await newest(world, max_in_flight=2)
    assert len(reading.incidents) >= 99
    assert reading.incidents == created_since(world.store, reading.since)
    assert not reading.is_proven
    assert reading.doubt
    assert "503" in reading.doubt
    assert "not proven" in reading.notes()[-1]


async def test_a_failure_that_cannot_pass_is_an_error(world: Sandbox) -> None:
    world.load(hours_apart(600))
    for number in range(3, 40):
        world.script.turn(world.script.count() + number, fault="status:403")
    with pytest.raises(Forbidden):
        await newest(world)
