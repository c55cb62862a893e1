"""The right answers, by SQL on the sandbox's data."""

from collections.abc import Iterable, Sequence
from sqlite3 import Row
from typing import Any

from sandbox.store import Store

LIVE = "status IN ('in_triage', 'started', 'detected', 'acknowledged', 'mitigated', 'in_progress')"
MEASURES = {
    "acknowledge": ("started_at", "acknowledged_at"),
    "mitigate": ("started_at", "mitigated_at"),
    "resolve": ("started_at", "resolved_at"),
    "detect_to_acknowledge": ("detected_at", "acknowledged_at"),
}
"""The start and the end of each duration."""
PERCENTILES = (50, 90)
FIGURES = (
    "incidents",
    "live",
    *(f"{measure}_p{percent}" for measure in MEASURES for percent in PERCENTILES),
)
"""The figures of a group, in order."""

_NEWEST_FIRST = "ORDER BY created_at DESC"
_RELATIONS = {
    "severity": "severity",
    "services": "services",
    "environments": "environments",
    "teams": "groups",
    "types": "incident_types",
    "functionalities": "functionalities",
    "cause": "causes",
}
_BEGIN = "ifnull(started_at, created_at)"
_PERIODS = {
    "day": f"substr({_BEGIN}, 1, 10)",
    # Monday: six days before the next Sunday.
    "week": f"date({_BEGIN}, 'weekday 0', '-6 days')",
    "month": f"substr({_BEGIN}, 1, 7)",
}


def having(relation: str, *values: str, column: str = "slug") -> str:
    """A condition: the incident has one of *values* in *relation*."""
    quoted = ", ".join(f"'{value}'" for value in values)
    numbers = (
        "SELECT sequential_id FROM links JOIN resources USING (key)"
        f" WHERE relation = '{relation}' AND {column} IN ({quoted})"
    )
    return f"sequential_id IN ({numbers})"


def select(
    store: Store, columns: str, where: str = "1", rest: str = _NEWEST_FIRST
) -> list[tuple[Any, ...]]:
    """*columns* of the incidents that match *where*, by default the newest first."""
    return _tuples(store.rows(f"SELECT {columns} FROM incidents WHERE {where} {rest}"))


def first(store: Store, columns: str, where: str = "1", rest: str = _NEWEST_FIRST) -> list[Any]:
    """*columns* of the first of these incidents."""
    return list(select(store, columns, where, f"{rest} LIMIT 1")[0])


def named(store: Store, number: int, columns: str) -> dict[str, Any]:
    """*columns* of one incident, by their names."""
    sql = f"SELECT {columns} FROM incidents WHERE sequential_id = ?"
    return dict(store.rows(sql, [number])[0])


def by_number(
    store: Store, columns: str, where: str = "1", rest: str = _NEWEST_FIRST
) -> dict[int, tuple[Any, ...]]:
    """*columns* of these incidents, by number."""
    rows = select(store, f"sequential_id, {columns}", where, rest)
    return {number: tuple(values) for number, *values in rows}


def column(store: Store, name: str, where: str = "1", rest: str = _NEWEST_FIRST) -> list[Any]:
    """One column of these incidents."""
    return only_values(select(store, name, where, rest))


def numbers(store: Store, where: str = "1", rest: str = _NEWEST_FIRST) -> list[Any]:
    return column(store, "sequential_id", where, rest)


def pairs(store: Store, key: str, value: str, where: str) -> dict[Any, Any]:
    """Two columns of these incidents, as keys and values."""
    return mapping(store.rows(f"SELECT {key}, {value} FROM incidents WHERE {where}"))


def mapping(rows: Iterable[Row]) -> dict[Any, Any]:
    """From the first column of each row to the second."""
    return {row[0]: row[1] for row in rows}


def count(store: Store, where: str) -> int:
    return int(store.value(f"SELECT count(*) FROM incidents WHERE {where}"))


def second(name: str) -> str:
    """A column with an instant, in the form of results."""
    return f"substr({name}, 1, 19) || 'Z'"


def slug(relation: str) -> str:
    """An expression: the first slug that the incident has in a relation."""
    return (
        "(SELECT slug FROM links JOIN resources USING (key)"
        f" WHERE links.sequential_id = incidents.sequential_id AND relation = '{relation}'"
        " ORDER BY position LIMIT 1)"
    )


def attributes(store: Store, number: int, relation: str, *paths: str) -> list[tuple[Any, ...]]:
    """The attributes at these JSON paths, of each resource that an incident has in a relation."""
    values = ", ".join(f"json_extract(attributes, '$.{path}')" for path in paths)
    sql = (
        f"SELECT {values} FROM links JOIN resources USING (key)"
        " WHERE sequential_id = ? AND relation = ? ORDER BY position"
    )
    return _tuples(store.rows(sql, [number, relation]))


