"""incident.io's API, as documented."""

import sqlite3
import uuid
from collections.abc import Mapping
from typing import Any

from sandbox.dial import Dial
from sandbox.route import Document, Reply, Request, Vendor
from sandbox.store import Store
from sandbox.world import catalogue

MEDIA_TYPE = {"Content-Type": "application/json"}

# The type and the only error of each failure, as code and message.
_FAILURES = {
    400: ("invalid_request_error", "invalid_request", "The request could not be understood"),
    401: ("authentication_error", "unauthenticated", "Unauthenticated"),
    403: ("resource_forbidden", "missing_required_scope", "The API key does not have the required scope"),
    404: ("not_found", "not_found", "Resource not found"),
    405: ("method_not_allowed", "method_not_allowed", "This method is not allowed"),
    406: ("not_acceptable", "not_acceptable", "Not acceptable"),
    408: ("request_timeout", "request_timeout", "The request took too long"),
    409: ("conflict", "conflict", "The request conflicts with the resource's state"),
    412: ("precondition_failed", "precondition_failed", "A precondition failed"),
    413: ("payload_too_large", "payload_too_large", "The payload is too large"),
    422: ("validation_error", "is_invalid", "The request is not valid"),
    429: ("too_many_requests", "too_many_requests", "Too many requests hit the API too quickly"),
    500: ("api_error", "internal_error", "Something went wrong on our side"),
}
_SCOPES = {"/v1/incident_attachments": "attachments.view", "/v2/incidents": "incidents.view"}


def _error(status: int, code: str | None = None, message: str | None = None, **more: Any) -> Reply:
    """The envelope of every error; `more` goes into its one entry. Gateways do not speak JSON."""
    if status not in _FAILURES:
        return Reply(status, b"upstream connect error or disconnect/reset before headers", {"Content-Type": "text/plain"})
    type_, usual_code, usual_message = _FAILURES[status]
    entry = {"code": code or usual_code, "message": message or usual_message, **more}
    envelope = {"type": type_, "status": status, "request_id": str(uuid.uuid4()), "errors": [entry]}
    return Reply(status, envelope, MEDIA_TYPE)


def _invalid(field: str, message: str, code: str = "is_required") -> Reply:
    return _error(422, code, message, source={"field": field, "pointer": field})


def _answer(store: Store, request: Request) -> Reply:
    if not request.headers.get("Authorization"):
        return _error(401, "missing_authorization_material", "No authorization material provided in request")
    if request.token is None:
        return _error(401)
    path, _, identifier = request.path.partition("/v2/incidents/")
    scope = _SCOPES.get("/v2/incidents" if identifier else path)
    if request.options["scope"] not in ("all", scope) and scope:
        return _error(403, metadata={"scope": scope})
    if request.method != "GET":
        return _error(405)
    if identifier:
        return _show_incident(store, identifier)
    if path == "/v1/incident_attachments":
        return _list_attachments(store, dict(request.query))
    return _show_identity() if path == "/v1/identity" else _error(404)


def _list_attachments(store: Store, query: Mapping[str, str]) -> Reply:
    # The documentation demands an incident or a resource; what both, or an incomplete resource, give is not known.
    given = {name: query[name] for name in ("incident_id", "resource_type", "external_id") if query.get(name)}
    if "resource_type" in given and given["resource_type"] not in catalogue.words()["attachments"]:
        return _invalid("resource_type", f"{given['resource_type']} is not a known resource type", "is_invalid")
    if "resource_type" in given and "external_id" not in given:
        return _invalid("external_id", "An external ID must be given along with a resource type")
    if "resource_type" not in given and given.keys() != {"incident_id"}:
        return _invalid("resource_type", "Either an incident or a resource type and an external ID must be given")
    # An id that is none, such as INC-123, finds nothing and is no error.
    condition = " AND ".join(f"{name} = ?" for name in given)
    rows = store.rows(f"SELECT * FROM io_attachments WHERE {condition} ORDER BY id", list(given.values()))
    return Reply(200, {"incident_attachments": [_attachment(row) for row in rows]}, MEDIA_TYPE)


def _attachment(row: sqlite3.Row) -> Document:
    resource = {name: row[name] for name in ("external_id", "permalink", "resource_type", "title")}
    return {"id": row["id"], "incident_id": row["incident_id"], "resource": resource}


def _show_incident(store: Store, identifier: str) -> Reply:
    """By the full id, or the numeric part of the reference."""
    rows = store.rows("SELECT * FROM io_incidents WHERE id = ? OR CAST(number AS TEXT) = ?", [identifier, identifier])
    return Reply(200, {"incident": _incident(rows[0])}, MEDIA_TYPE) if rows else _error(404)


def _incident(row: sqlite3.Row) -> Document:
    words = catalogue.words()
    reference = f"INC-{row['number']}"
    channel = f"C1{row['number']:07}"
    incident: Document = {
        "id": row["id"],
        "reference": reference,
        "name": row["name"],
        "summary": row["summary"],
        "permalink": f"https://app.incident.io/example/incidents/{row['number']}",
        "mode": row["mode"],
        "visibility": row["visibility"],
        "incident_status": {
            "category": words["io_statuses"][row["status"]],
            **_setting("io_statuses", row["status"], row["status"]),
        },
        "severity": _setting("io_severities", row["severity"], words["io_severities"][row["severity"]]),
        "incident_type": {
            **_setting("io_types", "Production Outage", "Customer facing production outages"),
            "create_in_triage": "optional",
            "is_default": True,
            "private_incidents_only": False,
        },
        "creator": {"api_key": {"id": catalogue.fixed_ulid("api_keys", "sandbox"), "name": "Sandbox"}},
        "custom_field_entries": [],
        "incident_role_assignments": [],
        "incident_timestamp_values": [],
        "duration_metrics": [],
        "team_ids": [],
        "slack_team_id": "T0EXAMPLE",
        "slack_channel_id": channel,
        "slack_channel_name": f"inc-{row['number']}",
        "slack_channel_url": f"https://slack.com/app_redirect?team=T0EXAMPLE&channel={channel}",
        "call_url": f"https://example.zoom.us/j/{row['number']}?pwd=sandbox",
        "has_debrief": False,
        "last_activity_at": row["updated_at"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }
    return {name: value for name, value in incident.items() if value is not None}


def _setting(kind: str, name: str, description: str) -> Document:
    stamps = {"created_at": "2024-03-04T17:00:00.000Z", "updated_at": "2024-03-04T17:00:00.000Z"}
    rank = [*catalogue.words().get(kind, ()), name].index(name)
    return {"id": catalogue.fixed_ulid(kind, name), "name": name, "description": description, "rank": rank, **stamps}


def _show_identity() -> Reply:
    identity = {
        "name": "Sandbox",
        "dashboard_url": "https://app.incident.io/example",
        "roles": ["viewer"],
        "team_roles": [],
        "teams": [],
    }
    return Reply(200, {"identity": identity}, MEDIA_TYPE)


VENDOR = Vendor(
    rows="incident_attachments",
    dials={
        "scope": Dial(("all", *_SCOPES.values()), "what the key may read"),
        "clock": Dial(("0", "SECONDS"), "by how much the `Date` header is ahead"),
    },
    answer=_answer,
    failure=_error,
)
