"""What `include` brings: each of Rootly's relations in a compact shape of its own.

A shape names the few attributes that answer a responder's question. Their names are those of Rootly's API reference for the
resource (roles: incident role assignments; events: incident events; and so on); people are shown by name alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tools import times
from tools.rootly.values import key, name, number, text, url, values, who, word
from tools.text import person, title

Read = Callable[[Any], Any]


@dataclass(frozen=True)
class Relation:
    """`field` is the key in results; `shape` maps each shown key to the attributes it is read from, the first that has one.

    A resource that lacks `needed` says nothing, and is not shown.
    """

    field: str
    shape: Mapping[str, tuple[Read, tuple[str, ...]]]
    needed: str | None = None

    def shown(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        return {
            key: value
            for key, (read, sources) in self.shape.items()
            if (value := next((v for s in sources if (v := read(attributes.get(s))) not in (None, "")), None)) is not None
        }


def _relation(field: str, /, needed: str | None = None, **shape: tuple[Any, ...]) -> Relation:
    return Relation(field, {key: (read, tuple(sources) or (key,)) for key, (read, *sources) in shape.items()}, needed)


def _named(field: str) -> Relation:
    return _relation(field, slug=(key,), name=(title,))


RELATIONS: Mapping[str, Relation] = {
    "sub_statuses": _relation("sub_statuses", name=(title,), at=(times.shown, "assigned_at")),
    "causes": _named("causes"),
    "subscribers": _relation("subscribers", person=(person, "full_name", "name", "preferred_name")),
    # Every role of the organisation is there, most of them with nobody in it.
    "roles": _relation("roles", "person", role=(name, "incident_role", "role"), person=(who, "user", "assigned_to")),
    "slack_messages": _relation(
        "slack_messages",
        at=(times.shown, "posted_at", "sent_at", "created_at"),
        person=(person, "user_name", "author_name", "username"),
        text=(text, "message", "text", "content"),
    ),
    "environments": _named("environments"),
    "incident_types": _named("types"),
    "services": _named("services"),
    "functionalities": _named("functionalities"),
    "groups": _named("teams"),
    "events": _relation("events", at=(times.shown, "occurred_at", "created_at"), text=(text, "event")),
    "action_items": _relation(
        "action_items",
        summary=(title,),
        status=(word,),
        priority=(word,),
        kind=(word,),
        person=(who, "assigned_to"),
        due=(word, "due_date"),
        url=(url, "jira_issue_url", "url"),
    ),
    "custom_field_selections": _relation(
        "custom_field_selections",
        field=(name, "custom_field", "form_field"),
        field_id=(key, "custom_field_id", "form_field_id"),
        value=(text,),
        options=(values, "selected_options", "selected_option_ids"),
    ),
    "feedbacks": _relation("feedbacks", text=(text, "feedback"), rating=(number,)),
    "incident_post_mortem": _relation("incident_post_mortem", title=(title,), status=(word,), url=(url,), text=(text, "content")),
    "alerts": _relation(
        "alerts",
        at=(times.shown, "started_at", "created_at"),
        summary=(title,),
        status=(word,),
        source=(word,),
        url=(url, "external_url", "url"),
    ),
}
"""By Rootly's name of the relation."""

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

RELATED_ATTRIBUTES = frozenset(
    source for relation in RELATIONS.values() for _, sources in relation.shape.values() for source in sources
) | {"name", "slug"}
