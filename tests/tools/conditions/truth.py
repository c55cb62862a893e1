"""Which incidents meet a condition, by SQL on the sandbox's data."""

from collections.abc import Sequence

from sandbox.store import Store

PEOPLE = (
    "user",
    "in_triage_by",
    "started_by",
    "mitigated_by",
    "resolved_by",
    "closed_by",
    "cancelled_by",
)
"""The relations of an incident to a person."""


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


def children_of(store: Store, id_: str) -> set[int]:
    sql = "SELECT sequential_id FROM incidents WHERE parent_incident_id = ?"
    return {*store.values(sql, [id_])}
