"""The details of a Rootly incident: roles, events, action items, alerts, a retrospective."""

import json
from datetime import datetime, timedelta
from itertools import zip_longest
from random import Random
from typing import Any

from sandbox.timestamps import local_text, utc_text
from sandbox.world.catalogue import Attributes, Resource, fixed_id, words
from sandbox.world.population import Incident, Population
from sandbox.world.prose import retrospective, sentence

# The attributes of a person inside the attributes of another resource.
_FLAT = (
    "id",
    "name",
    "email",
    "phone",
    "phone_2",
    "first_name",
    "last_name",
    "preferred_name",
    "full_name",
    "full_name_with_team",
    "slack_id",
    "time_zone",
    "created_at",
    "updated_at",
)

# The statuses of a retrospective, by the progress of it that the incident has.
_POST_MORTEM_STATUSES = {"active": "draft", "completed": "published"}

# The types of the values that a form field may have.
_SELECTED = (
    "option",
    "user",
    "group",
    "service",
    "functionality",
    "environment",
    "cause",
    "incident_type",
    "catalog_entity",
)
# How long people have for an action item. Some have no date.
_DAYS_UNTIL_DUE = (7, 14, 14, 30, 90, None)
_SELECTED_OBJECTS = ("option", "user", "group", "service")


def detail(population: Population, incident: Incident) -> None:
    """Add the details that an incident with this status has."""
    random, relations = population.random, incident.relations
    service = _service(population, incident)
    people = random.sample(population.on_call, 4)
    relations["roles"] = roles(population, incident, people[: random.choice((1, 2, 3))])
    relations["subscribers"] = subscribers(population, incident, people[: random.choice((0, 1, 3))])
    count = random.choice((2, 4, 7))
    descriptions = [sentence(random, "events", service) for _ in range(count)]
    relations["events"] = events(population, incident, descriptions)
    relations["slack_messages"] = _messages(population, incident, people[0])
    count = random.choice((0, 0, 1, 3))
    summaries = [sentence(random, "action_items", service) for _ in range(count)]
    relations["action_items"] = action_items(population, incident, summaries, people)
    if random.random() < 0.5:
        relations["alerts"] = [alert(population, incident, f"{service} is unhealthy", service)]
    if "custom_field_options" in relations:
        relations["custom_field_selections"] = _selections(population, incident)
    possible = _possible_sub_statuses(population, incident)
    if possible and random.random() < 0.5:
        relations["sub_statuses"] = [sub_status(population, incident, random.choice(possible))]
    if incident.columns.get("retrospective_progress_status") in ("active", "completed"):
        relations["incident_post_mortem"] = [post_mortem(population, incident)]
        text = sentence(random, "feedbacks", service)
        relations["feedbacks"] = [_feedback(population, incident, text)]


def roles(population: Population, incident: Incident, people: list[int]) -> list[int]:
    """Every role of the organisation, with one of *people*.

    When there are no more people, a role is unassigned, as in the live API.
    """

    keys = []
    for role, person in zip_longest(population.keys("incident_roles"), people):
        key = _add(
            population,
            incident,
            "incident_role_assignments",
            incident_role=population.resource(role).nested(),
            user=_nested(population, person),
        )
        keys.append(key)
    return keys


def subscribers(population: Population, incident: Incident, people: list[int]) -> list[int]:
    """People who are notified of changes.

    Rootly documents the relation, but not the resource: its attributes are a guess.
    """
    keys = []
    for person in people:
        user = _nested(population, person)
        keys.append(_attach(population, incident, "incident_subscribers", user=user))
    return keys


def sub_status(population: Population, incident: Incident, key: int) -> int:
    """The assignment of a sub-status. Only the sub-status itself has a name."""
    assigned_by = population.resource(incident.relations["user"][0])
    return _attach(
        population,
        incident,
        "incident_sub_statuses",
        incident_id=incident.columns["id"],
        sub_status_id=population.resource(key).id,
        assigned_at=local_text(incident.columns["updated_at"]),
        assigned_by_user_id=int(assigned_by.id),
    )


