"""A JSON:API resource, read from any of the forms in which Rootly has sent one.

| form | example |
|---|---|
| resource | `{"id": "s1", "type": "services", "attributes": {"slug": "checkout-api"}}` |
| reference | `{"id": "s1", "type": "services"}` |
| flat object | `{"id": "s1", "slug": "checkout-api", "name": "Checkout API"}` |
| bare string | `"checkout-api"` |

Each of them can be wrapped as `{"data": …}`, and so can a list of them. Sources:
https://docs.rootly.com/api-reference/incidents/list-incidents, and
https://jsonapi.org/format/#document-resource-objects.
"""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from tools.json_values import as_mapping
from tools.text import identifier

Attributes = Mapping[str, Any]

_REFERENCE_KEYS = {"id", "type"}


class Resource(NamedTuple):
    """A resource as Rootly sent it; `attributes` is None for a reference to one."""

    id: Any
    type: Any = None
    attributes: Attributes | None = None
    relationships: Attributes = MappingProxyType({})

    @property
    def key(self) -> tuple[str | None, str | None]:
        """Type and id, the same whether Rootly sent the id as a string or as a number."""
        return identifier(self.type), identifier(self.id)

    def references(self) -> Iterator[tuple[str, "Resource"]]:
        """The resources that this one refers to, each with the name of the relationship."""
        for name, relationship in self.relationships.items():
            for reference in read_resources(as_mapping(relationship).get("data")):
                yield name, reference

    def as_json(self) -> dict[str, Any]:
        """The resource in the first form of the table; without attributes, in the second form."""
        json = {"id": self.id, "type": self.type}
        if self.attributes is not None:
            json["attributes"] = self.attributes
        return json


def read_resource(item: Any) -> Resource:
    """Read one resource in any form."""
    if isinstance(item, dict):
        return _read_object(item)
    if isinstance(item, str) and item:
        return Resource(item, attributes={"slug": item})
    # There is a resource, but nothing about it can be read.
    return Resource(None, attributes={})


def _read_object(item: Attributes) -> Resource:
    wrapped = item.get("data")
    if isinstance(wrapped, dict):
        item = wrapped
    attributes = item.get("attributes")
    if not isinstance(attributes, dict):
        is_reference = item.keys() <= _REFERENCE_KEYS
        attributes = None if is_reference else item
    relationships = as_mapping(item.get("relationships"))
    return Resource(item.get("id"), item.get("type"), attributes, relationships)


def read_resources(value: Any) -> Iterator[Resource]:
    """Read one or several resources in any form."""
    return map(read_resource, items(value))


def items(value: Any) -> Sequence[Any]:
    """The single resources in *value*, as Rootly sent them."""
    value = unwrapped(value)
    if isinstance(value, list):
        return value
    if value is None or value == "":
        return ()
    return (value,)


def unwrapped(value: Any) -> Any:
    """What is in `{"data": …}`, or *value* itself."""
    if isinstance(value, dict) and "data" in value:
        return value["data"]
    return value


def nested_attributes(value: Any) -> Attributes:
    """The attributes of the resource nested in *value*; an empty object if there are none."""
    for item in items(value):
        attributes = read_resource(item).attributes
        if attributes:
            return attributes
    return {}


def nested_id(value: Any) -> str | None:
    """The id of the resource nested in *value*, or of a reference to one."""
    for resource in read_resources(value):
        id_ = identifier(resource.id)
        if id_:
            return id_
    return None
