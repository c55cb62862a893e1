"""Properties of incidents that filters take, with their values as the first page shows them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from server.commands.facts.rootly.incident import LISTS, Incident
from tools.json_values import as_mapping

Values = frozenset[str]


@dataclass(frozen=True)
class Property:
    """A property; `name` is that of the filter. `read` reads its values."""

    name: str
    read: Callable[[Incident], Values | None]

    def of(self, incident: Incident) -> Values | None:
        """The values. None if the answer does not show them."""
        if self.name not in incident.values:
            incident.values[self.name] = self.read(incident)
        return incident.values[self.name]


def _attribute(name: str) -> Property:
    def values(incident: Incident) -> Values | None:
        value = incident.attributes.get(name)
        return frozenset([value]) if isinstance(value, str) else None

    return Property(name, values)


def _private(incident: Incident) -> Values | None:
    value = incident.attributes.get("private")
    return frozenset([str(value).lower()]) if isinstance(value, bool) else None


def _user(incident: Incident) -> Values | None:
    user = as_mapping(as_mapping(incident.attributes.get("user")).get("data"))
    return frozenset([str(user["id"])]) if "id" in user else None


def _severity(member: str) -> Callable[[Incident], Values | None]:
    def values(incident: Incident) -> Values | None:
        if incident.attributes.get("severity", "") is None:
            return frozenset()
        severity = incident.severity
        if severity is None:
            return None
        value = {**as_mapping(severity.get("attributes")), **severity}.get(member)
        return frozenset([str(value)])

    return values


def _ids(name: str, relation: str) -> Property:
    def values(incident: Incident) -> Values | None:
        references = incident.references(relation)
        if references is None:
            return None
        return frozenset(str(reference.get("id")) for reference in references)

    return Property(name, values)


def _of_resources(name: str, relation: str, member: str) -> Property:
    def values(incident: Incident) -> Values | None:
        references, resources = incident.references(relation), incident.resources(relation)
        if references is None or len(references) > len(resources):
            return None
        attributes = [as_mapping(resource.get("attributes")) for resource in resources]
        return frozenset(str(one.get(member)) for one in attributes)

    return Property(name, values)


# By relation, the name of the filter by slugs and the name of the one by ids.
_FILTERS = {
    "services": ("services", "service_ids"),
    "environments": ("environments", "environment_ids"),
    "groups": ("teams", "team_ids"),
    "incident_types": ("types", "type_ids"),
    "functionalities": ("functionalities", "functionality_ids"),
}

EXACT = (
    Property("private", _private),
    _attribute("status"),
    Property("severity_id", _severity("id")),
    *(_ids(_FILTERS[relation][1], relation) for relation in LISTS),
    _attribute("kind"),
    Property("user_id", _user),
    _ids("cause_ids", "causes"),
)
"""Filters by ids and by words that cannot be renamed."""
BY_SLUG = (
    Property("severity", _severity("slug")),
    *(_of_resources(_FILTERS[relation][0], relation, "slug") for relation in LISTS),
    _of_resources("cause", "causes", "slug"),
)
BY_NAME = (
    _of_resources("service_names", "services", "name"),
    _of_resources("team_names", "groups", "name"),
    _of_resources("functionality_names", "functionalities", "name"),
)


def slugs_of(incident: Incident) -> Iterator[tuple[str, str, str]]:
    """Slug, id and name of each resource that has a slug."""
    resources = [incident.severity or {}]
    for relation in LISTS:
        resources += incident.resources(relation)
    for resource in resources:
        attributes = as_mapping(resource.get("attributes"))
        if isinstance(attributes.get("slug"), str):
            yield attributes["slug"], str(resource.get("id")), str(attributes.get("name"))