def events(population: Population, incident: Incident, descriptions: list[str]) -> list[int]:
    """Events with these descriptions, at random times up to the last update."""
    random, begun = population.random, _declared(incident)
    span = (datetime.fromisoformat(incident.columns["updated_at"]) - begun).total_seconds()
    moments = sorted(begun + timedelta(seconds=span * random.random()) for _ in descriptions)
    keys = []
    for description, moment in zip(descriptions, moments, strict=True):
        key = _add(
            population,
            incident,
            "incident_events",
            event=description,
            visibility=random.choice(("internal", "internal", "external")),
            occurred_at=local_text(utc_text(moment)),
        )
        keys.append(key)
    return keys


def action_items(
    population: Population, incident: Incident, summaries: list[str], people: list[int]
) -> list[int]:
    """Action items with these summaries: see `action_item`."""
    keys = []
    for summary in summaries:
        due = _due_date(incident, summary)
        keys.append(action_item(population, incident, people, summary=summary, due_date=due))
    return keys


def action_item(
    population: Population, incident: Incident, people: list[int], **attributes: Any
) -> int:
    """An action item, assigned to one of *people* and created by the first of them.

    *attributes* are those that are not random.
    """
    random = population.random
    item: Attributes = {
        "summary": None,
        "description": None,
        "kind": random.choice(("task", "follow_up")),
        "assigned_to": _flat(population, random.choice(people)),
        "assigned_to_group_ids": [],
        "priority": random.choice(("high", "medium", "low")),
        "status": random.choice(("open", "in_progress", "done", "cancelled")),
        "due_date": None,
        "jira_issue_id": None,
        "jira_issue_key": None,
        "jira_issue_url": None,
        "created_by": _flat(population, people[0]),
    }
    return _add(population, incident, "incident_action_items", **item | attributes)


def _due_date(incident: Incident, summary: str) -> str | None:
    """A date some days after the incident, or none. Others' random numbers do not change by it."""
    days = Random(f"{incident.columns['id']} {summary}").choice(_DAYS_UNTIL_DUE)
    if days is None:
        return None
    return f"{_declared(incident) + timedelta(days=days):%Y-%m-%d}"


def alert(population: Population, incident: Incident, summary: str, service: str) -> int:
    number = population.random.getrandbits(32)
    identifier = population.uuid()
    begun = local_text(utc_text(_declared(incident) - timedelta(minutes=3)))
    return _add(
        population,
        incident,
        "alerts",
        short_id=f"{number:08x}"[:6],
        source="datadog",
        noise="not_noise",
        status="open",
        summary=summary,
        description=None,
        services=[],
        groups=[],
        functionalities=[],
        environments=[],
        service_ids=[population.resource(population.key("services", service)).id],
        group_ids=[],
        functionality_ids=[],
        environment_ids=[],
        external_id=str(number),
        external_url=f"https://app.datadoghq.com/monitors/{number}",
        alert_urgency_id=None,
        labels=[{"key": "service", "value": service}],
        data={"monitor": number},
        deduplication_key=f"dd-{number}",
        responders=[],
        notified_users=[],
        url=f"https://rootly.com/account/alerts/{identifier}",
        started_at=begun,
        ended_at=None,
    )


def post_mortem(population: Population, incident: Incident, content: str | None = None) -> int:
    columns = incident.columns
    times: Attributes = {"started_at": None, "mitigated_at": None, "resolved_at": None}
    for name in times:
        if columns.get(name):
            times[name] = local_text(columns[name])
    return _add(
        population,
        incident,
        "incident_post_mortems",
        title=f"Retrospective: {columns['title']}",
        content=content or retrospective(columns["id"]),
        status=_POST_MORTEM_STATUSES[columns["retrospective_progress_status"]],
        url=f"https://rootly.com/account/post-mortems/{columns.get('slug')}",
        show_timeline_order="desc",
        **times,
        show_timeline=True,
        show_timeline_trail=True,
        show_timeline_genius=True,
        show_timeline_tasks=True,
        show_timeline_action_items=True,
        show_services_impacted=True,
        show_functionalities_impacted=True,
        show_groups_impacted=True,
        show_alerts_attached=True,
    )


def _feedback(population: Population, incident: Incident, feedback: str) -> int:
    rating = population.random.randint(0, 4)
    return _add(
        population,
        incident,
        "incident_feedbacks",
        feedback=feedback,
        rating=rating,
        anonymous=False,
    )


