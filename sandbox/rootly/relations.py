"""The resources that the incidents of a page refer to."""

import json
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sandbox.rootly.view import View
from sandbox.route import Document
from sandbox.store import Store

# The recorded attributes of a person.
_PERSON = (
    "name",
    "email",
    "phone",
    "phone_2",
    "first_name",
    "last_name",
    "full_name",
    "full_name_with_team",
    "slack_id",
    "time_zone",
    "updated_at",
    "created_at",
)
# The attributes of a custom field selection in the older form: see the dial `selections`.
_CUSTOM_FIELD = (
    "incident_id",
    "custom_field_id",
    "value",
    "selected_option_ids",
    "created_at",
    "updated_at",
)


class Relations:
    """The resources of all incidents of a page. They are read in two queries, and
    the names of sub-statuses in a third."""

    def __init__(self, store: Store, numbers: Sequence[int], view: View) -> None:
        self._store = store
        self._numbers = numbers
        self._view = view
        self._keys = dict[tuple[int, str], list[int]]()
        all_keys, keys_with_attributes = set[int](), set[int]()
        with_attributes = {*view.embedded, *view.include}
        for number, relation, key in self._links({*view.linked, *with_attributes}):
            self._keys.setdefault((number, relation), []).append(key)
            all_keys.add(key)
            if relation in with_attributes:
                keys_with_attributes.add(key)
        self._resources = self._read(all_keys, keys_with_attributes)

    def _read(
        self, keys: Collection[int], keys_with_attributes: Collection[int]
    ) -> dict[int, Document]:
        """The resources by key. Those not in *keys_with_attributes* become references."""
        rows = self._store.rows(
            "SELECT key, id, type,"
            " CASE WHEN key IN (SELECT value FROM json_each(?)) THEN attributes END"
            " FROM resources WHERE key IN (SELECT value FROM json_each(?))",
            [json.dumps([*keys_with_attributes]), json.dumps([*keys])],
        )
        return {key: self._resource(*row) for key, *row in rows}

    def _links(self, relations: Collection[str]) -> list[sqlite3.Row]:
        """For each link: incident number, relation, and key of the resource. Sorted by position."""
        return self._store.rows(
            "SELECT sequential_id, relation, key FROM links"
            " WHERE sequential_id IN (SELECT value FROM json_each(?))"
            " AND relation IN (SELECT value FROM json_each(?))"
            " ORDER BY sequential_id, relation, position",
            [json.dumps(self._numbers), json.dumps([*relations])],
        )

    def of(self, number: int, relation: str) -> list[Document]:
        """The resources that an incident has in a relation."""
        return [self._resources[key] for key in self._keys.get((number, relation), ())]

    def included(self) -> list[Document]:
        """Each resource of the included relations once, in the order of the incidents."""
        keys = list[int]()
        for number in self._numbers:
            for relation in self._view.included:
                keys += self._keys.get((number, relation), ())
        unique_keys = dict.fromkeys(keys)
        resources = [self._resources[key] for key in unique_keys]
        if self._view.names_sub_statuses:
            resources += self._sub_statuses(resources)
        return [*map(self._trimmed, resources)]

    def _sub_statuses(self, resources: list[Document]) -> list[Document]:
        """The sub-statuses to which the resources refer."""
        assignments = [item for item in resources if item["type"] == "incident_sub_statuses"]
        ids = [assignment["attributes"]["sub_status_id"] for assignment in assignments]
        rows = self._store.rows(
            "SELECT id, type, attributes FROM resources"
            " WHERE type = 'sub_statuses' AND id IN (SELECT value FROM json_each(?)) ORDER BY key",
            [json.dumps(ids)],
        )
        return [self._resource(*row) for row in rows]

    def _trimmed(self, resource: Document) -> Document:
        """The resource, with the attributes in the sparse fieldset of its type."""
        fieldset = self._view.fieldsets.get(resource["type"])
        if fieldset is None:
            return resource
        attributes = resource["attributes"].items()
        trimmed = {name: value for name, value in attributes if name in fieldset}
        return {**resource, "attributes": trimmed}

    def _resource(self, id_: str, type_: str, attributes: str | None) -> Document:
        """The resource. Without attributes it is only a reference."""
        options = self._view.options
        if type_ == "incident_form_field_selections" and options["selections"] == "custom_fields":
            type_ = "incident_custom_field_selections"
        if attributes is None:
            return {"id": id_, "type": type_}
        values: Document = json.loads(attributes)
        if options["slugs"] != "slug" and "slug" in values:
            values["slug"] = _slug(id_, values, options["slugs"])
        if options["attributes"] == "recorded":
            values = _recorded(type_, values)
        if type_ == "incident_subscribers" and options["subscribers"] == "user_id":
            values["user_id"] = int(values.pop("user")["data"]["id"])
        resource: Document = {"id": id_, "type": type_, "attributes": values}
        if type_ in _FORM_CHANGES:
            _FORM_CHANGES[type_](resource)
        return resource


def _link_sub_status(resource: Document) -> None:
    reference = {"id": resource["attributes"]["sub_status_id"], "type": "sub_statuses"}
    resource["relationships"] = {"sub_status": {"data": reference}}


def _keep_custom_field(resource: Document) -> None:
    resource["attributes"] = _only(resource["attributes"], _CUSTOM_FIELD)


def _drop_custom_field(resource: Document) -> None:
    del resource["attributes"]["custom_field_id"]


# By type, a function that changes the resource to its documented form.
_FORM_CHANGES: Mapping[str, Callable[[Document], None]] = {
    "incident_sub_statuses": _link_sub_status,
    "incident_custom_field_selections": _keep_custom_field,
    "incident_form_field_selections": _drop_custom_field,
}


def _slug(id_: str, values: Document, form: str) -> Any:
    match form:
        case "id":
            return id_
        case "renamed":
            return f"{values['slug']}-renamed"
    return values["name"]


def _only(attributes: Document, names: Sequence[str]) -> Document:
    return {name: attributes[name] for name in names}


def _recorded(type_: str, attributes: Document) -> Document:
    """The attributes. A person, also a nested one, keeps only the recorded attributes."""
    if type_ == "users":
        return _only(attributes, _PERSON)
    return {name: _recorded_value(value) for name, value in attributes.items()}


def _recorded_value(value: Any) -> Any:
    if not _is_person(value):
        return value
    person = value["data"]
    attributes = _recorded("users", person["attributes"])
    return {"data": {**person, "attributes": attributes}}


def _is_person(value: Any) -> bool:
    """Whether the value is a nested resource of the type `users`."""
    if not isinstance(value, dict):
        return False
    resource = value.get("data")
    return isinstance(resource, dict) and resource.get("type") == "users"
