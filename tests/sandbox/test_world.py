"""The made-up data: the same for the same seed, without contradictions, with a story."""

import json
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from sandbox.serving import Sandbox
from sandbox.store import Store
from sandbox.timestamps import utc_text
from sandbox.world import story
from sandbox.world.build import build
from tests.slow import slow

NAMES = json.loads(
    (Path(__file__).parent / "references" / "rootly_parameters.json").read_text(encoding="utf-8")
)
LIVE = ("in_triage", "started", "detected", "acknowledged", "mitigated", "in_progress")
ORDER = (
    "in_triage_at",
    "started_at",
    "detected_at",
    "acknowledged_at",
    "mitigated_at",
    "resolved_at",
    "closed_at",
)
# Incidents whose times are meant to contradict each other.
IN_WRONG_ORDER = "sequential_id IN (SELECT sequential_id FROM cases WHERE name = 'wrong-order')"


def everything(store: Store) -> list[list[tuple[object, ...]]]:
    tables = (
        "incidents",
        "resources",
        "links",
        "families",
        "histories",
        "cases",
        "io_incidents",
        "io_attachments",
    )
    return [[tuple(row) for row in store.rows(f"SELECT * FROM {table}")] for table in tables]


@pytest.fixture(scope="module")
def now(sandbox: Sandbox) -> datetime:
    return sandbox.store.now


def test_the_same_seed_instant_and_size_give_the_same_data(now: datetime) -> None:
    # Not two stores: the second one would be a copy of the first one.
    one, other = build(7, now, 310), build(7, now, 310)
    assert one.incidents == other.incidents
    assert one.resources == other.resources
    assert one.io_incidents == other.io_incidents
    assert one.io_attachments == other.io_attachments


def test_another_seed_gives_other_data_with_the_same_story(now: datetime) -> None:
    sql = "SELECT title, status, sequential_id FROM incidents WHERE id = ?"
    with closing(Store(7, now, 80)) as one, closing(Store(8, now, 80)) as other:
        assert everything(one) != everything(other)
        for id_ in (story.LIVE_ID, story.EARLIER_ID):
            assert tuple(one.rows(sql, [id_])[0])[:2] == tuple(other.rows(sql, [id_])[0])[:2]


@pytest.mark.parametrize("size", [2, 3, 10, 400, *slow([10_000])])
def test_there_are_as_many_incidents_as_requested(now: datetime, size: int) -> None:
    with closing(Store(7, now, size)) as store:
        assert store.value("SELECT count(*) FROM incidents") == size


@pytest.mark.parametrize("seed", [1, *slow([2, 3])])
def test_timelines_have_no_contradictions(now: datetime, seed: int) -> None:
    with closing(Store(seed, now, 400)) as store:
        rows = store.rows(f"SELECT * FROM incidents WHERE NOT {IN_WRONG_ORDER}")
    for row in rows:
        times = [row[name] for name in ORDER if row[name]]
        assert times == sorted(times)
        assert all(text <= utc_text(now) for text in (*times, row["created_at"], row["updated_at"]))
        assert row["updated_at"] >= max([row["created_at"], *times])
        assert row["created_at"] >= utc_text(now - timedelta(days=181))


@pytest.mark.parametrize("seed", [1, *slow([2, 3])])
def test_each_status_and_kind_is_there_and_several_incidents_are_live(
    now: datetime, seed: int
) -> None:
    with closing(Store(seed, now, 400)) as store:
        for name in ("status", "kind"):
            assert {row[0] for row in store.rows(f"SELECT DISTINCT {name} FROM incidents")} == set(
                NAMES[name]
            )
        assert store.value(f"SELECT count(*) FROM incidents WHERE status IN {LIVE}") >= 8


def test_maintenance_has_the_statuses_of_maintenance(sandbox: Sandbox) -> None:
    rows = sandbox.store.rows(
        "SELECT kind, status, scheduled_for FROM incidents WHERE kind LIKE 'scheduled%'"
    )
    assert {row["status"] for row in rows} == {"scheduled", "in_progress", "completed"}
    assert all(row["scheduled_for"] for row in rows)


def test_the_newest_incident_is_the_live_one_of_the_story(sandbox: Sandbox, now: datetime) -> None:
    newest = sandbox.store.rows("SELECT * FROM incidents ORDER BY created_at DESC LIMIT 1")[0]
    assert (newest["id"], newest["title"], newest["status"]) == (
        story.LIVE_ID,
        "Checkout 5xx in us-east-1",
        "started",
    )
    assert newest["created_at"] == utc_text(now - timedelta(minutes=40))
    assert newest["pagerduty_incident_id"] == story.PAGERDUTY_ID
    assert len(story.PAGERDUTY_ID) == 14


def test_numbers_follow_the_order_of_declaration(sandbox: Sandbox) -> None:
    sql = "SELECT sequential_id FROM incidents WHERE kind <> 'backfilled' ORDER BY created_at"
    numbers = [row[0] for row in sandbox.store.rows(sql)]
    assert numbers == sorted(numbers)


def test_some_titles_are_not_plain_ascii(sandbox: Sandbox) -> None:
    assert any(not row[0].isascii() for row in sandbox.store.rows("SELECT title FROM incidents"))


def test_a_test_can_declare_and_change_an_incident(
    own_sandbox: Sandbox, client: httpx.Client
) -> None:
    store = own_sandbox.store
    number = store.create_incident(
        {"services": ["auth-service"], "severity": ["sev0"]}, title="Nobody can sign in"
    )
    store.update_incident(number, status="mitigated")
    url = f"{own_sandbox.url('rootly')}/v1/incidents"
    row = client.get(
        url, params={"filter[services]": "auth-service", "filter[severity]": "sev0"}
    ).json()["data"][0]
    assert (row["attributes"]["title"], row["attributes"]["status"]) == (
        "Nobody can sign in",
        "mitigated",
    )
