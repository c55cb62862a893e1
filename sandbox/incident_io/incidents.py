"""`GET /v2/incidents`, `GET /v2/incidents/{id}` and `GET /v1/identity`."""

import sqlite3
from collections.abc import Mapping

from sandbox.incident_io.errors import MEDIA_TYPE, error, invalid
from sandbox.route import Document, Reply
from sandbox.store import Store
from sandbox.world import catalogue

# The forms of links to the dashboard that clients have seen.
_PERMALINKS = {
    "number": "https://app.incident.io/example/incidents/{number}",
    "id": "https://app.incident.io/example/incidents/{id}",
    "no_organisation": "https://app.incident.io/incidents/{number}",
    "other_organisation": "https://app.incident.io/another/incidents/{number}",
}

_DEFAULT_PAGE_SIZE = 25
_MAX_PAGE_SIZE = 250
_SET_UP_AT = "2024-03-04T17:00:00.000Z"


def list_incidents(store: Store, query: Mapping[str, str], options: Mapping[str, str]) -> Reply:
    """A page of incidents, newest first. Of the documented parameters, it knows those of paging."""
    text = query.get("page_size") or str(_DEFAULT_PAGE_SIZE)
    if not text.isdecimal() or not 1 <= int(text) <= _MAX_PAGE_SIZE:
        return invalid("page_size", f"must be 1 to {_MAX_PAGE_SIZE}", "is_invalid")
    size = int(text)
    rows = store.rows(
        "SELECT * FROM io_incidents WHERE ?1 = '' OR (created_at, id) <"
        " (SELECT created_at, id FROM io_incidents WHERE id = ?1)"
        " ORDER BY created_at DESC, id DESC LIMIT ?2",
        [query.get("after", ""), size + 1],
    )
    page = rows[:size]
    meta: Document = {
        "page_size": size,
        "total_record_count": store.value("SELECT count(*) FROM io_incidents"),
    }
    if len(rows) > size:
        meta["after"] = page[-1]["id"]
    incidents = [_incident(row, options) for row in page]
    return Reply(200, {"incidents": incidents, "pagination_meta": meta}, MEDIA_TYPE)


def show_incident(store: Store, identifier: str, options: Mapping[str, str]) -> Reply:
    """The incident with this id, or with this number (the digits of its reference)."""
    rows = store.rows(
        "SELECT * FROM io_incidents WHERE id = ? OR CAST(number AS TEXT) = ?",
        [identifier, identifier],
    )
    if not rows:
        return error(404)
    return Reply(200, {"incident": _incident(rows[0], options)}, MEDIA_TYPE)


def _incident(row: sqlite3.Row, options: Mapping[str, str]) -> Document:
    number, status = row["number"], row["status"]
    permalink = _PERMALINKS[options["permalink"]]
    category = catalogue.words()["io_statuses"][status]
    channel = f"C1{number:07}"
    incident: Document = {
        "id": row["id"],
        "reference": f"INC-{number}",
        "name": row["name"],
        "summary": row["summary"],
        "permalink": permalink.format(number=number, id=row["id"]),
        "mode": row["mode"],
        "visibility": row["visibility"],
        "incident_status": {"category": category, **_setting("io_statuses", status, status)},
        "severity": _severity(row["severity"], options["severity"]),
        "incident_type": {
            **_setting("io_types", "Production Outage", "Customer facing production outages"),
            "create_in_triage": "optional",
            "is_default": True,
            "private_incidents_only": False,
        },
        "creator": {
            "api_key": {"id": catalogue.fixed_ulid("api_keys", "sandbox"), "name": "Sandbox"}
        },
        "custom_field_entries": [],
        "incident_role_assignments": [],
        "incident_timestamp_values": [],
        "duration_metrics": [],
        "team_ids": [],
        "slack_team_id": "T0EXAMPLE",
        "slack_channel_id": channel,
        "slack_channel_name": f"inc-{number}",
        "slack_channel_url": f"https://slack.com/app_redirect?team=T0EXAMPLE&channel={channel}",
        "call_url": f"https://example.zoom.us/j/{number}?pwd=sandbox",
        "has_debrief": False,
        "last_activity_at": row["updated_at"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }
    return {name: value for name, value in incident.items() if value is not None}


def _severity(name: str | None, dial: str) -> Document | None:
    if name is None or dial == "absent":
        return None
    return _setting("io_severities", name, catalogue.words()["io_severities"][name])


def _setting(kind: str, name: str, description: str) -> Document:
    """A setting of the organisation, such as a severity."""
    rank = [*catalogue.words().get(kind, ()), name].index(name)
    return {
        "id": catalogue.fixed_ulid(kind, name),
        "name": name,
        "description": description,
        "rank": rank,
        "created_at": _SET_UP_AT,
        "updated_at": _SET_UP_AT,
    }


def show_identity() -> Reply:
    """The API key that the request was made with."""
    identity = {
        "name": "Sandbox",
        "dashboard_url": "https://app.incident.io/example",
        "roles": ["viewer"],
        "team_roles": [],
        "teams": [],
    }
    return Reply(200, {"identity": identity}, MEDIA_TYPE)