def attribute(store: Store, number: int, relation: str, path: str) -> list[Any]:
    """One attribute of each resource that an incident has in a relation."""
    return only_values(attributes(store, number, relation, path))


def attached(store: Store, columns: str, where: str) -> list[tuple[Any, ...]]:
    """*columns* of attachments (`a`) with their incidents at incident.io (`i`)."""
    rows = store.rows(
        f"SELECT {columns} FROM io_attachments AS a JOIN io_incidents AS i ON a.incident_id = i.id"
        f" WHERE {where} ORDER BY a.id"
    )
    return _tuples(rows)


def only_values(rows: Iterable[tuple[Any, ...]]) -> list[Any]:
    """The values of rows that have a single column."""
    return [value for (value,) in rows]


def _tuples(rows: Iterable[Row]) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in rows]


def groups(store: Store, by: Sequence[str], where: str = "1") -> dict[tuple[Any, ...], list[Any]]:
    """The `FIGURES` of each group.

    They are the number of incidents, the number of live ones, and for each of `MEASURES` the median
    and the 90th percentile, by nearest rank, of the minutes from its start to its end.
    """
    members = _members(by, where)
    keys = ", ".join(f"k{place}" for place in range(len(by)))
    rows = store.rows(
        f"SELECT {keys}, count(*) AS incidents, sum(live) AS live_ones"
        f" FROM ({members}) GROUP BY {keys}"
    )
    table: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows:
        table[tuple(row[: len(by)])] = [row["incidents"], row["live_ones"]]
    for measure in MEASURES:
        durations = _durations(store, members, keys, measure)
        for key, values in table.items():
            values += [_percentile(durations.get(key), percent) for percent in PERCENTILES]
    return table


def counts(store: Store, by: str, where: str = "1") -> dict[Any, int]:
    """The number of incidents in each group."""
    return figures(store, by, "incidents", where)


def figures(store: Store, by: str, name: str, where: str = "1") -> dict[Any, Any]:
    """One of the `FIGURES` of each group; None where no incident has a value."""
    place = FIGURES.index(name)
    return {key: values[place] for (key,), values in groups(store, [by], where).items()}


def _members(by: Sequence[str], where: str) -> str:
    """SQL: one row for each group of each incident. The keys of the group are `k0`, `k1`, …"""
    columns, joins = [f"{LIVE} AS live"], list[str]()
    for place, name in enumerate(by):
        if name not in _RELATIONS:
            columns.append(f"{_PERIODS.get(name, f'incidents.{name}')} AS k{place}")
            continue
        links = (
            "SELECT DISTINCT sequential_id, slug FROM links JOIN resources USING (key)"
            f" WHERE relation = '{_RELATIONS[name]}'"
        )
        joins.append(f" LEFT JOIN ({links}) AS g{place} USING (sequential_id)")
        columns.append(f"g{place}.slug AS k{place}")
    for measure, (start, end) in MEASURES.items():
        columns.append(f"{milliseconds(end)} - {milliseconds(start)} AS took_{measure}")
    return f"SELECT {', '.join(columns)} FROM incidents{''.join(joins)} WHERE {where}"


def _durations(
    store: Store, members: str, keys: str, measure: str
) -> dict[tuple[Any, ...], list[int]]:
    """By group, the milliseconds that *measure* took, in ascending order."""
    rows = store.rows(
        f"SELECT {keys}, took_{measure} FROM ({members})"
        f" WHERE took_{measure} >= 0 ORDER BY took_{measure}"
    )
    durations: dict[tuple[Any, ...], list[int]] = {}
    for *key, took in rows:
        durations.setdefault(tuple(key), []).append(took)
    return durations


def _percentile(durations: Sequence[int] | None, percent: int) -> float | None:
    """A percentile, by nearest rank, in minutes. None without durations."""
    if not durations:
        return None
    rank = (len(durations) * percent + 99) // 100
    return minutes(durations[rank - 1])


def milliseconds(instant: str) -> str:
    """An expression: the instant as a number of milliseconds since 1970."""
    seconds = f"CAST(strftime('%s', {instant}) AS INTEGER)"
    return f"({seconds} * 1000 + CAST(substr({instant}, 21, 3) AS INTEGER))"


def minutes(milliseconds: int) -> float:
    """A duration in minutes, to a tenth. Halves are rounded up."""
    return (milliseconds + 3_000) // 6_000 / 10
