"""The incidents that were written by hand: histories of the same causes, and odd cases."""

import json
import re
from contextlib import closing
from datetime import datetime, timedelta
from itertools import combinations, pairwise
from statistics import fmean
from typing import Any

import httpx
import pytest

from sandbox.serving import Sandbox
from sandbox.store import Store
from sandbox.timestamps import utc_text
from sandbox.world.build import FEWEST_WITH_CASES
from sandbox.world.story import EARLIER_ID
from tests.sandbox.conftest import NOW
from tests.slow import slow

# The words that two incidents may share, as a part of all their words. Random incidents with the
# same title share more than that on average. People who tell a cause in their own words share
# "the", "and", and one or two technical terms.
MAX_SHARED = 0.2
LIVE = ("in_triage", "started", "detected", "acknowledged", "mitigated")
ACTION_ITEMS = (
    "SELECT incidents.*, resources.attributes FROM incidents"
    " JOIN links ON links.sequential_id = incidents.sequential_id AND relation = 'action_items'"
    " JOIN resources USING (key)"
)
IS_OPEN = "attributes ->> 'status' IN ('open', 'in_progress')"


def words(row: Any) -> set[str]:
    texts = (row["title"], row["summary"], row["mitigation_message"], row["resolution_message"])
    return set(re.findall(r"[^\W\d_]{2,}", " ".join(filter(None, texts)).lower()))


def shared(one: Any, other: Any) -> float:
    """The words that both have, as a part of all words of the two."""
    return len(words(one) & words(other)) / len(words(one) | words(other))


def members(store: Store) -> dict[str, list[Any]]:
    """By family, its incidents, oldest first."""
    by_family = dict[str, list[Any]]()
    sql = "SELECT * FROM histories JOIN incidents USING (sequential_id) ORDER BY created_at"
    for row in store.rows(sql):
        by_family.setdefault(row["family"], []).append(row)
    return by_family


def first_resource(store: Store, number: int, relation: str) -> str:
    sql = (
        "SELECT slug FROM links JOIN resources USING (key)"
        " WHERE sequential_id = ? AND relation = ? ORDER BY position LIMIT 1"
    )
    return str(store.value(sql, [number, relation]))


def test_a_dozen_causes_and_more_have_three_to_six_incidents_each(sandbox: Sandbox) -> None:
    by_family = members(sandbox.store)
    assert len(by_family) >= 12
    assert all(3 <= len(rows) <= 6 for rows in by_family.values())
    causes = dict(map(tuple, sandbox.store.rows("SELECT family, cause FROM families")))
    assert causes.keys() == by_family.keys()
    assert all(cause.endswith(".") and "\n" not in cause for cause in causes.values())


def test_each_cause_comes_back_over_months_in_several_services(sandbox: Sandbox) -> None:
    for rows in members(sandbox.store).values():
        moments = [datetime.fromisoformat(row["created_at"]) for row in rows]
        assert moments[-1] - moments[0] > timedelta(days=90)
        assert all(later - earlier > timedelta(days=7) for earlier, later in pairwise(moments))
        for relation, fewest in (("services", 3), ("severity", 2)):
            numbers = [row["sequential_id"] for row in rows]
            slugs = {first_resource(sandbox.store, number, relation) for number in numbers}
            assert len(slugs) >= fewest


def test_incidents_with_the_same_cause_are_told_in_other_words(sandbox: Sandbox) -> None:
    rows = [row for rows in members(sandbox.store).values() for row in rows]
    assert max(shared(one, other) for one, other in combinations(rows, 2)) < MAX_SHARED
    assert len({row["title"] for row in rows}) == len(rows)


def test_random_incidents_with_the_same_title_share_more_words(sandbox: Sandbox) -> None:
    sql = "SELECT * FROM incidents WHERE title = ? AND resolution_message IS NOT NULL"
    rows = sandbox.store.rows(sql, ["Error budget of payments-gateway is burning fast"])
    assert fmean(shared(one, other) for one, other in combinations(rows, 2)) > MAX_SHARED


@pytest.mark.parametrize("pattern", [r"\b(der|die|das)\b", r"\b(el|la|los)\b", "の"])
def test_some_histories_are_not_in_english(sandbox: Sandbox, pattern: str) -> None:
    texts = [row["summary"] for rows in members(sandbox.store).values() for row in rows]
    assert len([text for text in texts if re.search(pattern, text)]) >= 3


def test_two_causes_are_at_work_right_now(sandbox: Sandbox) -> None:
    sql = (
        "SELECT count(DISTINCT family) FROM histories JOIN incidents USING (sequential_id)"
        f" WHERE status IN {LIVE}"
    )
    assert sandbox.store.value(sql) == 2


