"""Drift changes the data before each request. The same seed makes the same changes."""

from contextlib import closing
from itertools import pairwise

import httpx
import pytest

from sandbox.drift import KINDS, drift
from sandbox.serving import serve_store
from sandbox.store import Store
from tests.sandbox.conftest import NOW


def contents(store: Store) -> list[tuple[object, ...]]:
    tables = ("incidents ORDER BY sequential_id", "links ORDER BY 1, 2, 3")
    return [tuple(row) for table in tables for row in store.rows(f"SELECT * FROM {table}")]


def drifted(seed: int, times: int = 20) -> list[tuple[object, ...]]:
    with closing(Store(1, NOW, 30)) as store:
        change = drift(seed)
        for _ in range(times):
            change(store)
        return contents(store)


def test_the_same_seed_drifts_the_same_way() -> None:
    assert drifted(1) == drifted(1) != drifted(2)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_change_changes_something(kind: str) -> None:
    with closing(Store(1, NOW, 30)) as store:
        before, updated = (
            contents(store),
            store.rows("SELECT sequential_id, updated_at FROM incidents ORDER BY 1"),
        )
        drift(3, [kind])(store)
        assert contents(store) != before
        if kind == "services-unmoved":
            assert (
                store.rows("SELECT sequential_id, updated_at FROM incidents ORDER BY 1") == updated
            )


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_world_drifts_too(kind: str) -> None:
    with closing(Store.containing([], NOW)) as store:
        drift(3, [kind])(store)


def test_a_world_drifts_while_someone_reads(client: httpx.Client) -> None:
    with serve_store(Store(1, NOW, 30)) as sandbox:
        sandbox.script.before_each(drift(5))
        url = f"{sandbox.url('rootly')}/v1/incidents"
        answers = [client.get(url, params={"page[size]": "100"}).json()["data"] for _ in range(5)]
    assert all(one != other for one, other in pairwise(answers))
