"""The relations that `include` adds to a row, each in a compact shape of its own.

A shape has the few attributes that answer a responder's question. Their names come from Rootly's
API reference (https://docs.rootly.com/api-reference/): `roles` are its incident role assignments,
`events` are its incident events, and so on. People are shown only by their names.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tools import times
from tools.rootly.shape import Chosen, Shape, first
from tools.rootly.values import answer, html_text, key, label, name, number, text, url, who, word
from tools.text import person, title


@dataclass(frozen=True)
class Relation:
    """A relation of an incident: `field` is its key in results, `shape` how a resource is shown.

    `included` are relations of the resource itself that Rootly is asked to include as well.
    """

    field: str
    shape: Shape
    included: tuple[str, ...] = ()


def _with_slug_and_name(field: str) -> Relation:
    return Relation(field, Shape({"slug": first(key, "slug"), "name": first(title, "name")}))


_CHOSEN = {
    "options": Chosen(label, "selected_options", "selected_option_ids"),
    "users": Chosen(who, "selected_users", "selected_user_ids"),
    "teams": Chosen(label, "selected_groups", "selected_group_ids"),
    "services": Chosen(label, "selected_services", "selected_service_ids"),
    "functionalities": Chosen(label, "selected_functionalities", "selected_functionality_ids"),
    "environments": Chosen(label, "selected_environments", "selected_environment_ids"),
    "causes": Chosen(label, "selected_causes", "selected_cause_ids"),
    "types": Chosen(label, "selected_incident_types", "selected_incident_type_ids"),
    "catalog_entities": Chosen(label, "selected_catalog_entities", "selected_catalog_entity_ids"),
}
"""The possible choices in a custom field, by the key in results."""

RELATIONS: Mapping[str, Relation] = {
    "sub_statuses": Relation(
        "sub_statuses",
        Shape(
            {
                "name": first(name, "sub_status").then(title, "name").or_id("sub_status_id"),
                "at": first(times.to_second, "assigned_at"),
            },
            subject="name",
        ),
        # The incident refers to an assignment of a sub-status. Only the sub-status has a name.
        included=("sub_status",),
    ),
    "causes": _with_slug_and_name("causes"),
    "subscribers": Relation(
        "subscribers",
        Shape(
            {
                "person": first(who, "user")
                .then(person, "full_name", "name", "preferred_name")
                .or_id("user_id")
            },
            subject="person",
        ),
    ),
    # Rootly sends every role of the organisation, most of them without a person.
    "roles": Relation(
        "roles",
        Shape(
            {
                "role": first(name, "incident_role", "role"),
                "person": first(who, "user", "assigned_to").or_id("user_id"),
            },
            subject="person",
            needed=("person",),
        ),
    ),
    "slack_messages": Relation(
        "slack_messages",
        Shape(
            {
                "at": first(times.to_second, "posted_at", "sent_at", "created_at"),
                "person": first(person, "user_name", "author_name", "username"),
                "text": first(text, "message", "text", "content"),
            },
            subject="text",
        ),
    ),
    "environments": _with_slug_and_name("environments"),
    "incident_types": _with_slug_and_name("types"),
    "services": _with_slug_and_name("services"),
    "functionalities": _with_slug_and_name("functionalities"),
    "groups": _with_slug_and_name("teams"),
    "events": Relation(
        "events",
        Shape(
            {
                "at": first(times.to_second, "occurred_at", "created_at"),
                "text": first(text, "event"),
            },
            subject="text",
        ),
    ),
    "action_items": Relation(
        "action_items",
        Shape(
            {
                "summary": first(title, "summary"),
                "status": first(word, "status"),
                "priority": first(word, "priority"),
                "kind": first(word, "kind"),
                "person": first(who, "assigned_to").or_id("assigned_to_user_id"),
                "due": first(word, "due_date"),
                "url": first(url, "jira_issue_url", "url"),
            },
            subject="summary",
        ),
    ),
    # Form field selections, or the deprecated custom field selections. Rootly may send every field
    # of the form.
    "custom_field_selections": Relation(
        "custom_field_selections",
        Shape(
            {
                "field": first(name, "form_field", "custom_field"),
                "field_id": first(key, "form_field_id", "custom_field_id"),
                "value": first(answer, "value"),
                **_CHOSEN,
            },
            needed=("value", *_CHOSEN),
        ),
    ),
    "feedbacks": Relation(
        "feedbacks", Shape({"text": first(text, "feedback"), "rating": first(number, "rating")})
    ),
    "incident_post_mortem": Relation(
        "incident_post_mortem",
        Shape(
            {
                "title": first(title, "title"),
                "status": first(word, "status"),
                "url": first(url, "url"),
                "text": first(html_text, "content"),
            }
        ),
    ),
    "alerts": Relation(
        "alerts",
        Shape(
            {
                "at": first(times.to_second, "started_at", "created_at"),
                "summary": first(title, "summary"),
                "status": first(word, "status"),
                "source": first(word, "source"),
                "url": first(url, "external_url", "url"),
            },
            subject="summary",
        ),
    ),
}
"""The relations by Rootly's names."""


def included_within(relations: Iterable[str]) -> list[str]:
    """Paths for `include`, to resources that the resources of *relations* refer to."""
    paths = []
    for relation in relations:
        paths += [f"{relation}.{inner}" for inner in RELATIONS[relation].included]
    return sorted(paths)


SLUGS: Mapping[str, str] = {
    "services": "services",
    "environments": "environments",
    "teams": "groups",
    "types": "incident_types",
    "functionalities": "functionalities",
    "causes": "causes",
}
"""Fields that list slugs, and the relation from which each is read."""

SLUG_FILTERS: Mapping[str, str] = {**SLUGS, "cause": "causes"}
"""Filters by slug, and the relation that has the slugs."""

NAME_FILTERS: Mapping[str, str] = {
    "service_names": "services",
    "team_names": "groups",
    "functionality_names": "functionalities",
}
"""Filters by display name, and the relation that has the names."""

RELATED_ATTRIBUTES = frozenset({"name", "slug"}).union(
    *(relation.shape.attributes for relation in RELATIONS.values())
)
"""The attributes of related resources that are read."""
