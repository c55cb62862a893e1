"""What hangs on a Rootly incident: roles, events, action items, alerts, and what was written about it afterwards."""

import json
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sandbox.timestamps import shown, stored
from sandbox.world.catalogue import Attributes, Resource, fixed_id, words
from sandbox.world.population import Incident, Population
from sandbox.world.prose import retrospective, sentence

# A person as embedded in other resources, flat and without a role.
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


# What a form field may have for values.
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
_SELECTED_OBJECTS = ("option", "user", "group", "service")


def detail(population: Population, incident: Incident) -> None:
    """Give the incident what incidents of its status have."""
    random, relations = population.random, incident.relations
    service = _service(population, incident)
    people = random.sample(population.keys("users"), 4)
    relations["roles"] = roles(population, incident, people[: random.choice((1, 2, 3))])
    relations["subscribers"] = subscribers(population, incident, people[: random.choice((0, 1, 3))])
    occurrences = [sentence(random, "events", service) for _ in range(random.choice((2, 4, 7)))]
    relations["events"] = events(population, incident, occurrences)
    relations["slack_messages"] = _messages(population, incident, people[0])
    todo = [sentence(random, "action_items", service) for _ in range(random.choice((0, 0, 1, 3)))]
    relations["action_items"] = action_items(population, incident, todo, people)
    if random.random() < 0.5:
        relations["alerts"] = [alert(population, incident, f"{service} is unhealthy", service)]
    if "custom_field_options" in relations:
        relations["custom_field_selections"] = _selections(population, incident)
    fitting = [key for key in population.keys("sub_statuses") if _fits(population, key, incident)]
    if fitting and random.random() < 0.5:
        relations["sub_statuses"] = [sub_status(population, incident, random.choice(fitting))]
    if incident.columns.get("retrospective_progress_status") in ("active", "completed"):
        relations["incident_post_mortem"] = [post_mortem(population, incident)]
        relations["feedbacks"] = [
            _feedback(population, incident, sentence(random, "feedbacks", service))
        ]


def roles(population: Population, incident: Incident, people: list[int]) -> list[int]:
    """Each role that the organisation has; those for which nobody is left are unassigned, as in the live API."""

    def assignment(place: int, role: int) -> int:
        person = population.resource(people[place]).nested() if place < len(people) else None
        return _add(
            population,
            incident,
            "incident_role_assignments",
            incident_role=population.resource(role).nested(),
            user=person,
        )

    return [assignment(place, role) for place, role in enumerate(population.keys("incident_roles"))]


def subscribers(population: Population, incident: Incident, people: list[int]) -> list[int]:
    """Those who are told of changes. Rootly documents the relation, but not the resource: its attributes are a guess."""
    return [
        _hang(population, incident, "incident_subscribers", user=population.resource(one).nested())
        for one in people
    ]


def sub_status(population: Population, incident: Incident, key: int) -> int:
    """The assignment of a sub-status, whose name stands only in the sub-status itself."""
    assigned_by = population.resource(incident.relations["user"][0])
    return _hang(
        population,
        incident,
        "incident_sub_statuses",
        incident_id=incident.columns["id"],
        sub_status_id=population.resource(key).id,
        assigned_at=shown(incident.columns["updated_at"]),
        assigned_by_user_id=int(assigned_by.id),
    )


def events(population: Population, incident: Incident, occurrences: list[str]) -> list[int]:
    random, begun = population.random, _declared(incident)
    span = (datetime.fromisoformat(incident.columns["updated_at"]) - begun).total_seconds()
    moments = sorted(begun + timedelta(seconds=span * random.random()) for _ in occurrences)
    return [
        _add(
            population,
            incident,
            "incident_events",
            event=occurrence,
            visibility=random.choice(("internal", "internal", "external")),
            occurred_at=shown(stored(moment)),
        )
        for occurrence, moment in zip(occurrences, moments, strict=True)
    ]


def action_items(
    population: Population, incident: Incident, todo: list[str], people: list[int]
) -> list[int]:
    random = population.random

    def action_item(summary: str) -> int:
        due = _declared(incident) + timedelta(days=14)
        return _add(
            population,
            incident,
            "incident_action_items",
            summary=summary,
            description=None,
            kind=random.choice(("task", "follow_up")),
            assigned_to=_flat(population, random.choice(people)),
            assigned_to_group_ids=[],
            priority=random.choice(("high", "medium", "low")),
            status=random.choice(("open", "in_progress", "done", "cancelled")),
            due_date=f"{due:%Y-%m-%d}",
            jira_issue_id=None,
            jira_issue_key=None,
            jira_issue_url=None,
            created_by=_flat(population, people[0]),
        )

    return [action_item(summary) for summary in todo]


