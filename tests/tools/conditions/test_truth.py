"""where, asked through an MCP client: exactly the incidents that SQL finds in the sandbox."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from mcp import Client

from sandbox.serving import Sandbox, serve
from sandbox.store import Store
from server.app import build
from server.dispatcher import Dispatcher
from tests.conftest import NOW, settings_for

pytestmark = pytest.mark.anyio

WORLDS: Sequence[tuple[str, dict[str, str]]] = (
    ("auto", {}),
    ("legacy", {"shape": "nested", "attributes": "all", "cursor": "off"}),
    ("auto", {"fieldsets": "ignored", "zone": "+05:30", "stored": "s", "page_limit": "40"}),
)
"""Protocol eras, and dials of the sandbox."""
PEOPLE = (
    "user",
    "in_triage_by",
    "started_by",
    "mitigated_by",
    "resolved_by",
    "closed_by",
    "cancelled_by",
)
TODAY = NOW.date().isoformat()


SIZE = 80


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Few incidents: with all attributes, one has 100 kB of people."""
    with serve(now=NOW, size=SIZE) as running:
        yield running


class Agent:
    """An agent that uses the tool over MCP."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def answer(self, **arguments: Any) -> dict[str, Any]:
        result = await self._client.call_tool("list_incidents", arguments)
        answer: dict[str, Any] = json.loads(result.content[0].text)  # type: ignore[union-attr]
        return answer

    async def rows(self, where: dict[str, Any]) -> dict[int, dict[str, Any]]:
        """All rows, from all pages, by number."""
        rows: dict[int, dict[str, Any]] = {}
        more: dict[str, Any] | None = {}
        while more is not None:
            answer = await self.answer(where=where, fields=["sequential_id"], page_size=100, **more)
            for row in answer["incidents"]:
                assert row["sequential_id"] not in rows
                rows[row["sequential_id"]] = row
            more = answer.get("next")
        return rows


def asking(sandbox: Sandbox, era: str, dials: dict[str, str]) -> Client:
    dispatcher = Dispatcher(settings_for(sandbox, **dials), clock=lambda: NOW)
    return Client(build(dispatcher), mode=era)


def quoted(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def with_person(store: Store, id_: str) -> set[int]:
    return {
        *store.values(
            "SELECT sequential_id FROM links JOIN resources USING (key) WHERE"
            f" relation IN ({quoted(PEOPLE)}) AND id = ?1 OR"
            " relation = 'roles' AND json_extract(attributes, '$.user.data.id') = ?1",
            [id_],
        )
    }


def with_items(store: Store, condition: str) -> set[int]:
    return {
        *store.values(
            "SELECT sequential_id FROM links JOIN resources USING (key)"
            " WHERE relation = 'action_items'"
            " AND json_extract(attributes, '$.status') IN ('open', 'in_progress')"
            f" AND {condition}"
        )
    }


def link_columns(store: Store) -> list[str]:
    """The columns of the sandbox that hold an id or a link which may be shown."""
    endings = ("_id", "_key", "_number", "_url")
    others = ("parent_incident_id", "duplicate_incident_id", "sequential_id")
    columns = []
    for name in store.columns("incidents"):
        is_link = name.endswith(endings) and name not in others
        if name == "url" or (is_link and "meeting" not in name):
            columns.append(name)
    return columns


def linked_with(store: Store, columns: Sequence[str], value: str) -> set[int]:
    matches = " OR ".join(f"lower({column}) = lower(?1)" for column in columns)
    return {*store.values(f"SELECT sequential_id FROM incidents WHERE {matches}", [value])}


@pytest.mark.parametrize(("era", "dials"), WORLDS, ids=["default", "nested", "ignored"])
async def test_a_person_is_found_by_name_and_by_id(
    sandbox: Sandbox, era: str, dials: dict[str, str]
) -> None:
    users = sandbox.store.rows("SELECT id, name FROM resources WHERE type = 'users' LIMIT 1")
    async with asking(sandbox, era, dials) as client:
        for id_, name in users:
            truth = with_person(sandbox.store, id_)
            assert truth
            agent = Agent(client)
            assert (await agent.rows({"person": name.upper()})).keys() == truth
            assert (await agent.rows({"person": id_})).keys() == truth


async def test_the_row_says_who_led(sandbox: Sandbox) -> None:
    [(id_, name)] = sandbox.store.rows(
        "SELECT id, name FROM resources WHERE type = 'users' LIMIT 1"
    )
    led = sandbox.store.values(
        "SELECT sequential_id FROM links JOIN resources USING (key) WHERE relation = 'roles'"
        " AND json_extract(attributes, '$.user.data.id') = ?"
        " AND json_extract(attributes, '$.incident_role.data.attributes.name') = 'Commander'",
        [id_],
    )
    async with asking(sandbox, "auto", {}) as client:
        rows = await Agent(client).rows({"person": name})
    assert {number for number, row in rows.items() if "Commander" in row["person"]} == {*led}


@pytest.mark.parametrize(("era", "dials"), WORLDS, ids=["default", "nested", "ignored"])
async def test_every_kind_of_link_finds_its_incidents(
    sandbox: Sandbox, era: str, dials: dict[str, str]
) -> None:
    store = sandbox.store
    columns = link_columns(store)
    values: list[str] = []
    truth: set[int] = set()
    for column in columns:
        value = store.value(f"SELECT {column} FROM incidents WHERE {column} IS NOT NULL")
        if value is not None:
            values.append(str(value).upper())
            truth |= linked_with(store, columns, str(value))
    assert len(values) > 10
    async with asking(sandbox, era, dials) as client:
        agent = Agent(client)
        numbers: set[int] = set()
        for start in range(0, len(values), 20):
            rows = await agent.rows({"linked": values[start : start + 20]})
            assert all(row["linked"].keys() <= {*columns} for row in rows.values())
            numbers |= rows.keys()
    assert numbers == truth


@pytest.mark.parametrize(("era", "dials"), WORLDS, ids=["default", "nested", "ignored"])
async def test_a_parent_has_exactly_its_direct_children(
    sandbox: Sandbox, era: str, dials: dict[str, str]
) -> None:
    parents = sandbox.store.rows(
        "SELECT sequential_id, id FROM incidents"
        " WHERE id IN (SELECT parent_incident_id FROM incidents) LIMIT 3"
    )
    assert parents
    async with asking(sandbox, era, dials) as client:
        for number, id_ in parents:
            truth = sandbox.store.values(
                "SELECT sequential_id FROM incidents WHERE parent_incident_id = ?", [id_]
            )
            assert (await Agent(client).rows({"parent": f"#{number}"})).keys() == {*truth}


@pytest.mark.parametrize(("era", "dials"), WORLDS, ids=["default", "nested", "ignored"])
async def test_open_and_overdue_action_items_are_found(
    sandbox: Sandbox, era: str, dials: dict[str, str]
) -> None:
    overdue = with_items(sandbox.store, f"json_extract(attributes, '$.due_date') < '{TODAY}'")
    async with asking(sandbox, era, dials) as client:
        agent = Agent(client)
        rows = await agent.rows({"action_items": "open"})
        assert rows.keys() == with_items(sandbox.store, "1")
        assert all(row["action_items"] for row in rows.values())
        assert (await agent.rows({"action_items": "overdue"})).keys() == overdue


async def test_a_person_and_open_items_must_both_hold(sandbox: Sandbox) -> None:
    id_ = sandbox.store.value("SELECT id FROM resources WHERE type = 'users'")
    truth = with_person(sandbox.store, id_) & with_items(sandbox.store, "1")
    async with asking(sandbox, "auto", {}) as client:
        rows = await Agent(client).rows({"person": id_, "action_items": "open"})
    assert rows.keys() == truth


@pytest.mark.parametrize("form", ["absent", "null", "links", "dangling"])
async def test_what_the_answer_does_not_say_is_never_a_silent_no(
    sandbox: Sandbox, form: str
) -> None:
    dials = {"relations": f"{form}:roles,action_items"}
    id_, name = sandbox.store.rows("SELECT id, name FROM resources WHERE type = 'users'")[0]
    async with asking(sandbox, "auto", dials) as client:
        agent = Agent(client)
        people = await agent.answer(where={"person": name}, page_size=1)
        items = await agent.answer(where={"action_items": "open"})
    by_attribute = sandbox.store.value(
        "SELECT count(DISTINCT sequential_id) FROM links JOIN resources USING (key)"
        f" WHERE relation IN ({quoted(PEOPLE)}) AND id = ?",
        [id_],
    )
    assert people["total"] == by_attribute
    unknown = SIZE - by_attribute
    assert any(f"Left out by where.person: {unknown} of" in note for note in people["notes"])
    assert items["incidents"] == []
    assert any("action items" in note or "items whose" in note for note in items["notes"])


async def test_an_unknown_parent_is_not_found(sandbox: Sandbox) -> None:
    async with asking(sandbox, "auto", {}) as client:
        answer = await Agent(client).answer(where={"parent": "999999"})
    assert answer["error"]["code"] == "not_found"
    assert "where.parent" in answer["error"]["message"]


async def test_kinds_that_leave_no_sub_incident_are_refused(sandbox: Sandbox) -> None:
    number = sandbox.store.value("SELECT max(sequential_id) FROM incidents")
    async with asking(sandbox, "auto", {}) as client:
        answer = await Agent(client).answer(where={"parent": number}, kind=["backfilled"])
    [problem] = answer["error"]["details"]
    assert (answer["error"]["code"], problem["argument"]) == ("invalid_arguments", "kind")


async def test_nothing_of_a_result_is_an_address(sandbox: Sandbox) -> None:
    async with asking(sandbox, "auto", {"attributes": "all"}) as client:
        answer = await Agent(client).answer(where={"person": "Amara", "action_items": "open"})
    assert answer["incidents"]
    assert "@" not in json.dumps(answer)
