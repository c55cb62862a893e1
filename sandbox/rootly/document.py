"""Rows of the store as JSON:API resources, in all the shapes that clients have seen."""

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from sandbox.rootly.relations import Relations
from sandbox.rootly.view import View
from sandbox.route import Document
from sandbox.store import Store

Item = TypeVar("Item")

# The attributes that a recorded incident always has, even if they are null. The others, most of
# which belong to integrations, are absent if they have no value.
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
# How a column becomes an attribute: SQLite has no booleans, lists or objects.
_CONVERSIONS: Mapping[str, Callable[[Any], Any]] = {
    "private": bool,
    "slack_channel_archived": bool,
    "google_chat_space_archived": bool,
    "labels": json.loads,
    "zoom_meeting_global_dial_in_numbers": json.loads,
    "muted_service_ids": json.loads,
}
# The instants whose names do not end in `_at`.
_INSTANTS = {"scheduled_for", "scheduled_until"}
_ALWAYS_READ = {"id", "sequential_id"}


def columns(store: Store, view: View) -> list[str]:
    """The columns to read for the view, as SQL. The id and the number are always among them."""
    expressions = []
    for name in store.columns("incidents"):
        if not view.shows(name) and name not in _ALWAYS_READ:
            continue
        expression = name
        if _is_instant(name):
            expression = f"{view.instants.stored(name)} AS {name}"
        expressions.append(expression)
    return expressions


def document(store: Store, rows: Sequence[sqlite3.Row], view: View) -> Document:
    """`data`, and `included` if the view includes anything."""
    relations = Relations(store, [row["sequential_id"] for row in rows], view)
    answer: Document = {"data": [_incident(row, relations, view) for row in rows]}
    if view.include:
        answer["included"] = relations.included()
    return answer


def _incident(row: sqlite3.Row, relations: Relations, view: View) -> Document:
    attributes = _attributes(row, view)
    for relation in view.embedded:
        attributes[relation] = _embedded(relation, row["sequential_id"], relations, view)
    if "severity" in attributes:
        nested = attributes.pop("severity")
        attributes |= _severity(nested, view.options["severity"])
    incident: Document = {"id": row["id"], "type": "incidents", "attributes": attributes}
    relationships = {}
    for relation in view.linked:
        relationships[relation] = _relationship(relation, row, relations, view)
    if relationships:
        incident["relationships"] = relationships
    return incident


def _attributes(row: sqlite3.Row, view: View) -> Document:
    """The attributes that are columns."""
    attributes = {}
    names = row.keys()  # A row iterates over its values.
    for name in names:
        value = row[name]
        if _has(name, value, view):
            attributes[name] = _value(name, value, view)
    return attributes


def _has(name: str, value: Any, view: View) -> bool:
    """Whether the incident has this attribute."""
    if not view.shows(name):
        return False
    if view.options["attributes"] == "all" or name in _RECORDED:
        return True
    # The recorded `id` is outside `attributes`.
    return name != "id" and value is not None


def _value(name: str, value: Any, view: View) -> Any:
    """The attribute, from the value of its column."""
    if value is None:
        return None
    if _is_instant(name):
        return view.instants.attribute(value)
    if name in _CONVERSIONS:
        value = _CONVERSIONS[name](value)
    if name == "labels":
        return _labels(value, view.options["labels"])
    return value


def _is_instant(name: str) -> bool:
    return name.endswith("_at") or name in _INSTANTS


def _labels(labels: dict[str, str], form: str) -> Any:
    match form:
        case "pairs":
            return [{"key": key, "value": text} for key, text in labels.items()]
        case "null":
            return None
    return labels


def _embedded(relation: str, number: int, relations: Relations, view: View) -> Any:
    if view.form(relation) == "null":
        return None
    nested = [{"data": resource} for resource in relations.of(number, relation)]
    return _one_or_all(relation, nested)


def _severity(nested: Document | None, form: str) -> Document:
    """`severity` as a member of `attributes`, in one of the forms that clients have seen."""
    if form == "absent":
        return {}
    if nested is None or form == "null":
        return {"severity": None}
    resource = nested["data"]
    forms = {
        "nested": nested,
        "flat": {"id": resource["id"], **resource["attributes"]},
        "string": resource["attributes"]["slug"],
    }
    return {"severity": forms[form]}


def _relationship(relation: str, row: sqlite3.Row, relations: Relations, view: View) -> Document:
    form = view.form(relation)
    if form == "null":
        return {"data": None}
    if form == "links":
        url = f"https://api.rootly.com/v1/incidents/{row['id']}/{relation}"
        return {"links": {"related": url}}
    resources = relations.of(row["sequential_id"], relation)
    references = [{"id": resource["id"], "type": resource["type"]} for resource in resources]
    return {"data": _one_or_all(relation, references)}


def _one_or_all(relation: str, items: list[Item]) -> list[Item] | Item | None:
    """The first item or null if the relation is to one resource; otherwise all items."""
    if relation not in _TO_ONE:
        return items
    return next(iter(items), None)