def alert(population: Population, incident: Incident, summary: str, service: str) -> int:
    number = population.random.getrandbits(32)
    identifier = population.uuid()
    begun = shown(stored(_declared(incident) - timedelta(minutes=3)))
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
    flags = (
        "timeline",
        "timeline_trail",
        "timeline_genius",
        "timeline_tasks",
        "timeline_action_items",
        "services_impacted",
        "functionalities_impacted",
        "groups_impacted",
        "alerts_attached",
    )
    times = {
        name: shown(columns[name]) if columns.get(name) else None
        for name in ("started_at", "mitigated_at", "resolved_at")
    }
    return _add(
        population,
        incident,
        "incident_post_mortems",
        title=f"Retrospective: {columns['title']}",
        content=content or retrospective(columns["id"]),
        status="published" if columns["retrospective_progress_status"] == "completed" else "draft",
        url=f"https://rootly.com/account/post-mortems/{columns.get('slug')}",
        show_timeline_order="desc",
        **times,
        **{f"show_{flag}": True for flag in flags},
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
    """Rootly documents the relation, but not the resource: these attributes are a guess."""
    random = population.random
    texts = random.sample(words()["words"]["messages"], random.choice((0, 1, 2)))
    author = population.resource(person).name
    return [
        _add(
            population,
            incident,
            "incident_slack_messages",
            message=text,
            user_name=author,
            posted_at=shown(incident.columns["created_at"]),
        )
        for text in texts
    ]


def _selections(population: Population, incident: Incident) -> list[int]:
    """What was chosen in custom fields: options, and now and then a text, a person or a service."""
    own = Random(incident.columns["id"])
    chosen = [
        _selection(population, incident, _option(population, key), population.uuid())
        for key in incident.relations["custom_field_options"]
    ]
    person = population.resource(own.choice(population.keys("users")))
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
    return chosen + [_selection(population, incident, one) for one in others if own.random() < 0.3]


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
    population: Population, incident: Incident, chosen: Attributes, id_: str | None = None
) -> int:
    attributes: Attributes = {
        "incident_id": incident.columns["id"],
        "form_field_id": fixed_id("form_fields", chosen["form_field"]),
        "custom_field_id": None,
        "value": None,
        **{f"selected_{kind}_ids": [] for kind in _SELECTED},
        **{f"selected_{kind}s": [] for kind in _SELECTED_OBJECTS},
    }
    own = {name: value for name, value in chosen.items() if name != "form_field"}
    return _hang(population, incident, "incident_form_field_selections", id_, **attributes | own)


def _add(population: Population, incident: Incident, type_: str, **attributes: Any) -> int:
    return _hang(population, incident, type_, population.uuid(), **attributes)


def _hang(
    population: Population,
    incident: Incident,
    type_: str,
    id_: str | None = None,
    **attributes: Any,
) -> int:
    """Add a resource with an incident's stamps; its id follows from the incident's unless it is given."""
    stamps: Attributes = {
        "created_at": shown(incident.columns["created_at"]),
        "updated_at": shown(incident.columns["updated_at"]),
    }
    id_ = id_ or fixed_id(
        str(incident.columns["sequential_id"]), type_, json.dumps(attributes, sort_keys=True)
    )
    return population.add(Resource(type_, id_, {**attributes, **stamps}))


def _flat(population: Population, person: int) -> Attributes:
    attributes = population.resource(person).attributes
    return {name: attributes[name] for name in _FLAT}


def _declared(incident: Incident) -> datetime:
    return datetime.fromisoformat(incident.columns["created_at"])


def _service(population: Population, incident: Incident) -> str:
    """What the incident is mostly about."""
    keys = incident.relations.get("services") or [population.key("services", "ingress")]
    return population.resource(keys[0]).slug or ""


def _fits(population: Population, sub_status: int, incident: Incident) -> bool:
    return bool(
        population.resource(sub_status).attributes["parent_status"] == incident.columns["status"]
    )