def _messages(population: Population, incident: Incident, person: int) -> list[int]:
    """Slack messages of one person.

    Rootly documents the relation, but not the resource: its attributes are a guess.
    """
    random = population.random
    texts = random.sample(words()["words"]["messages"], random.choice((0, 1, 2)))
    author = population.resource(person).name
    keys = []
    for text in texts:
        key = _add(
            population,
            incident,
            "incident_slack_messages",
            message=text,
            user_name=author,
            posted_at=local_text(incident.columns["created_at"]),
        )
        keys.append(key)
    return keys


def _selections(population: Population, incident: Incident) -> list[int]:
    """The values of custom fields: options, and sometimes a text, a person or a service."""
    own = Random(incident.columns["id"])
    selections = []
    for key in incident.relations["custom_field_options"]:
        option = _option(population, key)
        selections.append(_selection(population, incident, option, population.uuid()))
    person = population.resource(own.choice(population.on_call))
    service = population.resource(own.choice(population.keys("services")))
    others: list[Attributes] = [
        {"form_field": "Ticket of the supplier", "value": f"SUP-{own.randint(1_000, 9_999)}"},
        {
            "form_field": "Contact for customers",
            "selected_user_ids": [int(person.id)],
            "selected_users": [{"id": int(person.id), "name": person.name}],
        },
        {
            "form_field": "Service at fault",
            "selected_service_ids": [service.id],
            "selected_services": [{"id": service.id, "name": service.name, "slug": service.slug}],
        },
    ]
    values = [value for value in others if own.random() < 0.3]
    return selections + [_selection(population, incident, value) for value in values]


def _option(population: Population, key: int) -> Attributes:
    option = population.resource(key)
    value = option.attributes["value"]
    return {
        "form_field": f"field {option.attributes['custom_field_id']}",
        "custom_field_id": option.attributes["custom_field_id"],
        "selected_option_ids": [option.id],
        "selected_options": [{"id": option.id, "value": value, "label": value}],
    }


def _selection(
    population: Population, incident: Incident, value: Attributes, id_: str | None = None
) -> int:
    attributes: Attributes = {
        "incident_id": incident.columns["id"],
        "form_field_id": fixed_id("form_fields", value["form_field"]),
        "custom_field_id": None,
        "value": None,
    }
    for kind in _SELECTED:
        attributes[f"selected_{kind}_ids"] = []
    for kind in _SELECTED_OBJECTS:
        attributes[f"selected_{kind}s"] = []
    attributes |= value
    del attributes["form_field"]
    return _attach(population, incident, "incident_form_field_selections", id_, **attributes)


def _add(population: Population, incident: Incident, type_: str, **attributes: Any) -> int:
    return _attach(population, incident, type_, population.uuid(), **attributes)


def _attach(
    population: Population,
    incident: Incident,
    type_: str,
    id_: str | None = None,
    **attributes: Any,
) -> int:
    """Add a resource with the incident's `created_at` and `updated_at`.

    Without *id_* its id depends on the incident and the attributes.
    """
    stamps: Attributes = {
        "created_at": local_text(incident.columns["created_at"]),
        "updated_at": local_text(incident.columns["updated_at"]),
    }
    id_ = id_ or fixed_id(
        str(incident.columns["sequential_id"]), type_, json.dumps(attributes, sort_keys=True)
    )
    return population.add(Resource(type_, id_, {**attributes, **stamps}))


def _nested(population: Population, person: int | None) -> dict[str, Any] | None:
    if person is None:
        return None
    return population.resource(person).nested()


def _flat(population: Population, person: int) -> Attributes:
    attributes = population.resource(person).attributes
    return {name: attributes[name] for name in _FLAT}


def _declared(incident: Incident) -> datetime:
    return datetime.fromisoformat(incident.columns["created_at"])


def _service(population: Population, incident: Incident) -> str:
    """The slug of the first service."""
    keys = incident.relations.get("services") or [population.key("services", "ingress")]
    return population.resource(keys[0]).slug or ""


def _possible_sub_statuses(population: Population, incident: Incident) -> list[int]:
    """The sub-statuses of the incident's status."""
    status = incident.columns["status"]

    def is_possible(key: int) -> bool:
        return bool(population.resource(key).attributes["parent_status"] == status)

    return [*filter(is_possible, population.keys("sub_statuses"))]
