"""The sandbox's incidents as texts, and which of them have the same cause."""

from collections.abc import Mapping

from sandbox.store import Store
from tools.rootly.similarity.ranking import Text


def texts_of(store: Store) -> Mapping[str, Text]:
    """The texts of all incidents by their keys, the newest first."""
    rows = store.rows(
        "SELECT sequential_id, title, summary FROM incidents ORDER BY created_at DESC"
    )
    return {str(row["sequential_id"]): Text(row["title"], row["summary"] or "") for row in rows}


def families_of(store: Store) -> Mapping[str, frozenset[str]]:
    """By family of causes, the keys of its incidents."""
    families: dict[str, set[str]] = {}
    for row in store.rows("SELECT sequential_id, family FROM histories"):
        families.setdefault(row["family"], set()).add(str(row["sequential_id"]))
    return {family: frozenset(keys) for family, keys in families.items()}
