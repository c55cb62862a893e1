"""The world in SQLite, in memory: what requests read, and what a test may change between them."""

import sqlite3
import threading
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from typing import Any

from sandbox.timestamps import stored
from sandbox.world.build import build


class Store:
    """One connection and the lock to hold while using it."""

    def __init__(self, seed: int, now: datetime, size: int) -> None:
        self.now = now
        self.lock = threading.RLock()
        self.connection = sqlite3.connect(":memory:", check_same_thread=False)
        self.connection.row_factory = sqlite3.Row
        self._run("schema.sql")
        population = build(seed, now, size)
        self._insert("incidents", [incident.columns for incident in population.incidents])
        with self.connection:
            self.connection.executemany("INSERT INTO resources VALUES (?, ?, ?, ?, ?, ?)", population.resource_rows())
            self.connection.executemany("INSERT INTO links VALUES (?, ?, ?, ?)", population.link_rows())
        self._insert("io_incidents", population.io_incidents)
        self._insert("io_attachments", population.io_attachments)
        self._run("indexes.sql")

    def close(self) -> None:
        with self.lock:
            self.connection.close()

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        with self.lock:
            return self.connection.execute(sql, values).fetchall()

    def value(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """The first column of the first row; None if there is no row."""
        rows = self.rows(sql, values)
        return rows[0][0] if rows else None

    def columns(self, table: str) -> list[str]:
        return [row["name"] for row in self.rows("SELECT name FROM pragma_table_info(?)", [table])]

    def create_incident(self, relations: Mapping[str, Sequence[str]] | None = None, **columns: Any) -> int:
        """Declare an incident at Rootly, by default this instant (as the store knows it), and give its number.

        `columns` are those of the table; `relations` names services, severities and so on by their slugs, such as
        `{"services": ["checkout-api"], "severity": ["sev1"]}`.
        """
        with self.lock:
            number: int = columns.get("sequential_id") or self.value("SELECT max(sequential_id) + 1 FROM incidents")
            row = {
                "sequential_id": number,
                "id": str(uuid.uuid4()),
                "title": f"Incident {number}",
                "kind": "normal",
                "status": "started",
                "private": 0,
                "labels": "{}",
                "created_at": stored(self.now),
                "updated_at": stored(self.now),
            }
            self._insert("incidents", [row | columns])
            for relation, slugs in (relations or {}).items():
                self._link(number, relation, slugs)
            return number

    def update_incident(self, number: int, **columns: Any) -> None:
        """Change columns of the incident of this number."""
        assignments = ", ".join(f"{name} = ?" for name in columns)
        with self.lock, self.connection:
            sql = f"UPDATE incidents SET {assignments} WHERE sequential_id = ?"
            self.connection.execute(sql, [*columns.values(), number])

    def _run(self, script: str) -> None:
        self.connection.executescript(files("sandbox.world").joinpath(script).read_text(encoding="utf-8"))

    def _link(self, number: int, relation: str, slugs: Sequence[str]) -> None:
        type_ = {"severity": "severities"}.get(relation, relation)
        for position, slug in enumerate(slugs):
            key = self.value("SELECT key FROM resources WHERE type = ? AND slug = ?", [type_, slug])
            row = {"sequential_id": number, "relation": relation, "position": position, "key": key}
            self._insert("links", [row])

    def _insert(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        columns = list(dict.fromkeys(name for row in rows for name in row))
        sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
        with self.connection:
            self.connection.executemany(sql, ([row.get(name) for name in columns] for row in rows))
