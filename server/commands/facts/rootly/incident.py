"""One incident as Rootly sent it, read without any guess about what is missing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from tools.json_values import as_mapping, mappings

LISTS = ("environments", "incident_types", "services", "functionalities", "groups")
"""The relations that are met in both places: in `attributes` and in `relationships`."""
Resource = Mapping[str, Any]

TIME = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d(?P<seconds>:\d\d(\.(?P<fraction>\d{1,9}))?)?"
    r"(?P<offset>Z|[+-]\d\d:\d\d)",
    re.ASCII,
)


@dataclass(frozen=True)
class Incident:
    """An incident: `row` as in `data`, and the `included` resources by type and id."""

    row: Mapping[str, Any]
    included: Mapping[tuple[str, str], Resource]
    values: dict[str, frozenset[str] | None] = field(default_factory=dict, compare=False)
    """The values of properties that were asked for: see `Property.values`."""

    @property
    def id(self) -> str:
        return str(self.row.get("id"))

    @property
    def number(self) -> int:
        return int(self.attributes["sequential_id"])

    @cached_property
    def attributes(self) -> Mapping[str, Any]:
        return as_mapping(self.row.get("attributes"))

    @cached_property
    def relationships(self) -> Mapping[str, Any]:
        return as_mapping(self.row.get("relationships"))

    def time(self, name: str) -> datetime | None:
        """The time in UTC. None if the incident has none, or one in an unknown form."""
        text = self.attributes.get(name)
        if not isinstance(text, str) or not TIME.fullmatch(text):
            return None
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except (ValueError, OverflowError):
            return None

    def references(self, relation: str) -> list[Resource] | None:
        """The resources of a relation to many, perhaps without attributes. None: not known."""
        value = self.attributes.get(relation)
        if isinstance(value, list):
            return [as_mapping(one.get("data")) for one in mappings(value)]
        data = as_mapping(self.relationships.get(relation)).get("data")
        if isinstance(data, list):
            return mappings(data)
        return None

    def resources(self, relation: str) -> list[Resource]:
        """The resources of a relation to many that the answer has with their attributes."""
        resources = []
        for reference in self.references(relation) or ():
            resource = reference
            if "attributes" not in reference:
                key = (str(reference.get("type")), str(reference.get("id")))
                resource = self.included.get(key, {})
            if resource:
                resources.append(resource)
        return resources

    @property
    def severity(self) -> Resource | None:
        """The severity as a resource. None if there is none, or if it is in another form."""
        value = as_mapping(self.attributes.get("severity"))
        data = as_mapping(value.get("data"))
        if data:
            return data
        if "id" in value:
            return {"id": value["id"], "attributes": value}
        return None

    @property
    def labels(self) -> dict[str, str]:
        """The labels, in both forms that are met."""
        value = self.attributes.get("labels")
        if isinstance(value, list):
            return {str(one.get("key")): str(one.get("value")) for one in mappings(value)}
        return {str(key): str(text) for key, text in as_mapping(value).items()}


def incidents_of(body: Mapping[str, Any]) -> list[Incident]:
    """The incidents of an answer that have a number."""
    included = dict[tuple[str, str], Resource]()
    for resource in mappings(body.get("included")):
        included[str(resource.get("type")), str(resource.get("id"))] = resource
    incidents = [Incident(row, included) for row in mappings(body.get("data"))]
    return [one for one in incidents if isinstance(one.attributes.get("sequential_id"), int)]
