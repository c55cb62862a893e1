"""What `include` brings: each of Rootly's relations in a compact shape of its own.

A shape names the few attributes that answer a responder's question. Their names are those of Rootly's API reference for the
resource (roles: incident role assignments; events: incident events; and so on); people are shown by name alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tools import times
from tools.rootly.shape import First, Selected, Shape, first
from tools.rootly.values import answer, html_text, key, label, name, number, text, url, who, word
from tools.text import person, title


@dataclass(frozen=True)
class Relation:
    """`field` is the key in results. `included` are relations of the resource itself that are included along with it."""

    field: str
    shape: Shape
    included: tuple[str, ...] = ()


def _named(field: str) -> Relation:
    return Relation(field, Shape({"slug": first(key, "slug"), "name": first(title, "name")}))


_SELECTED = {
    "options": Selected(label, "selected_options", "selected_option_ids"),
    "users": Selected(who, "selected_users", "selected_user_ids"),
    "teams": Selected(label, "selected_groups", "selected_group_ids"),
    "services": Selected(label, "selected_services", "selected_service_ids"),
    "functionalities": Selected(label, "selected_functionalities", "selected_functionality_ids"),
    "environments": Selected(label, "selected_environments", "selected_environment_ids"),
    "causes": Selected(label, "selected_causes", "selected_cause_ids"),
    "types": Selected(label, "selected_incident_types", "selected_incident_type_ids"),
    "catalog_entities": Selected(label, "selected_catalog_entities", "selected_catalog_entity_ids"),
}
"""What may be chosen in a custom field, by the key in results."""

RELATIONS: Mapping[str, Relation] = {
    "sub_statuses": Relation(
        "sub_statuses",
        Shape(
            {
                "name": First(((name, "sub_status"), (title, "name")), ids=("sub_status_id",)),
                "at": first(times.to_second, "assigned_at"),
            },
            subject="name",
        ),
        # The name stands only in the sub-status itself, which its assignment to the incident refers to.
        included=("sub_status",),
    ),
    "causes": _named("causes"),
    "subscribers": Relation(
        "subscribers",
        Shape(
            {
                "person": First(
                    (
                        (who, "user"),
                        (person, "full_name"),
                        (person, "name"),
                        (person, "preferred_name"),
                    ),
                    ids=("user_id",),
                )
            },
            subject="person",
        ),
    ),
    # Every role of the organisation is there, most of them with nobody in it.
    "roles": Relation(
        "roles",
        Shape(
            {
                "role": first(name, "incident_role", "role"),
                "person": First(((who, "user"), (who, "assigned_to")), ids=("user_id",)),
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
    "environments": _named("environments"),
    "incident_types": _named("types"),
    "services": _named("services"),
    "functionalities": _named("functionalities"),
    "groups": _named("teams"),
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
                "person": First(((who, "assigned_to"),), ids=("assigned_to_user_id",)),
                "due": first(word, "due_date"),
                "url": first(url, "jira_issue_url", "url"),
            },
            subject="summary",
        ),
    ),
    # Deprecated custom field selections, or their successor, form field selections. Every field of the form may be there.
    "custom_field_selections": Relation(
        "custom_field_selections",
        Shape(
            {
                "field": first(name, "form_field", "custom_field"),
                "field_id": first(key, "form_field_id", "custom_field_id"),
                "value": first(answer, "value"),
                **_SELECTED,
            },
            needed=("value", *_SELECTED),
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
"""By Rootly's name of the relation."""


def included_within(relations: Iterable[str]) -> list[str]:
    """What is included along with *relations*, as paths for `include`."""
    return sorted(f"{name}.{inner}" for name in relations for inner in RELATIONS[name].included)


SLUGS: Mapping[str, str] = {
    "services": "services",
    "environments": "environments",
    "teams": "groups",
    "types": "incident_types",
    "functionalities": "functionalities",
    "causes": "causes",
}
"""Fields that list slugs, and the relation that each is told from."""

SLUG_FILTERS: Mapping[str, str] = {**SLUGS, "cause": "causes"}
"""Filters by slugs, and the relation that shows them."""

RELATED_ATTRIBUTES = frozenset({"name", "slug"}).union(
    *(relation.shape.sources for relation in RELATIONS.values())
)
"""Rootly's attributes of related resources that some shape reads."""
