"""Worlds as SQLite databases, kept so that the same one is not made twice."""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any

from sandbox.world.build import build
from sandbox.world.population import Population

# Copying takes a millisecond, making 400 incidents 150; larger worlds are too large to keep.
_KEPT_SIZE = 1_000


def database(seed: int, now: datetime, size: int | None) -> sqlite3.Connection:
    """A world of its own in memory: `size` incidents at Rootly, or just what is set up there if it is None."""
    if size is not None and size > _KEPT_SIZE:
        return _made(seed, now, size)
    connection = _connection()
    _kept(seed, now, size).backup(connection)
    return connection


def _made(seed: int, now: datetime, size: int | None) -> sqlite3.Connection:
    population = Population(seed, now) if size is None else build(seed, now, size)
    connection = _connection()
    connection.executescript(_sql("schema.sql"))
    with connection:
        insert(connection, "incidents", [incident.columns for incident in population.incidents])
        connection.executemany(
            "INSERT INTO resources VALUES (?, ?, ?, ?, ?, ?)", population.resource_rows()
        )
        connection.executemany("INSERT INTO links VALUES (?, ?, ?, ?)", population.link_rows())
        insert(connection, "io_incidents", population.io_incidents)
        insert(connection, "io_attachments", population.io_attachments)
    connection.executescript(_sql("indexes.sql"))
    return connection


_kept = lru_cache(maxsize=16)(_made)


def insert(connection: sqlite3.Connection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows, each of which may leave columns out."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    if columns:
        sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
        connection.executemany(sql, ([row.get(name) for name in columns] for row in rows))


def _connection() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.row_factory = sqlite3.Row
    return connection


def _sql(name: str) -> str:
    return files("sandbox.world").joinpath(name).read_text(encoding="utf-8")