@pytest.mark.parametrize("seed", [1, *slow([2, 3])])
@pytest.mark.parametrize("size", [FEWEST_WITH_CASES, *slow([5_000])])
def test_histories_and_cases_are_the_same_for_each_seed_and_size(
    sandbox: Sandbox, seed: int, size: int
) -> None:
    sql = (
        "SELECT id, title, summary, status, family, name FROM incidents"
        " LEFT JOIN histories USING (sequential_id) LEFT JOIN cases USING (sequential_id)"
        " WHERE family IS NOT NULL OR name IS NOT NULL ORDER BY id"
    )
    with closing(Store(seed, NOW, size)) as store:
        assert [*map(tuple, store.rows(sql))] == [*map(tuple, sandbox.store.rows(sql))]


def test_a_small_sandbox_has_neither_histories_nor_cases(own_sandbox: Sandbox) -> None:
    for table in ("families", "histories", "cases"):
        assert own_sandbox.store.value(f"SELECT count(*) FROM {table}") == 0


def test_the_story_keeps_its_numbers(sandbox: Sandbox) -> None:
    sql = "SELECT sequential_id FROM incidents WHERE id = ?"
    assert sandbox.store.value(sql, [EARLIER_ID]) == 4733
    assert sandbox.store.value("SELECT max(sequential_id) FROM incidents") == 4821


def test_no_answer_shows_the_truth(sandbox: Sandbox, client: httpx.Client) -> None:
    url = f"{sandbox.url('rootly', shape='references', attributes='all')}/v1/incidents"
    texts = [
        client.get(url, params={"page[size]": "100", "page[number]": number}).text
        for number in range(1, 5)
    ]
    causes = sandbox.store.values("SELECT cause FROM families")
    # The others are words that any text may have, such as `child`.
    names = sandbox.store.values("SELECT DISTINCT name FROM cases WHERE name LIKE '%-%'")
    assert len(causes) > 10
    assert len(names) > 3
    for text in texts:
        assert not any(truth in text for truth in (*causes, *names))
        assert '"family"' not in text


def test_a_deleted_incident_belongs_to_no_cause(sandbox: Sandbox) -> None:
    with closing(Store(1, NOW, FEWEST_WITH_CASES)) as store:
        number = store.value("SELECT min(sequential_id) FROM histories")
        store.delete_incident(number)
        sql = "SELECT count(*) FROM histories WHERE sequential_id = ?"
        assert store.value(sql, [number]) == 0


def test_an_incident_has_several_parts_and_a_part_has_one_too(sandbox: Sandbox) -> None:
    parent = (
        "SELECT parent.sequential_id, count(*) FROM incidents AS child"
        " JOIN incidents AS parent ON child.parent_incident_id = parent.id"
        " WHERE parent.sequential_id IN (SELECT sequential_id FROM cases WHERE name = ?)"
        " GROUP BY 1 ORDER BY 2"
    )
    assert [row[1] for row in sandbox.store.rows(parent, ["parent"])] == [3]
    assert [row[1] for row in sandbox.store.rows(parent, ["child"])] == [1]


def test_every_parent_exists_and_only_sub_incidents_have_one(sandbox: Sandbox) -> None:
    sql = "SELECT kind FROM incidents WHERE parent_incident_id IS NOT NULL"
    assert all(kind.endswith("_sub") for kind in sandbox.store.values(sql))
    ids = "SELECT id FROM incidents"
    orphans = f"SELECT count(*) FROM incidents WHERE parent_incident_id NOT IN ({ids})"
    assert sandbox.store.value(orphans) == 0


@pytest.mark.parametrize(
    "condition",
    [
        f"{IS_OPEN} AND attributes ->> 'due_date' < :today",
        f"{IS_OPEN} AND attributes ->> 'due_date' = :today",
        f"{IS_OPEN} AND attributes ->> 'due_date' > :today",
        f"{IS_OPEN} AND attributes ->> 'due_date' IS NULL",
        "attributes ->> 'status' = 'done' AND attributes ->> 'due_date' < :today",
        "attributes ->> 'status' = 'done' AND attributes ->> 'due_date' IS NULL",
        "attributes ->> 'status' = 'cancelled' AND attributes ->> 'due_date' < :today",
    ],
)
def test_action_items_are_due_at_all_times(sandbox: Sandbox, condition: str) -> None:
    sql = f"{ACTION_ITEMS} WHERE {condition.replace(':today', '?')}"
    today = [f"{sandbox.store.now:%Y-%m-%d}"][: condition.count(":today")]
    assert len(sandbox.store.rows(sql, today)) >= 2


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ("status IN ('resolved', 'closed') AND resolved_at IS NULL AND closed_at IS NULL", 2),
        ("started_at IS NULL AND resolved_at IS NOT NULL", 1),
        ("started_at IS NULL AND detected_at IS NOT NULL AND status = 'detected'", 1),
        ("resolved_at < started_at", 1),
        ("acknowledged_at < detected_at", 2),
        ("status = 'scheduled' AND scheduled_until < :now", 1),
    ],
)
def test_times_are_missing_or_in_the_wrong_order(
    sandbox: Sandbox, condition: str, count: int
) -> None:
    sql = f"SELECT count(*) FROM incidents WHERE {condition.replace(':now', '?')}"
    values = [utc_text(sandbox.store.now)][: condition.count(":now")]
    assert sandbox.store.value(sql, values) == count


