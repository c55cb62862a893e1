"""where with the sandbox's dials turned at random: right, or it says what is missing."""

import re
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, NamedTuple

import pytest

from sandbox.serving import Sandbox
from sandbox.store import Store
from tests.conftest import NOW
from tests.slow import seeds
from tests.tools.conditions.agent import Agent, asking
from tests.tools.conditions.truth import (
    children_of,
    link_columns,
    linked_with,
    with_items,
    with_person,
)

pytestmark = pytest.mark.anyio

DIALS: Mapping[str, Sequence[str]] = {
    "shape": ("nested", "references"),
    "attributes": ("recorded", "all"),
    "fieldsets": ("all", "attributes", "ignored"),
    "relations": (
        "data",
        "absent:roles",
        "null:action_items",
        "links:roles,action_items",
        "dangling:roles,action_items",
    ),
    "kind_filter": ("exact", "with_sub"),
    "stored": ("ms", "us", "s"),
    "shown": ("ms", "s", "minute"),
    "zone": ("-08:00", "Z", "+05:30"),
    "cursor": ("on", "off"),
    "page_limit": ("100", "30"),
    "unknown_include": ("ignored", "refused"),
    "strict": ("0", "1"),
}


class Case(NamedTuple):
    """A value for where, and the numbers of the incidents that meet it."""

    where: dict[str, Any]
    truth: set[int]


def _person(store: Store, random: Random) -> Case:
    rows = store.rows("SELECT id, name FROM resources WHERE type = 'users' ORDER BY id")
    id_, name = random.choice(rows)
    text = random.choice((id_, name, name.upper(), name.split()[-1].lower()))
    return Case({"person": text}, with_person(store, id_))


def _linked(store: Store, random: Random) -> Case:
    columns = link_columns(store)
    values: list[str] = []
    for column in columns:
        sql = f"SELECT {column} FROM incidents WHERE {column} IS NOT NULL"
        values += map(str, store.values(sql))
    chosen = random.sample(values, 3)
    truth = set[int]().union(*(linked_with(store, columns, value) for value in chosen))
    return Case({"linked": chosen}, truth)


def _parent(store: Store, random: Random) -> Case:
    number, id_ = random.choice(
        store.rows(
            "SELECT sequential_id, id FROM incidents"
            " WHERE id IN (SELECT parent_incident_id FROM incidents)"
        )
    )
    return Case({"parent": number}, children_of(store, id_))


def _open(store: Store, _: Random) -> Case:
    return Case({"action_items": "open"}, with_items(store, "1"))


def _overdue(store: Store, _: Random) -> Case:
    today = NOW.date().isoformat()
    condition = f"json_extract(attributes, '$.due_date') < '{today}'"
    return Case({"action_items": "overdue"}, with_items(store, condition))


CASES: Sequence[Callable[[Store, Random], Case]] = (_person, _linked, _parent, _open, _overdue)


def left_out(notes: Sequence[str]) -> int:
    """How many incidents the notes count as not known."""
    pattern = r"(?:Left out by )?where\.\w+: (\d+) of the "
    counts = [re.match(pattern, note) for note in notes]
    return sum(int(count[1]) for count in counts if count)


@pytest.mark.parametrize("seed", seeds(60, fast=5))
async def test_an_answer_is_right_or_says_what_is_missing(small: Sandbox, seed: int) -> None:
    random = Random(seed)
    where, truth = CASES[seed % len(CASES)](small.store, random)
    dials = {name: random.choice(settings) for name, settings in DIALS.items()}
    async with asking(small, random.choice(("auto", "legacy")), dials) as client:
        answer = await Agent(client).answer(where=where, fields=["sequential_id"], page_size=100)
    numbers = {row["sequential_id"] for row in answer["incidents"]}
    unknown = left_out(answer.get("notes", []))
    assert answer.get("total") == (None if unknown else len(numbers))
    assert numbers <= truth
    assert len(truth - numbers) <= unknown
