"""`GET /v1/incident_attachments`."""

import sqlite3
from collections.abc import Mapping

from sandbox.incident_io.errors import MEDIA_TYPE, error, invalid
from sandbox.route import Document, Reply
from sandbox.store import Store
from sandbox.world import catalogue

_RESOURCE = ("resource_type", "external_id")


def list_attachments(store: Store, query: Mapping[str, str], options: Mapping[str, str]) -> Reply:
    given = {name: query[name] for name in ("incident_id", *_RESOURCE) if query.get(name)}
    if refusal := _refusal(given, options):
        return refusal
    given = _heeded(given, options)
    known = "incident_id IN (SELECT id FROM io_incidents)"
    if (
        options["gone"] == "404"
        and "incident_id" in given
        and not _is_there(store, given["incident_id"])
    ):
        return error(404)
    # An id that is none, such as INC-123, finds nothing and is no error.
    compared = (
        {"external_id": "external_id COLLATE NOCASE"}
        if options["external_ids"] == "any_case"
        else {}
    )
    conditions = [f"{compared.get(name, name)} = ?" for name in given]
    conditions += [known] if options["orphans"] == "hidden" else []
    sql = f"SELECT * FROM io_attachments WHERE {' AND '.join(conditions) or '1'} ORDER BY id"
    rows = store.rows(sql, list(given.values()))
    return Reply(200, {"incident_attachments": [_attachment(row) for row in rows]}, MEDIA_TYPE)


def _refusal(given: Mapping[str, str], options: Mapping[str, str]) -> Reply | None:
    """The documentation demands an incident or a resource; what both, or an incomplete resource, give is not known."""
    type_ = given.get("resource_type")
    if (
        type_
        and type_ not in catalogue.words()["attachments"]
        and options["unknown_type"] == "refused"
    ):
        return invalid("resource_type", f"{type_} is not a known resource type", "is_invalid")
    if given.keys() >= {"incident_id", *_RESOURCE} and options["both_modes"] == "refused":
        return invalid(
            "incident_id", "An incident and a resource cannot be given together", "is_invalid"
        )
    if options["half_a_mode"] != "refused":
        return None
    if type_ and "external_id" not in given:
        return invalid("external_id", "An external ID must be given along with a resource type")
    if not type_ and given.keys() != {"incident_id"}:
        return invalid(
            "resource_type",
            "Either an incident or a resource type and an external ID must be given",
        )
    return None


def _heeded(given: dict[str, str], options: Mapping[str, str]) -> dict[str, str]:
    """What of the query has an effect."""
    both, half = options["both_modes"], options["half_a_mode"]
    if "incident_id" in given and both == "incident":
        return {"incident_id": given["incident_id"]}
    if given.keys() >= {*_RESOURCE} and both == "resource":
        return {name: given[name] for name in _RESOURCE}
    if half == "all" and len(given.keys() & {*_RESOURCE}) == 1:
        return {name: value for name, value in given.items() if name not in _RESOURCE}
    return given


def _is_there(store: Store, incident_id: str) -> bool:
    return bool(store.rows("SELECT 1 FROM io_incidents WHERE id = ?", [incident_id]))


def _attachment(row: sqlite3.Row) -> Document:
    resource = {name: row[name] for name in ("external_id", "permalink", "resource_type", "title")}
    return {"id": row["id"], "incident_id": row["incident_id"], "resource": resource}
