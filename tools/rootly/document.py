"""One answer of Rootly's: incidents, the resources included with them, and what follows them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

from tools.json_values import as_mapping
from tools.rootly.json_api import Attributes, Resource, items, read_resource, unwrapped
from tools.rootly.values import number
from tools.text import identifier

TO_ONE = frozenset(("incident_post_mortem",))
"""The relations of which an incident has at most one."""

_CURSOR = re.compile(r"[\x21-\x7e]{1,2000}")


@dataclass(frozen=True)
class Related:
    """A resource that an incident refers to; `attributes` is None where the answer only has its id.

    Where this resource refers to others, they are among its attributes, as `{"data": …}`.
    """

    id: Any
    attributes: Attributes | None

    @cached_property
    def slug(self) -> str | None:
        """The slug, by which incidents are filtered; the name where there is no slug."""
        attributes = self.attributes or {}
        return identifier(attributes.get("slug")) or identifier(attributes.get("name"))


@dataclass(frozen=True)
class Incident:
    """One incident as Rootly sent it. `is_readable` is false where it has no attributes."""

    id: Any
    attributes: Attributes
    relationships: Attributes
    is_readable: bool = True

    def linkage(self, relation: str) -> Sequence[Any] | None:
        """The resources of one relation, or references to them, as Rootly sent them.

        None where Rootly does not say which there are. Where there can be several, null says
        nothing, and an empty list says that there are none.
        """
        values = []
        if relation in self.attributes:
            values.append(unwrapped(self.attributes[relation]))
        # A relationship may only have a link, which does not say what it refers to.
        relationship = as_mapping(self.relationships.get(relation))
        if "data" in relationship:
            values.append(relationship["data"])
        for value in values:
            resources = items(value)
            if resources:
                return resources
        if [] in values or (None in values and relation in TO_ONE):
            return ()
        return None


@dataclass(frozen=True)
class Document:
    """One answer of Rootly's. `included` has the included resources by `Resource.key`."""

    incidents: list[Incident]
    included: Mapping[tuple[str | None, str | None], Resource]
    meta: Attributes
    links: Attributes
    _resolved: dict[tuple[str, str], Related] = field(default_factory=dict)
    """Resources by the type and id of a reference. The rows of a page refer to the same few."""

    @classmethod
    def empty(cls) -> Self:
        """An answer that says that no incident matches."""
        return cls([], {}, {"total_count": 0}, {})

    def related(self, incident: Incident, relation: str) -> Sequence[Related] | None:
        """The resources of one relation: nested in the attributes, included, or only named by id.

        None where the answer does not say which there are, which is different from none.
        """
        linkage = incident.linkage(relation)
        if linkage is None:
            return None
        return [self._related(item) for item in linkage]

    def _related(self, item: Any) -> Related:
        """The resource that one item of a relation is, or refers to."""
        if not _is_reference(item):
            return self._resolve(item)
        key = item["type"], item["id"]
        related = self._resolved.get(key)
        if related is None:
            related = self._resolved[key] = self._resolve(item)
        return related

    def _resolve(self, item: Any) -> Related:
        reference = read_resource(item)
        resource = self._included(reference)
        if resource.attributes is None:
            return Related(reference.id, None)
        attributes = dict(resource.attributes)
        for name, linked in resource.references():
            if attributes.get(name) is None:
                attributes[name] = {"data": self._included(linked).as_json()}
        return Related(reference.id, attributes)

    def _included(self, reference: Resource) -> Resource:
        """The included resource that *reference* refers to; *reference* itself if there is none."""
        return self.included.get(reference.key, reference)

    @property
    def total(self) -> int | None:
        """Rootly's count of all matches; None where it sent none, or not a plausible one."""
        total = number(self.meta.get("total_count"))
        if isinstance(total, int) and total >= 0:
            return total
        return None

    @property
    def cursor(self) -> str | None:
        """Where the list continues, for the next request; None if Rootly does not say."""
        cursor = self.meta.get("next_cursor")
        if isinstance(cursor, str) and _CURSOR.fullmatch(cursor):
            return cursor
        return None

    @property
    def names_next_page(self) -> bool:
        """Whether Rootly sent the number of the next page."""
        return bool(self.meta.get("next_page"))

    @property
    def has_more(self) -> bool | None:
        """Whether Rootly says that another page follows; None where it does not say."""
        cursor = self.meta.get("next_cursor")
        if any((cursor, self.names_next_page, self.links.get("next"))):
            return True
        if "next_page" in self.meta or "next" in self.links:
            return False
        return None


def _is_reference(item: Any) -> bool:
    if not isinstance(item, dict) or len(item) != 2:
        return False
    return isinstance(item.get("type"), str) and isinstance(item.get("id"), str)
