"""The world in SQLite, in memory: what requests read, and what a test may change between them."""

import itertools
import json
import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sandbox.timestamps import stored
from sandbox.world import catalogue
from sandbox.world.template import database, insert

# The type of the resources in a relation that a test may fill, by slug (people by their id).
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
    """One connection and the lock to hold while using it."""

    def __init__(self, seed: int, now: datetime | None, size: int | None) -> None:
        """`now` is held still; the current time, which runs on, if it is None. `size` as for `database`."""
        self.now = now or datetime.now(UTC)
        """When the data ends."""
        self._held = now is not None
        self.lock = threading.RLock()
        self._is_closed = False
        self.requests = itertools.count(1)
        """A number for each request whose answer differs from the one before."""
        self.connection = database(seed, self.now, size)
        self._last_number: int = self.value("SELECT ifnull(max(sequential_id), 0) FROM incidents")

    @classmethod
    def containing(cls, incidents: Iterable[Mapping[str, Any]], now: datetime) -> "Store":
        """A world in which Rootly has just these incidents, as `create_incidents` takes them, and incident.io none."""
        store = cls(0, now, None)
        store.create_incidents(incidents)
        return store

    def close(self) -> None:
        with self.lock:
            self._is_closed = True
            self.connection.close()

    def clock(self) -> datetime:
        """What time it is at the vendors."""
        return self.now if self._held else datetime.now(UTC)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Raises: ConnectionAbortedError for a request that arrives after the end of this world."""
        with self.lock:
            if self._is_closed:
                raise ConnectionAbortedError("this world has ended")
            return self.connection.execute(sql, values).fetchall()

    def value(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """The first column of the first row; None if there is no row."""
        rows = self.rows(sql, values)
        return rows[0][0] if rows else None

    def columns(self, table: str) -> list[str]:
        return [row["name"] for row in self.rows("SELECT name FROM pragma_table_info(?)", [table])]

    def create_incident(
        self, relations: Mapping[str, Sequence[str]] | None = None, **columns: Any
    ) -> int:
        """Declare an incident at Rootly, by default this instant, and give its number; see `create_incidents`."""
        return self.create_incidents([{**(relations or {}), **columns}])[0]

    def create_incidents(self, incidents: Iterable[Mapping[str, Any]]) -> list[int]:
        """Declare incidents at Rootly, and give their numbers, which are new ones unless they are given.

        Members are columns of the table (instants as datetimes or as stored), and RELATIONS with slugs, such as
        `{"status": "resolved", "services": ["checkout-api"], "severity": ["sev1"]}`.
        """
        with self.lock, self.connection:
            rows = [self._row(incident) for incident in incidents]
            insert(self.connection, "incidents", [_columns(row) for row in rows])
            for row in rows:
                self._relate(row["sequential_id"], row)
            return [row["sequential_id"] for row in rows]

    def update_incident(self, number: int, **values: Any) -> None:
        """Change columns and relations of the incident of this number, as `create_incidents` takes them.

        Only what is named changes: `updated_at` stays what it was unless it is among the values.
        """
        columns = _columns(values)
        with self.lock, self.connection:
            if columns:
                assignments = ", ".join(f"{name} = ?" for name in columns)
                sql = f"UPDATE incidents SET {assignments} WHERE sequential_id = ?"
                self.connection.execute(sql, [*columns.values(), number])
            self._relate(number, values)

    def delete_incident(self, number: int) -> None:
        """Delete the incident of this number; its number is never used again."""
        with self.lock, self.connection:
            self.connection.execute("DELETE FROM links WHERE sequential_id = ?", [number])
            self.connection.execute("DELETE FROM incidents WHERE sequential_id = ?", [number])

    def rename(self, type_: str, slug: str, new_slug: str) -> None:
        """Give a service, a severity or the like another slug; no incident's `updated_at` moves."""
        with self.lock, self.connection:
            self.connection.execute(
                "UPDATE resources SET slug = ?3, attributes = json_set(attributes, '$.slug', ?3) WHERE type = ?1 AND slug = ?2",
                [type_, slug, new_slug],
            )

    def create_attachments(self, attachments: Iterable[Mapping[str, Any]]) -> None:
        """Attach resources to incidents of incident.io, and declare those incidents that are not there yet.

        Each is a mapping with `incident_id`, `resource_type` and `external_id`, and other columns where they matter.
        """
        with self.lock, self.connection:
            for one in attachments:
                self._declare_io_incident(one["incident_id"])
                number = self.value("SELECT count(*) FROM io_attachments")
                row = {
                    "id": catalogue.fixed_ulid("attachments", str(number)),
                    "title": f"Resource {one['external_id']}",
                    "permalink": f"https://example.com/{one['resource_type']}/{one['external_id']}",
                }
                insert(self.connection, "io_attachments", [row | {**one}])

    def _declare_io_incident(self, incident_id: str) -> None:
        now = stored(self.clock())
        self.connection.execute(
            "INSERT OR IGNORE INTO io_incidents SELECT ifnull(max(number), 0) + 1, ?, ?, NULL, 'Fixing', 'Major', 'standard',"
            " 'public', ?, ? FROM io_incidents",
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
        """Delete an incident at incident.io; what becomes of its attachments is a dial."""
        with self.lock, self.connection:
            self.connection.execute("DELETE FROM io_incidents WHERE id = ?", [incident_id])

    def _row(self, incident: Mapping[str, Any]) -> dict[str, Any]:
        """The incident with what each one has."""
        number = incident.get("sequential_id") or self._last_number + 1
        self._last_number = max(self._last_number, number)
        title = incident.get("title", f"Incident {number}")
        slug = catalogue.slug(title)
        now = stored(self.clock())
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
            slugs = json.dumps(
                [values[relation]] if isinstance(values[relation], str) else [*values[relation]]
            )
            self.connection.execute(
                "INSERT INTO links SELECT ?, ?, wanted.key,"
                " (SELECT key FROM resources WHERE type = ? AND ifnull(slug, id) = wanted.value)"
                " FROM json_each(?) AS wanted",
                [number, relation, RELATIONS[relation], slugs],
            )


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the values that are columns, in the form in which they are stored."""
    columns = {name: value for name, value in values.items() if name not in RELATIONS}
    return {name: _stored(value) for name, value in columns.items()}


def _stored(value: Any) -> Any:
    if isinstance(value, datetime):
        return stored(value)
    return json.dumps(value) if isinstance(value, dict | list) else value
