"""where, asked through an MCP client: exactly the incidents that SQL finds in the sandbox."""

import json

import pytest

from sandbox.serving import Sandbox
from tests.conftest import NOW
from tests.slow import slow
from tests.tools.conditions.agent import Agent, asking
from tests.tools.conditions.truth import (
    PEOPLE,
    children_of,
    link_columns,
    linked_with,
    quoted,
    with_items,
    with_person,
)

pytestmark = pytest.mark.anyio

WORLDS = (
    pytest.param("auto", {}, id="default"),
    pytest.param("legacy", {"shape": "nested", "attributes": "all", "cursor": "off"}, id="nested"),
    pytest.param(
        "auto",
        {"fieldsets": "ignored", "zone": "+05:30", "stored": "s", "page_limit": "40"},
        id="untrimmed",
        marks=pytest.mark.slow,
    ),
)
"""Protocol eras, and dials of the sandbox."""
TODAY = NOW.date().isoformat()


@pytest.mark.parametrize(("era", "dials"), WORLDS)
async def test_a_person_is_found_by_name_and_by_id(
    small: Sandbox, era: str, dials: dict[str, str]
) -> None:
    users = small.store.rows("SELECT id, name FROM resources WHERE type = 'users' LIMIT 1")
    async with asking(small, era, dials) as client:
        for id_, name in users:
            truth = with_person(small.store, id_)
            assert truth
            agent = Agent(client)
            assert (await agent.rows({"person": name.upper()})).keys() == truth
            assert (await agent.rows({"person": id_})).keys() == truth


async def test_the_row_says_who_led(small: Sandbox) -> None:
    [(id_, name)] = small.store.rows("SELECT id, name FROM resources WHERE type = 'users' LIMIT 1")
    led = small.store.values(
        "SELECT sequential_id FROM links JOIN resources USING (key) WHERE relation = 'roles'"
        " AND json_extract(attributes, '$.user.data.id') = ?"
        " AND json_extract(attributes, '$.incident_role.data.attributes.name') = 'Commander'",
        [id_],
    )
    async with asking(small, "auto", {}) as client:
        rows = await Agent(client).rows({"person": name})
    assert {number for number, row in rows.items() if "Commander" in row["person"]} == {*led}


@pytest.mark.parametrize(("era", "dials"), WORLDS)
async def test_every_kind_of_link_finds_its_incidents(
    small: Sandbox, era: str, dials: dict[str, str]
) -> None:
    store = small.store
    columns = link_columns(store)
    values: list[str] = []
    truth: set[int] = set()
    for column in columns:
        value = store.value(f"SELECT {column} FROM incidents WHERE {column} IS NOT NULL")
        if value is not None:
            values.append(str(value).upper())
            truth |= linked_with(store, columns, str(value))
    assert len(values) > 10
    async with asking(small, era, dials) as client:
        agent = Agent(client)
        numbers: set[int] = set()
        for start in range(0, len(values), 20):
            rows = await agent.rows({"linked": values[start : start + 20]})
            assert all(row["linked"].keys() <= {*columns} for row in rows.values())
            numbers |= rows.keys()
    assert numbers == truth


@pytest.mark.parametrize(("era", "dials"), WORLDS)
async def test_a_parent_has_exactly_its_direct_children(
    small: Sandbox, era: str, dials: dict[str, str]
) -> None:
    parents = small.store.rows(
        "SELECT sequential_id, id FROM incidents"
        " WHERE id IN (SELECT parent_incident_id FROM incidents) LIMIT 3"
    )
    assert parents
    async with asking(small, era, dials) as client:
        for number, id_ in parents:
            rows = await Agent(client).rows({"parent": f"#{number}"})
            assert rows.keys() == children_of(small.store, id_)


@pytest.mark.parametrize(("era", "dials"), WORLDS)
async def test_open_and_overdue_action_items_are_found(
    small: Sandbox, era: str, dials: dict[str, str]
) -> None:
    overdue = with_items(small.store, f"json_extract(attributes, '$.due_date') < '{TODAY}'")
    async with asking(small, era, dials) as client:
        agent = Agent(client)
        rows = await agent.rows({"action_items": "open"})
        assert rows.keys() == with_items(small.store, "1")
        assert all(row["action_items"] for row in rows.values())
        assert (await agent.rows({"action_items": "overdue"})).keys() == overdue


async def test_a_person_and_open_items_must_both_hold(small: Sandbox) -> None:
    id_ = small.store.value("SELECT id FROM resources WHERE type = 'users'")
    truth = with_person(small.store, id_) & with_items(small.store, "1")
    async with asking(small, "auto", {}) as client:
        rows = await Agent(client).rows({"person": id_, "action_items": "open"})
    assert rows.keys() == truth


@pytest.mark.parametrize("form", ["absent", "dangling", *slow(["null", "links"])])
async def test_what_the_answer_does_not_say_is_never_a_silent_no(small: Sandbox, form: str) -> None:
    dials = {"relations": f"{form}:roles,action_items"}
    id_, name = small.store.rows("SELECT id, name FROM resources WHERE type = 'users'")[0]
    async with asking(small, "auto", dials) as client:
        agent = Agent(client)
        people = await agent.answer(where={"person": name}, page_size=1)
        by_name = await agent.rows({"person": name})
        items = await agent.answer(where={"action_items": "open"})
    by_attribute = small.store.value(
        "SELECT count(DISTINCT sequential_id) FROM links JOIN resources USING (key)"
        f" WHERE relation IN ({quoted(PEOPLE)}) AND id = ?",
        [id_],
    )
    assert len(by_name) == by_attribute
    assert "total" not in people
    assert "total" not in items
    unknown = small.store.value("SELECT count(*) FROM incidents") - by_attribute
    assert any(f"Left out by where.person: {unknown} of" in note for note in people["notes"])
    assert items["incidents"] == []
    assert any("none of them is known to meet the conditions" in note for note in items["notes"])
    assert any("action items" in note or "items whose" in note for note in items["notes"])


async def test_kinds_that_leave_no_sub_incident_are_refused(small: Sandbox) -> None:
    number = small.store.value("SELECT max(sequential_id) FROM incidents")
    async with asking(small, "auto", {}) as client:
        answer = await Agent(client).answer(where={"parent": number}, kind=["backfilled"])
    [problem] = answer["error"]["details"]
    assert (answer["error"]["code"], problem["argument"]) == ("invalid_arguments", "kind")


async def test_nothing_of_a_result_is_an_address(small: Sandbox) -> None:
    async with asking(small, "auto", {"attributes": "all"}) as client:
        answer = await Agent(client).answer(where={"person": "Amara", "action_items": "open"})
    assert answer["incidents"]
    assert "@" not in json.dumps(answer)
