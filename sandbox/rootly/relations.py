"""The resources that the incidents of a page refer to, in the forms that the dials want."""

import json
from collections.abc import Sequence
from typing import Any

from sandbox.rootly.view import View
from sandbox.route import Document
from sandbox.store import Store

# What was recorded of a person.
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
# What a selection had before form fields took the place of custom fields.
_CUSTOM_FIELD = (
    "incident_id",
    "custom_field_id",
    "value",
    "selected_option_ids",
    "created_at",
    "updated_at",
)


class Relations:
    """Read in two queries for the whole page."""

    def __init__(self, store: Store, numbers: Sequence[int], view: View) -> None:
        self._store, self._numbers, self._view = store, numbers, view
        wanted = json.dumps([*view.embedded, *view.linked, *view.include])
        links = store.rows(
            "SELECT sequential_id, relation, key FROM links"
            " WHERE sequential_id IN (SELECT value FROM json_each(?)) AND relation IN (SELECT value FROM json_each(?))"
            " ORDER BY sequential_id, relation, position",
            [json.dumps(numbers), wanted],
        )
        self._keys = dict[tuple[int, str], list[int]]()
        for number, relation, key in links:
            self._keys.setdefault((number, relation), []).append(key)
        whole = {
            key
            for _, relation, key in links
            if relation in view.embedded or relation in view.include
        }
        self._resources = {
            key: self._resource(id_, type_, attributes)
            for key, id_, type_, attributes in store.rows(
                "SELECT key, id, type, CASE WHEN key IN (SELECT value FROM json_each(?)) THEN attributes END"
                " FROM resources WHERE key IN (SELECT value FROM json_each(?))",
                [json.dumps(list(whole)), json.dumps(list({key for _, _, key in links}))],
            )
        }

    def of(self, number: int, relation: str) -> list[Document]:
        return [self._resources[key] for key in self._keys.get((number, relation), ())]

    def included(self) -> list[Document]:
        """Each resource of the included relations once, in the order of the incidents."""
        found = (
            key
            for number in self._numbers
            for relation in self._view.included
            for key in self._keys.get((number, relation), ())
        )
        resources = [self._resources[key] for key in dict.fromkeys(found)]
        if self._view.names_sub_statuses:
            resources += self._sub_statuses(resources)
        return [self._trimmed(resource) for resource in resources]

    def _sub_statuses(self, resources: list[Document]) -> list[Document]:
        """The sub-statuses behind those of the incidents."""
        ids = [
            one["attributes"]["sub_status_id"]
            for one in resources
            if one["type"] == "incident_sub_statuses"
        ]
        rows = self._store.rows(
            "SELECT id, type, attributes FROM resources"
            " WHERE type = 'sub_statuses' AND id IN (SELECT value FROM json_each(?)) ORDER BY key",
            [json.dumps(ids)],
        )
        return [self._resource(*row) for row in rows]

    def _trimmed(self, resource: Document) -> Document:
        """The resource with what its type's sparse fieldset keeps."""
        kept = self._view.fieldsets.get(resource["type"])
        if kept is None:
            return resource
        return {
            **resource,
            "attributes": {
                name: value for name, value in resource["attributes"].items() if name in kept
            },
        }

    def _resource(self, id_: str, type_: str, attributes: str | None) -> Document:
        """The resource; a bare reference if there are no attributes."""
        options = self._view.options
        if type_ == "incident_form_field_selections" and options["selections"] == "custom_fields":
            type_ = "incident_custom_field_selections"
        if attributes is None:
            return {"id": id_, "type": type_}
        values: Document = json.loads(attributes)
        if options["slugs"] != "slug" and "slug" in values:
            values["slug"] = _slug(id_, values, options["slugs"])
        if options["attributes"] == "recorded":
            values = (
                _person(values)
                if type_ == "users"
                else {name: _plain(value) for name, value in values.items()}
            )
        resource: Document = {"id": id_, "type": type_, "attributes": values}
        match type_:
            case "incident_sub_statuses":
                reference = {"id": values["sub_status_id"], "type": "sub_statuses"}
                resource["relationships"] = {"sub_status": {"data": reference}}
            case "incident_subscribers" if options["subscribers"] == "user_id":
                values["user_id"] = int(values.pop("user")["data"]["id"])
            case "incident_custom_field_selections":
                resource["attributes"] = {name: values[name] for name in _CUSTOM_FIELD}
            case "incident_form_field_selections":
                del values["custom_field_id"]
        return resource


def _slug(id_: str, values: Document, form: str) -> Any:
    match form:
        case "id":
            return id_
        case "renamed":
            return f"{values['slug']}-renamed"
    return values["name"]


def _plain(value: Any) -> Any:
    """The value; of a person nested in it, only what was recorded."""
    if (
        isinstance(value, dict)
        and isinstance(value.get("data"), dict)
        and value["data"].get("type") == "users"
    ):
        return {"data": {**value["data"], "attributes": _person(value["data"]["attributes"])}}
    return value


def _person(attributes: Document) -> Document:
    return {name: attributes[name] for name in _PERSON}
