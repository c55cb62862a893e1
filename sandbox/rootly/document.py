"""Rows of the store as JSON:API resources, in all the shapes that clients have seen."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from sandbox.rootly.instants import Instants
from sandbox.rootly.relations import Relations
from sandbox.rootly.view import View
from sandbox.route import Document
from sandbox.store import Store

# The columns that a recorded incident always has, even as null. The others belong to integrations,
# and are absent if there is no value.
_RECORDED = {
    "parent_incident_id",
    "sequential_id",
    "title",
    "slug",
    "kind",
    "private",
    "summary",
    "status",
    "source",
    "url",
    "short_url",
    "mitigation_message",
    "resolution_message",
    "cancellation_message",
    "public_title",
    "duplicate_incident_id",
    "retrospective_progress_status",
    "started_at",
    "detected_at",
    "acknowledged_at",
    "mitigated_at",
    "resolved_at",
    "closed_at",
    "cancelled_at",
    "created_at",
    "updated_at",
    "labels",
}
_TO_ONE = {
    "user",
    "severity",
    "in_triage_by",
    "started_by",
    "mitigated_by",
    "resolved_by",
    "closed_by",
    "cancelled_by",
    "incident_post_mortem",
}
_BOOLEANS = {"private", "slack_channel_archived", "google_chat_space_archived"}
_JSON = {"labels", "zoom_meeting_global_dial_in_numbers", "muted_service_ids"}
_INSTANTS = {"scheduled_for", "scheduled_until"}


def columns(store: Store, view: View) -> list[str]:
    """The columns to read for the view, as SQL. The id and the number are always among them."""
    instants = Instants(view.options)
    expressions = []
    for name in store.columns("incidents"):
        if name not in ("id", "sequential_id") and not view.shows(name):
            continue
        expressions.append(f"{instants.stored(name)} AS {name}" if _is_instant(name) else name)
    return expressions


def document(store: Store, rows: Sequence[sqlite3.Row], view: View) -> Document:
    """`data`, and `included` if the view includes anything."""
    relations = Relations(store, [row["sequential_id"] for row in rows], view)
    answer: Document = {"data": [_incident(row, relations, view) for row in rows]}
    if view.include:
        answer["included"] = relations.included()
    return answer


def _incident(row: sqlite3.Row, relations: Relations, view: View) -> Document:
    attributes = {
        name: _value(name, row[name], view)
        for name in row.keys()  # noqa: SIM118 (a row of SQLite iterates over its values)
        if _has(name, row[name], view)
    }
    for relation in view.embedded:
        attributes[relation] = _embedded(relation, row["sequential_id"], relations, view)
    if "severity" in attributes:
        attributes |= _severity(attributes.pop("severity"), view.options["severity"])
    incident: Document = {"id": row["id"], "type": "incidents", "attributes": attributes}
    if view.linked:
        incident["relationships"] = {
            name: _relationship(name, row, relations, view) for name in view.linked
        }
    return incident


def _has(name: str, value: Any, view: View) -> bool:
    """Whether the incident has this attribute."""
    if not view.shows(name):
        return False
    if view.options["attributes"] == "all" or name in _RECORDED:
        return True
    return name != "id" and value is not None


def _value(name: str, value: Any, view: View) -> Any:
    if value is None:
        return None
    if name in _BOOLEANS:
        return bool(value)
    if name == "labels":
        return _labels(json.loads(value), view.options["labels"])
    if name in _JSON:
        return json.loads(value)
    if _is_instant(name):
        return Instants(view.options).attribute(value)
    return value


def _is_instant(name: str) -> bool:
    return name.endswith("_at") or name in _INSTANTS


def _labels(labels: dict[str, str], form: str) -> Any:
    if form == "pairs":
        return [{"key": key, "value": text} for key, text in labels.items()]
    return None if form == "null" else labels


def _embedded(relation: str, number: int, relations: Relations, view: View) -> Any:
    if view.form(relation) == "null":
        return None
    nested = [{"data": resource} for resource in relations.of(number, relation)]
    if relation in _TO_ONE:
        return nested[0] if nested else None
    return nested


def _severity(nested: Document | None, form: str) -> Document:
    """Severity as a member of the attributes, in one of the forms that clients have seen."""
    if form == "absent":
        return {}
    if nested is None or form == "null":
        return {"severity": None}
    resource = nested["data"]
    match form:
        case "string":
            return {"severity": resource["attributes"]["slug"]}
        case "flat":
            return {"severity": {"id": resource["id"], **resource["attributes"]}}
    return {"severity": nested}


def _relationship(relation: str, row: sqlite3.Row, relations: Relations, view: View) -> Document:
    form = view.form(relation)
    if form == "null":
        return {"data": None}
    if form == "links":
        url = f"https://api.rootly.com/v1/incidents/{row['id']}/{relation}"
        return {"links": {"related": url}}
    resources = relations.of(row["sequential_id"], relation)
    references = [{"id": resource["id"], "type": resource["type"]} for resource in resources]
    if relation in _TO_ONE:
        return {"data": references[0] if references else None}
    return {"data": references}
