"""`GET /v1/incident_attachments`."""

import sqlite3
from collections.abc import Mapping

from sandbox.incident_io.errors import MEDIA_TYPE, error, invalid
from sandbox.route import Document, Reply
from sandbox.store import Store
from sandbox.world import catalogue

_INCIDENT = ("incident_id",)
_RESOURCE = ("resource_type", "external_id")
_COMPLETE = ({*_INCIDENT}, {*_RESOURCE}, {*_INCIDENT, *_RESOURCE})


def list_attachments(store: Store, query: Mapping[str, str], options: Mapping[str, str]) -> Reply:
    """The attachments of an incident, or those with a resource.

    The documentation requires one of these. It does not say what both of them return, or half a
    resource.
    """
    parameters = _only(query, *_INCIDENT, *_RESOURCE)
    for check in (_check_type, _check_both_modes, _check_half_a_mode):
        refusal = check(parameters, options)
        if refusal:
            return refusal
    effective = _effective(parameters, options)
    if options["gone"] == "404" and not _incident_exists(store, effective):
        return error(404)
    # An invalid id, such as INC-123, is not an error: nothing matches it.
    conditions = [f"{_column(name, options)} = ?" for name in effective]
    if options["orphans"] == "hidden":
        conditions.append("incident_id IN (SELECT id FROM io_incidents)")
    sql = f"SELECT * FROM io_attachments WHERE {' AND '.join(conditions) or '1'} ORDER BY id"
    rows = store.rows(sql, list(effective.values()))
    return Reply(200, {"incident_attachments": list(map(_attachment, rows))}, MEDIA_TYPE)


def _only(parameters: Mapping[str, str], *names: str) -> dict[str, str]:
    """The parameters with these names that have a value."""
    return {name: parameters[name] for name in names if parameters.get(name)}


def _check_type(parameters: Mapping[str, str], options: Mapping[str, str]) -> Reply | None:
    """The error for an unknown resource type, if a dial says so."""
    if "resource_type" not in parameters or options["unknown_type"] != "refused":
        return None
    type_ = parameters["resource_type"]
    if type_ in catalogue.words()["attachments"]:
        return None
    return invalid("resource_type", f"{type_} is not a known resource type", "is_invalid")


def _check_both_modes(parameters: Mapping[str, str], options: Mapping[str, str]) -> Reply | None:
    """The error for an incident together with a resource, if a dial says so."""
    has_both = len(parameters) == len(_INCIDENT) + len(_RESOURCE)
    if not has_both or options["both_modes"] != "refused":
        return None
    return invalid(
        "incident_id", "An incident and a resource cannot be given together", "is_invalid"
    )


def _check_half_a_mode(parameters: Mapping[str, str], options: Mapping[str, str]) -> Reply | None:
    """The error for half a resource, or for no parameters, if a dial says so."""
    if options["half_a_mode"] != "refused" or parameters.keys() in _COMPLETE:
        return None
    if "resource_type" in parameters:
        return invalid("external_id", "An external ID must be given along with a resource type")
    return invalid(
        "resource_type",
        "Either an incident or a resource type and an external ID must be given",
    )


def _effective(parameters: dict[str, str], options: Mapping[str, str]) -> dict[str, str]:
    """The parameters that have an effect."""
    incident, resource = _only(parameters, *_INCIDENT), _only(parameters, *_RESOURCE)
    if incident and options["both_modes"] == "incident":
        return incident
    if len(resource) == 2 and options["both_modes"] == "resource":
        return resource
    if len(resource) == 1 and options["half_a_mode"] == "all":
        return incident
    return parameters


def _column(name: str, options: Mapping[str, str]) -> str:
    """The SQL expression that is compared with the value of a parameter."""
    if name == "external_id" and options["external_ids"] == "any_case":
        return "external_id COLLATE NOCASE"
    return name


def _incident_exists(store: Store, parameters: Mapping[str, str]) -> bool:
    """False if the parameters have the id of an incident that does not exist."""
    if "incident_id" not in parameters:
        return True
    sql = "SELECT 1 FROM io_incidents WHERE id = ?"
    return bool(store.rows(sql, [parameters["incident_id"]]))


def _attachment(row: sqlite3.Row) -> Document:
    resource = {name: row[name] for name in ("external_id", "permalink", "resource_type", "title")}
    return {"id": row["id"], "incident_id": row["incident_id"], "resource": resource}
