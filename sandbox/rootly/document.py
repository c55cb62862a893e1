"""Rows of the store as JSON:API resources, in each of the shapes that are met."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.route import Document
from sandbox.store import Store
from sandbox.timestamps import shown

# In `attributes`, in both shapes.
EMBEDDED = ("user", "severity", "in_triage_by", "started_by", "mitigated_by", "resolved_by", "closed_by",
            "cancelled_by")  # fmt: skip
# In `attributes` as the reference shows it, or only as bare references in `relationships`.
LISTS = ("environments", "incident_types", "services", "functionalities", "groups")
# In `relationships` only.
RELATED = ("sub_statuses", "causes", "subscribers", "roles", "slack_messages", "events", "action_items",
           "custom_field_selections", "feedbacks", "incident_post_mortem", "alerts")  # fmt: skip
INCLUDABLE = LISTS + RELATED
# What an assigned sub-status refers to. Here the sub-statuses stand in the place of their assignments.
NESTED = ("sub_statuses.sub_status",)
_TO_ONE = {*EMBEDDED, "incident_post_mortem"}

_BOOLEANS = {"private", "slack_channel_archived", "google_chat_space_archived"}
_JSON = {"labels", "zoom_meeting_global_dial_in_numbers", "muted_service_ids"}
_INSTANTS = {"scheduled_for", "scheduled_until"}


@dataclass(frozen=True)
class View:
    """What is to be shown of each incident."""

    options: Mapping[str, str]
    fields: frozenset[str] | None
    """The sparse fieldset: names of attributes and relationships; None for all."""
    include: frozenset[str]

    def shows(self, name: str) -> bool:
        return self.fields is None or name in self.fields

    @property
    def embedded(self) -> list[str]:
        lists = LISTS if self.options["shape"] == "nested" else ()
        return [name for name in (*EMBEDDED, *lists) if self.shows(name)]

    @property
    def linked(self) -> list[str]:
        """The relationships of which each incident shows the references."""
        all_of_them = self.options["shape"] == "references"
        return [name for name in INCLUDABLE if self.shows(name) and (all_of_them or name in self.include)]


def columns(store: Store, view: View) -> list[str]:
    """The columns to read for the view; always those by which rows are told apart."""
    return [name for name in store.columns("incidents") if view.shows(name) or name in ("id", "sequential_id")]


def document(store: Store, rows: Sequence[sqlite3.Row], view: View) -> Document:
    """`data`, and `included` if anything was to be included."""
    relations = _Relations(store, [row["sequential_id"] for row in rows], view)
    found: Document = {"data": [_incident(row, relations, view) for row in rows]}
    if view.include:
        found["included"] = relations.resources(view.include)
    return found


def _incident(row: sqlite3.Row, relations: "_Relations", view: View) -> Document:
    attributes = {name: _value(name, row[name], view) for name in row.keys() if view.shows(name)}  # noqa: SIM118
    number = row["sequential_id"]
    for relation in view.embedded:
        nested = [{"data": resource} for resource in relations.of(number, relation)]
        attributes[relation] = (nested[0] if nested else None) if relation in _TO_ONE else nested
    if attributes.get("severity"):
        attributes["severity"] = _severity(attributes["severity"]["data"], view.options["severity"])
    incident: Document = {"id": row["id"], "type": "incidents", "attributes": attributes}
    if view.linked:
        incident["relationships"] = {name: {"data": _references(relations, number, name)} for name in view.linked}
    return incident


def _value(name: str, value: Any, view: View) -> Any:
    if value is None:
        return None
    if name in _BOOLEANS:
        return bool(value)
    if name in _JSON:
        value = json.loads(value)
        if name == "labels" and view.options["labels"] == "pairs":
            return [{"key": key, "value": text} for key, text in value.items()]
        return value
    return shown(value) if name.endswith("_at") or name in _INSTANTS else value


def _severity(resource: Document, form: str) -> Any:
    """The three forms that clients have met."""
    if form == "string":
        return resource["attributes"]["slug"]
    return {"id": resource["id"], **resource["attributes"]} if form == "flat" else {"data": resource}


def _references(relations: "_Relations", number: int, relation: str) -> Any:
    references = [{"id": one["id"], "type": one["type"]} for one in relations.of(number, relation)]
    return (references[0] if references else None) if relation in _TO_ONE else references


class _Relations:
    """The resources that the incidents of a page have, read in two queries for the whole page."""

    def __init__(self, store: Store, numbers: Sequence[int], view: View) -> None:
        wanted = json.dumps([*view.embedded, *view.linked, *view.include])
        links = store.rows(
            "SELECT sequential_id, relation, key FROM links"
            " WHERE sequential_id IN (SELECT value FROM json_each(?)) AND relation IN (SELECT value FROM json_each(?))"
            " ORDER BY sequential_id, relation, position",
            [json.dumps(numbers), wanted],
        )
        self._numbers = numbers
        self._keys = dict[tuple[int, str], list[int]]()
        for number, relation, key in links:
            self._keys.setdefault((number, relation), []).append(key)
        whole = {key for _, relation, key in links if relation in view.embedded or relation in view.include}
        self._resources = {
            key: {"id": id_, "type": type_, "attributes": json.loads(attributes)} if attributes else _bare(id_, type_)
            for key, id_, type_, attributes in store.rows(
                "SELECT key, id, type, CASE WHEN key IN (SELECT value FROM json_each(?)) THEN attributes END"
                " FROM resources WHERE key IN (SELECT value FROM json_each(?))",
                [json.dumps(list(whole)), json.dumps(list({key for _, _, key in links}))],
            )
        }

    def of(self, number: int, relation: str) -> list[Document]:
        return [self._resources[key] for key in self._keys.get((number, relation), ())]

    def resources(self, relations: Iterable[str]) -> list[Document]:
        """Each resource of these relations once, in the order of the incidents."""
        found = (
            key for number in self._numbers for relation in sorted(relations)
            for key in self._keys.get((number, relation), ())
        )  # fmt: skip
        return [self._resources[key] for key in dict.fromkeys(found)]


def _bare(id_: str, type_: str) -> Document:
    return {"id": id_, "type": type_}
