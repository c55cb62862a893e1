"""Makes an incident from a case."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sandbox.timestamps import utc_text
from sandbox.world import catalogue
from sandbox.world.cases import Case
from sandbox.world.details import action_item, alert, events, roles, subscribers
from sandbox.world.incidents import BY, addresses, labels
from sandbox.world.population import Incident, Population, Row
from sandbox.world.prose import sentence

# How long after its end an incident is closed.
_UNTIL_CLOSED = timedelta(days=2)


def case_incident(population: Population, number: int, hours: float, case: Case) -> Incident:
    """The incident of a case, declared *hours* ago.

    Its random values come from a generator of its own, so that other incidents stay the same.
    """
    population = population.with_random(Random(f"{population.seed} {case.title}"))
    declared = population.now - timedelta(hours=hours)
    incident = Incident(
        _columns(population, number, declared, case), family=case.family, case=case.name
    )
    incident.relations = _relations(population, incident, case)
    _detail(population, incident, case)
    return incident


def case_id(title: str) -> str:
    """The incident's id. It is the same for each seed."""
    return catalogue.fixed_id("cases", title)


def _columns(population: Population, number: int, declared: datetime, case: Case) -> Row:
    random = population.random
    times = _times(case, declared, population.now)
    columns: Row = {
        "sequential_id": number,
        "title": case.title,
        "kind": case.kind,
        "status": case.status,
        "private": 0,
        "source": random.choice(("web", "slack", "api", "alert")),
        "labels": json.dumps(labels(random)),
        "summary": case.summary,
        "mitigation_message": case.mitigation,
        "resolution_message": case.resolution,
        "created_at": utc_text(declared),
        "updated_at": utc_text(max([declared, *times.values()])),
        "retrospective_progress_status": "not_started",
        **{stage: utc_text(moment) for stage, moment in times.items()},
        **addresses(population, number, case.title, declared),
        "id": case_id(case.title),
        **_own_columns(case, population.now),
    }
    if case.parent is not None:
        columns["parent_incident_id"] = case_id(case.parent)
    return columns


def _times(case: Case, declared: datetime, now: datetime) -> dict[str, datetime]:
    """The instants of the stages. If a case does not say when it was closed, this is added."""
    times = dict[str, datetime]()
    for stage, minutes in case.minutes.items():
        times[f"{stage}_at"] = declared + timedelta(minutes=minutes)
    if case.status == "closed" and "resolved_at" in times:
        times.setdefault("closed_at", min(times["resolved_at"] + _UNTIL_CLOSED, now))
    return times


def _own_columns(case: Case, now: datetime) -> Row:
    columns = dict(case.columns)
    for name in ("scheduled_for", "scheduled_until"):
        if name in columns:
            columns[name] = utc_text(now + timedelta(hours=columns[name]))
    return columns


def _relations(population: Population, incident: Incident, case: Case) -> dict[str, list[int]]:
    random, on_call = population.random, population.on_call
    groups = [catalogue.words()["services"][service][1] for service in case.services]
    user = _people(population, [case.user])[0] if case.user else random.choice(on_call)
    by = {BY[stage]: [random.choice(on_call)] for stage in incident.columns if stage in BY}
    relations = {
        **by,
        "user": [user],
        "environments": [population.key("environments", case.environment)],
        "severity": [population.key("severities", case.severity)],
        "services": [population.key("services", service) for service in case.services],
        "groups": [population.key("groups", group) for group in dict.fromkeys(groups)],
        "incident_types": [random.choice(population.keys("incident_types"))],
    }
    if case.causes:
        relations["causes"] = [population.key("causes", cause) for cause in case.causes]
    return relations


def _detail(population: Population, incident: Incident, case: Case) -> None:
    random, relations = population.random, incident.relations
    service, people = case.services[0], random.sample(population.on_call, 3)
    assigned = _people(population, case.roles) or people[: random.choice((1, 2, 3))]
    relations["roles"] = roles(population, incident, assigned)
    relations["subscribers"] = subscribers(population, incident, people[:1])
    descriptions = [sentence(random, "events", service) for _ in range(random.choice((2, 4, 6)))]
    relations["events"] = events(population, incident, descriptions)
    items = [_attributes(population, item) for item in case.action_items]
    relations["action_items"] = [action_item(population, incident, people, **one) for one in items]
    if case.alert is not None:
        relations["alerts"] = [alert(population, incident, case.alert, service)]


def _attributes(population: Population, item: Any) -> dict[str, Any]:
    """The attributes of an action item, with a date in place of `due`."""
    attributes = {"due_date": None, **item}
    days = attributes.pop("due", None)
    if days is not None:
        attributes["due_date"] = f"{population.now + timedelta(days=days):%Y-%m-%d}"
    return attributes


def _people(population: Population, names: Iterable[str]) -> list[int]:
    return [population.person(name) for name in names]
