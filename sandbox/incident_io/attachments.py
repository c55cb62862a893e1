"""`GET /v1/incident_attachments`."""

import sqlite3
from collections.abc import Mapping

from sandbox.incident_io.errors import MEDIA_TYPE, error, invalid
from sandbox.route import Document, Reply
from sandbox.store import Store
from sandbox.world import catalogue

_RESOURCE = ("resource_type", "external_id")


def list_attachments(store: Store, query: Mapping[str, str], options: Mapping[str, str]) -> Reply:
    parameters = {name: query[name] for name in ("incident_id", *_RESOURCE) if query.get(name)}
    if refusal := _refusal(parameters, options):
        return refusal
    parameters = _effective(parameters, options)
    incident_id = parameters.get("incident_id")
    if incident_id and options["gone"] == "404" and not _exists(store, incident_id):
        return error(404)
    # An invalid id, such as INC-123, is not an error: it finds nothing.
    conditions = [f"{_column(name, options)} = ?" for name in parameters]
    if options["orphans"] == "hidden":
        conditions.append("incident_id IN (SELECT id FROM io_incidents)")
    sql = f"SELECT * FROM io_attachments WHERE {' AND '.join(conditions) or '1'} ORDER BY id"
    rows = store.rows(sql, list(parameters.values()))
    return Reply(200, {"incident_attachments": [_attachment(row) for row in rows]}, MEDIA_TYPE)


def _refusal(parameters: Mapping[str, str], options: Mapping[str, str]) -> Reply | None:
    """The error, if the parameters are not an incident or a complete resource.

    The documentation requires one of these. What both of them return, or an incomplete resource,
    is not known.
    """
    type_ = parameters.get("resource_type")
    is_known = type_ is None or type_ in catalogue.words()["attachments"]
    if not is_known and options["unknown_type"] == "refused":
        return invalid("resource_type", f"{type_} is not a known resource type", "is_invalid")
    if parameters.keys() >= {"incident_id", *_RESOURCE} and options["both_modes"] == "refused":
        return invalid(
            "incident_id", "An incident and a resource cannot be given together", "is_invalid"
        )
    if options["half_a_mode"] != "refused":
        return None
    if type_ and "external_id" not in parameters:
        return invalid("external_id", "An external ID must be given along with a resource type")
    if not type_ and parameters.keys() != {"incident_id"}:
        return invalid(
            "resource_type",
            "Either an incident or a resource type and an external ID must be given",
        )
    return None


def _effective(parameters: dict[str, str], options: Mapping[str, str]) -> dict[str, str]:
    """The parameters that have an effect."""
    both, half = options["both_modes"], options["half_a_mode"]
    resource = {name: parameters[name] for name in _RESOURCE if name in parameters}
    incident = {name: value for name, value in parameters.items() if name not in _RESOURCE}
    if incident and both == "incident":
        return incident
    if len(resource) == 2 and both == "resource":
        return resource
    if len(resource) == 1 and half == "all":
        return incident
    return parameters


def _column(name: str, options: Mapping[str, str]) -> str:
    """The SQL that is compared with a parameter's value."""
    if name == "external_id" and options["external_ids"] == "any_case":
        return "external_id COLLATE NOCASE"
    return name


def _exists(store: Store, incident_id: str) -> bool:
    return bool(store.rows("SELECT 1 FROM io_incidents WHERE id = ?", [incident_id]))


def _attachment(row: sqlite3.Row) -> Document:
    resource = {name: row[name] for name in ("external_id", "permalink", "resource_type", "title")}
    return {"id": row["id"], "incident_id": row["incident_id"], "resource": resource}
