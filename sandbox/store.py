"""The vendors' data in SQLite, in memory. Requests read it, and tests may change it."""

import itertools
import json
import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sandbox.timestamps import utc_text
from sandbox.world import catalogue
from sandbox.world.template import database, insert

# The relations that a test can fill, and the types of their resources.
RELATIONS = {
    "severity": "severities",
    "services": "services",
    "environments": "environments",
    "groups": "groups",
    "functionalities": "functionalities",
    "incident_types": "incident_types",
    "causes": "causes",
    "custom_field_options": "custom_field_options",
    "user": "users",
    "in_triage_by": "users",
    "started_by": "users",
    "mitigated_by": "users",
    "resolved_by": "users",
    "closed_by": "users",
    "cancelled_by": "users",
}


class Store:
    """The data of both vendors: a SQLite connection, and the lock to hold while it is used."""

    def __init__(self, seed: int, now: datetime | None, size: int | None) -> None:
        """Make the data.

        Args:
            seed: as in `sandbox.world.template.database`.
            now: the time at the vendors, which then stands still. None: the current time, which
                moves on.
            size: as in `sandbox.world.template.database`.
        """
        self.now = now or datetime.now(UTC)
        """The instant at which the data ends."""
        self._is_still = now is not None
        self.lock = threading.RLock()
        self._is_closed = False
        self.requests = itertools.count(1)
        """A new number for each request whose answer must differ from the last one."""
        self.connection = database(seed, self.now, size)
        self._columns = dict[str, Sequence[str]]()
        self._last_number: int = self.value("SELECT ifnull(max(sequential_id), 0) FROM incidents")

    @classmethod
    def containing(cls, incidents: Iterable[Mapping[str, Any]], now: datetime) -> "Store":
        """A store with these incidents at Rootly, and none at incident.io.

        The incidents have the form of `create_incidents`.
        """
        store = cls(0, now, None)
        store.create_incidents(incidents)
        return store

    def close(self) -> None:
        with self.lock:
            self._is_closed = True
            self.connection.close()

    def clock(self) -> datetime:
        """The time at the vendors."""
        return self.now if self._is_still else datetime.now(UTC)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """The rows of a query.

        Raises:
            ConnectionAbortedError: the store is closed.
        """
        with self.lock:
            if self._is_closed:
                raise ConnectionAbortedError("the store is closed")
            return self.connection.execute(sql, values).fetchall()

    def value(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """The first column of the first row. None if there is no row."""
        rows = self.rows(sql, values)
        return rows[0][0] if rows else None

    def values(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """The first column of all rows."""
        return [row[0] for row in self.rows(sql, values)]

    def columns(self, table: str) -> Sequence[str]:
        if table not in self._columns:
            sql = "SELECT name FROM pragma_table_info(?)"
            self._columns[table] = self.values(sql, [table])
        return self._columns[table]

    def create_incident(
        self, relations: Mapping[str, Sequence[str]] | None = None, **columns: Any
    ) -> int:
        """Declare one incident at Rootly, and return its number: see `create_incidents`."""
        return self.create_incidents([{**(relations or {}), **columns}])[0]

    def create_incidents(self, incidents: Iterable[Mapping[str, Any]]) -> list[int]:
        """Declare incidents at Rootly, and return their numbers.

        An incident has columns of the table `incidents` (instants as datetimes or as text), and
        `RELATIONS` with slugs (people with ids), such as
        `{"status": "resolved", "services": ["checkout-api"], "severity": ["sev1"]}`. Without
        `sequential_id` it gets a new number, without `created_at` it is declared now.
        """
        with self.lock, self.connection:
            rows = [self._row(incident) for incident in incidents]
            insert(self.connection, "incidents", [_columns(row) for row in rows])
            for row in rows:
                self._relate(row["sequential_id"], row)
            return [row["sequential_id"] for row in rows]

    def update_incident(self, number: int, **values: Any) -> None:
        """Change columns and relations of an incident, in the form of `create_incidents`.

        Nothing else changes. `updated_at` does not change either, unless it is among the values.
        """
        columns = _columns(values)
        with self.lock, self.connection:
            if columns:
                assignments = ", ".join(f"{name} = ?" for name in columns)
                sql = f"UPDATE incidents SET {assignments} WHERE sequential_id = ?"
                self.connection.execute(sql, [*columns.values(), number])
            self._relate(number, values)

    def delete_incident(self, number: int) -> None:
        """Delete an incident at Rootly. Its number is never used again."""
        with self.lock, self.connection:
            for table in ("links", "histories", "cases", "incidents"):
                sql = f"DELETE FROM {table} WHERE sequential_id = ?"
                self.connection.execute(sql, [number])

    def rename(self, type_: str, slug: str, new_slug: str) -> None:
        """Change the slug of a service, a severity or the like. No `updated_at` changes."""
        with self.lock, self.connection:
            self.connection.execute(
                "UPDATE resources"
                " SET slug = ?3, attributes = json_set(attributes, '$.slug', ?3)"
                " WHERE type = ?1 AND slug = ?2",
                [type_, slug, new_slug],
            )

    def create_attachments(self, attachments: Iterable[Mapping[str, Any]]) -> None:
        """Attach resources to incidents at incident.io. Missing incidents are declared.

        An attachment has `incident_id`, `resource_type`, `external_id`, and perhaps other columns.
        """
        with self.lock, self.connection:
            for attachment in attachments:
                self._declare_io_incident(attachment["incident_id"])
                number = self.value("SELECT count(*) FROM io_attachments")
                kind, external_id = attachment["resource_type"], attachment["external_id"]
                row = {
                    "id": catalogue.fixed_ulid("attachments", str(number)),
                    "title": f"Resource {external_id}",
                    "permalink": f"https://example.com/{kind}/{external_id}",
                    **attachment,
                }
                insert(self.connection, "io_attachments", [row])

    def _declare_io_incident(self, incident_id: str) -> None:
        now = utc_text(self.clock())
        self.connection.execute(
            "INSERT OR IGNORE INTO io_incidents"
            " SELECT ifnull(max(number), 0) + 1,"
            " ?, ?, NULL, 'Fixing', 'Major', 'standard', 'public', ?, ? FROM io_incidents",
            [incident_id, f"Incident {incident_id}", now, now],
        )

    def update_io_incident(self, incident_id: str, **columns: Any) -> None:
        """Change columns of an incident at incident.io, such as `status="Closed"`."""
        assignments = ", ".join(f"{name} = ?" for name in columns)
        with self.lock, self.connection:
            self.connection.execute(
                f"UPDATE io_incidents SET {assignments} WHERE id = ?",
                [*columns.values(), incident_id],
            )

    def delete_io_incident(self, incident_id: str) -> None:
        """Delete an incident at incident.io. A dial decides what happens to its attachments."""
        with self.lock, self.connection:
            self.connection.execute("DELETE FROM io_incidents WHERE id = ?", [incident_id])

    def _row(self, incident: Mapping[str, Any]) -> dict[str, Any]:
        """The incident, and defaults for its other columns."""
        number = incident.get("sequential_id") or self._last_number + 1
        self._last_number = max(self._last_number, number)
        title = incident.get("title", f"Incident {number}")
        slug = catalogue.slug(title)
        now = utc_text(self.clock())
        return {
            "sequential_id": number,
            "id": catalogue.fixed_id("incidents", str(number)),
            "title": title,
            "slug": slug,
            "url": f"https://rootly.com/account/incidents/{number}-{slug}",
            "short_url": f"https://root.ly/{number:06x}",
            "kind": "normal",
            "status": "started",
            "private": 0,
            "source": "web",
            "labels": "{}",
            "retrospective_progress_status": "not_started",
            "created_at": now,
            "updated_at": incident.get("created_at", now),
            **incident,
        }

    def _relate(self, number: int, values: Mapping[str, Any]) -> None:
        """Fill the relations that are among the values."""
        for relation in RELATIONS.keys() & values.keys():
            self.connection.execute(
                "DELETE FROM links WHERE sequential_id = ? AND relation = ?", [number, relation]
            )
            slugs = values[relation]
            if isinstance(slugs, str):
                slugs = [slugs]
            self.connection.execute(
                "INSERT INTO links SELECT ?, ?, wanted.key,"
                " (SELECT key FROM resources"
                " WHERE type = ? AND ifnull(slug, id) = wanted.value)"
                " FROM json_each(?) AS wanted",
                [number, relation, RELATIONS[relation], json.dumps(list(slugs))],
            )


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are columns, as SQLite stores them."""
    return {name: _sql_value(value) for name, value in values.items() if name not in RELATIONS}


def _sql_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, dict | list):
        return json.dumps(value)
    return value
