"""The data of the sandbox as SQLite databases, which are cached."""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any

from sandbox.world.build import build
from sandbox.world.population import Population

# Copying a database takes 1 ms; making 400 incidents takes 150 ms.
_MAX_CACHED_SIZE = 1_000


def database(seed: int, now: datetime, size: int | None) -> sqlite3.Connection:
    """A new database in memory, with *size* incidents at Rootly.

    None: no incidents, only services, teams, people and so on.
    """
    if size is not None and size > _MAX_CACHED_SIZE:
        return _build(seed, now, size)
    connection = _connection()
    _cached(seed, now, size).backup(connection)
    return connection


def _build(seed: int, now: datetime, size: int | None) -> sqlite3.Connection:
    population = Population(seed, now) if size is None else build(seed, now, size)
    connection = _connection()
    connection.executescript(_sql("schema.sql"))
    with connection:
        insert(connection, "incidents", [incident.columns for incident in population.incidents])
        connection.executemany(
            "INSERT INTO resources VALUES (?, ?, ?, ?, ?, ?)", population.resource_rows()
        )
        connection.executemany("INSERT INTO links VALUES (?, ?, ?, ?)", population.link_rows())
        connection.executemany("INSERT INTO families VALUES (?, ?)", population.families.items())
        connection.executemany("INSERT INTO histories VALUES (?, ?)", population.family_rows())
        connection.executemany("INSERT INTO cases VALUES (?, ?)", population.case_rows())
        insert(connection, "io_incidents", population.io_incidents)
        insert(connection, "io_attachments", population.io_attachments)
    connection.executescript(_sql("indexes.sql"))
    return connection


_cached = lru_cache(maxsize=16)(_build)


def insert(connection: sqlite3.Connection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows. A column that a row does not have becomes null."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    if not columns:
        return
    marks = ", ".join("?" * len(columns))
    sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
    connection.executemany(sql, ([row.get(name) for name in columns] for row in rows))


def _connection() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.row_factory = sqlite3.Row
    return connection


def _sql(name: str) -> str:
    return files("sandbox.world").joinpath(name).read_text(encoding="utf-8")