def test_some_incidents_are_live_for_weeks(sandbox: Sandbox) -> None:
    week_ago = utc_text(sandbox.store.now - timedelta(days=7))
    sql = f"SELECT count(*) FROM incidents WHERE status IN {LIVE} AND created_at < ?"
    assert sandbox.store.value(sql, [week_ago]) >= 2


def test_five_incidents_overlap_in_one_hour(sandbox: Sandbox) -> None:
    store = sandbox.store
    sql = (
        "SELECT started_at, ifnull(resolved_at, ?) AS ended_at FROM incidents"
        " JOIN cases USING (sequential_id) WHERE name IN ('parent', 'child', 'grandchild')"
    )
    rows = store.rows(sql, [utc_text(store.now)])
    latest_start = max(row["started_at"] for row in rows)
    during = [row for row in rows if row["ended_at"] > latest_start]
    assert len(during) >= 4


def people(store: Store, name: str) -> dict[str, int]:
    """By relation, with how many incidents the person is connected."""
    sql = (
        "SELECT relation, count(*) FROM links JOIN resources USING (key)"
        " WHERE resources.name = ?1"
        " OR resources.attributes ->> '$.user.data.attributes.name' = ?1 GROUP BY 1"
    )
    return dict(map(tuple, store.rows(sql, [name])))


def test_two_people_have_the_same_first_name(sandbox: Sandbox) -> None:
    sql = "SELECT name FROM resources WHERE type = 'users' AND name LIKE 'Grace %'"
    names = sandbox.store.values(sql)
    assert len(names) == 2
    assert all(people(sandbox.store, name).get("roles", 0) >= 2 for name in names)


def test_one_person_has_nothing_but_roles(sandbox: Sandbox) -> None:
    assert people(sandbox.store, "Siobhán O'Neill-Ruiz") == {"roles": 2}


@pytest.mark.parametrize(
    ("resource_type", "column"),
    [
        ("pager_duty_incident", "pagerduty_incident_id"),
        ("jira_issue", "jira_issue_key"),
        ("zendesk_ticket", "zendesk_ticket_id"),
    ],
)
def test_both_vendors_know_a_page_a_ticket_and_an_issue(
    sandbox: Sandbox, resource_type: str, column: str
) -> None:
    sql = (
        "SELECT count(DISTINCT external_id) FROM io_attachments"
        f" JOIN incidents ON external_id = {column} WHERE resource_type = ?"
    )
    assert sandbox.store.value(sql, [resource_type]) >= 1


def test_two_incidents_have_the_same_issue(sandbox: Sandbox) -> None:
    sql = "SELECT count(*) AS n FROM incidents GROUP BY jira_issue_key HAVING n = 2"
    assert len(sandbox.store.rows(sql)) == 1


def test_maintenance_has_a_window_that_is_not_turned_around(sandbox: Sandbox) -> None:
    sql = "SELECT scheduled_for, scheduled_until FROM incidents WHERE kind LIKE 'scheduled%'"
    for row in sandbox.store.rows(sql):
        assert row["scheduled_for"] < row["scheduled_until"]


@pytest.mark.parametrize("shape", ["references", "nested"])
def test_a_case_is_served_in_both_shapes(
    sandbox: Sandbox, client: httpx.Client, shape: str
) -> None:
    sql = "SELECT incidents.* FROM incidents JOIN cases USING (sequential_id) WHERE name = 'parent'"
    [parent] = sandbox.store.rows(sql)
    url = f"{sandbox.url('rootly', shape=shape)}/v1/incidents"
    number = str(parent["sequential_id"])
    parameters = {"filter[sequential_id]": number, "include": "roles,action_items"}
    document = client.get(url, params=parameters).json()
    assert document["data"][0]["attributes"]["title"] == parent["title"]
    assert "Siobhán O'Neill-Ruiz" in json.dumps(document, ensure_ascii=False)
