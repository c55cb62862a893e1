"""The right answers, by SQL straight from the sandbox's data."""

from collections.abc import Iterable, Sequence
from sqlite3 import Row
from typing import Any

from sandbox.store import Store

LIVE = "status IN ('in_triage', 'started', 'detected', 'acknowledged', 'mitigated', 'in_progress')"
MEASURES = ("acknowledged_at", "mitigated_at", "resolved_at")

_RELATIONS = {
    "severity": "severity",
    "services": "services",
    "environments": "environments",
    "teams": "groups",
    "types": "incident_types",
    "functionalities": "functionalities",
    "cause": "causes",
}
_BEGUN = "ifnull(started_at, created_at)"
_PERIODS = {
    "day": f"substr({_BEGUN}, 1, 10)",
    # The Monday of its week: six days before the next Sunday.
    "week": f"date({_BEGUN}, 'weekday 0', '-6 days')",
    "month": f"substr({_BEGUN}, 1, 7)",
}


def having(relation: str, *values: str, column: str = "slug") -> str:
    """A condition for the incidents that have one of *values* in *relation*."""
    quoted = ", ".join(f"'{value}'" for value in values)
    found = f"SELECT sequential_id FROM links JOIN resources USING (key) WHERE relation = '{relation}' AND {column} IN ({quoted})"
    return f"sequential_id IN ({found})"


def column(
    store: Store, what: str, where: str = "1", rest: str = "ORDER BY created_at DESC"
) -> list[Any]:
    """*what* of the incidents that meet a condition, newest first."""
    return [row[0] for row in store.rows(f"SELECT {what} FROM incidents WHERE {where} {rest}")]


def numbers(store: Store, where: str = "1", rest: str = "ORDER BY created_at DESC") -> list[Any]:
    return column(store, "sequential_id", where, rest)


def pairs(store: Store, key: str, value: str, where: str) -> dict[Any, Any]:
    return mapping(store.rows(f"SELECT {key}, {value} FROM incidents WHERE {where}"))


def mapping(rows: Iterable[Row]) -> dict[Any, Any]:
    """The first column of each row, and the second by it."""
    return {row[0]: row[1] for row in rows}


def count(store: Store, where: str) -> int:
    return int(store.value(f"SELECT count(*) FROM incidents WHERE {where}"))


def second(name: str) -> str:
    """A column of time as results show it."""
    return f"substr({name}, 1, 19) || 'Z'"


def slug(relation: str) -> str:
    """An expression for the first slug that an incident has in a relation."""
    return (
        "(SELECT slug FROM links JOIN resources USING (key)"
        f" WHERE links.sequential_id = incidents.sequential_id AND relation = '{relation}' ORDER BY position LIMIT 1)"
    )


def attributes(store: Store, number: int, relation: str, *paths: str) -> list[tuple[Any, ...]]:
    """Of each resource that an incident has in a relation, the attributes at these JSON paths."""
    found = ", ".join(f"json_extract(attributes, '$.{path}')" for path in paths)
    sql = f"SELECT {found} FROM links JOIN resources USING (key) WHERE sequential_id = ? AND relation = ? ORDER BY position"
    return [tuple(row) for row in store.rows(sql, [number, relation])]


def _milliseconds(name: str) -> str:
    return (
        f"(CAST(strftime('%s', {name}) AS INTEGER) * 1000 + CAST(substr({name}, 21, 3) AS INTEGER))"
    )


def _minutes(milliseconds: int | None) -> float | None:
    """To a tenth, the half rounded up."""
    return None if milliseconds is None else (milliseconds + 3_000) // 6_000 / 10


def groups(store: Store, by: Sequence[str], where: str = "1") -> dict[tuple[Any, ...], list[Any]]:
    """For each group: how many incidents, how many of them live, and by nearest rank the median and the 90th percentile of the
    minutes from the start to each of `MEASURES`."""
    # The incidents once for each group that they are in.
    keys, joins = list[str](), list[str]()
    for place, name in enumerate(by):
        if name in _RELATIONS:
            links = f"SELECT DISTINCT sequential_id, slug FROM links JOIN resources USING (key) WHERE relation = '{_RELATIONS[name]}'"
            joins.append(f" LEFT JOIN ({links}) AS g{place} USING (sequential_id)")
            keys.append(f"g{place}.slug")
        else:
            keys.append(_PERIODS.get(name, f"incidents.{name}"))
    named = [f"{key} AS k{place}" for place, key in enumerate(keys)]
    took = [
        f"{_milliseconds(end)} - {_milliseconds('started_at')} AS took_{end}" for end in MEASURES
    ]
    members = f"SELECT {LIVE} AS live, {', '.join([*named, *took])} FROM incidents{''.join(joins)} WHERE {where}"
    grouped = ", ".join(f"k{place}" for place in range(len(by)))
    found: dict[tuple[Any, ...], list[Any]] = {
        tuple(row[: len(by)]): [row["incidents"], row["live_ones"]]
        for row in store.rows(
            f"SELECT {grouped}, count(*) AS incidents, sum(live) AS live_ones FROM ({members}) GROUP BY {grouped}"
        )
    }
    for end in MEASURES:
        ranked = (
            f"SELECT {grouped}, took_{end} AS took, row_number() OVER (PARTITION BY {grouped} ORDER BY took_{end}) AS place,"
            f" count(*) OVER (PARTITION BY {grouped}) AS many FROM ({members}) WHERE took_{end} >= 0"
        )
        for percent in (50, 90):
            of = {
                tuple(row[: len(by)]): _minutes(row["took"])
                for row in store.rows(
                    f"SELECT * FROM ({ranked}) WHERE place = (many * {percent} + 99) / 100"
                )
            }
            for key, measures in found.items():
                measures.append(of.get(key))
    return found
