"""Rootly's random incidents."""

import json
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sandbox.timestamps import utc_text
from sandbox.world import catalogue
from sandbox.world.attachments import pagerduty_id
from sandbox.world.details import detail
from sandbox.world.population import Incident, Population, Row
from sandbox.world.prose import fill, sentence
from sandbox.world.timeline import LIVE, moments

DAYS = 180
# Only this many incidents, the newest ones, have events, action items and so on. Otherwise it would
# take minutes to make 50,000 incidents.
DETAILED = 1_000

# The statuses of the newest incidents. Each status is among them.
_NEWEST = (
    "started",
    "in_progress",
    "acknowledged",
    "scheduled",
    "in_triage",
    "mitigated",
    "detected",
    "completed",
    "started",
    "cancelled",
    "closed",
    "resolved",
    "acknowledged",
    "mitigated",
    "scheduled",
    "in_triage",
)
_OLDER = ("closed",) * 11 + ("resolved",) * 6 + ("cancelled",) * 2 + ("completed",)
_MAINTENANCE = ("scheduled", "in_progress", "completed")
_MAINTENANCE_KINDS = ("scheduled", "scheduled", "scheduled_sub")
_RETROSPECTIVES = ("not_started", "active", "completed", "skipped")
_KINDS = ("normal",) * 40 + (
    "test",
    "test_sub",
    "example",
    "example_sub",
    "normal_sub",
    "normal_sub",
    "backfilled",
)
# By stage, the relation to the person who took the incident there.
BY = {
    "in_triage_at": "in_triage_by",
    "started_at": "started_by",
    "mitigated_at": "mitigated_by",
    "resolved_at": "resolved_by",
    "closed_at": "closed_by",
    "cancelled_at": "cancelled_by",
}


def ages(population: Population, count: int) -> list[float]:
    """The ages of *count* incidents in hours, oldest first. None is less than an hour old."""
    random = population.random
    ages = [random.uniform(2 * 24, DAYS * 24) for _ in range(count - len(_NEWEST))]
    ages.sort(reverse=True)
    places = reversed(range(min(count, len(_NEWEST))))
    ages += [2 + 2.5 * place + random.random() for place in places]
    return ages


def incident(population: Population, number: int, age: float, place: int) -> Incident:
    """An incident with this age in hours. The newest one has *place* 0."""
    status = _NEWEST[place] if place < len(_NEWEST) else population.random.choice(_OLDER)
    declared = population.now - timedelta(hours=age)
    incident = _incident(population, number, status, declared, is_unusual=_is_unusual(place))
    if place < DETAILED:
        detail(population, incident)
    return incident


def may_be_replaced(place: int, status: str) -> bool:
    """Whether an incident with this status may take the place of this one.

    Unusual ones stay, and so does the status of each of the newest ones.
    """
    if place < len(_NEWEST):
        return _NEWEST[place] == status
    return not _is_unusual(place)


def _is_unusual(place: int) -> bool:
    return place % 29 == 17


def _incident(
    population: Population, number: int, status: str, declared: datetime, *, is_unusual: bool
) -> Incident:
    """An incident without details. An unusual one has a strange title and few other values."""
    random = population.random
    services = catalogue.words()["services"]
    service = random.choice(list(services))
    group = services[service][1]
    is_maintenance = status in _MAINTENANCE
    kinds = _MAINTENANCE_KINDS if is_maintenance else _KINDS
    kind = random.choice(kinds)
    template = random.choice(_titles(is_maintenance=is_maintenance, is_unusual=is_unusual))
    times = moments(random, status, declared, population.now)
    if kind == "backfilled":
        # It was entered later.
        declared = min(max(times.values()) + timedelta(hours=1), population.now)
    updated = max([declared, *times.values()])
    id_ = population.uuid()
    title = template
    if not is_unusual:
        title = fill(random, template, service)
    columns: Row = {
        "sequential_id": number,
        "id": id_,
        "title": title,
        "kind": kind,
        "status": status,
        "private": int(random.random() < 0.06),
        "source": random.choice(("web", "slack", "api", "alert")),
        "labels": json.dumps(labels(random)),
        "created_at": utc_text(declared),
        "updated_at": utc_text(updated),
        **{stage: utc_text(moment) for stage, moment in times.items()},
    }
    if not is_unusual:
        columns |= _prose(random, status, service)
        columns |= addresses(population, number, title, declared)
    if is_maintenance:
        start = times.get("started_at", population.now + timedelta(hours=random.uniform(3, 200)))
        columns |= {
            "scheduled_for": utc_text(start),
            "scheduled_until": utc_text(start + timedelta(hours=2)),
        }
    incident = Incident(columns)
    incident.relations = _relations(population, times, service, group, is_bare=is_unusual)
    if kind.endswith("_sub") and population.incidents:
        columns["parent_incident_id"] = population.incidents[-1].columns["id"]
    if status == "cancelled" and population.incidents and random.random() < 0.4:
        columns["duplicate_incident_id"] = population.incidents[-1].columns["id"]
    return incident


def _titles(*, is_maintenance: bool, is_unusual: bool) -> list[str]:
    """Titles of unusual incidents, or templates for the titles of others."""
    words = catalogue.words()["words"]
    kind = "symptoms"
    if is_maintenance:
        kind = "maintenance"
    if is_unusual:
        kind = "unusual"
    return list(words[kind])


def labels(random: Random) -> dict[str, str]:
    """Some of the organisation's labels."""
    chosen = {}
    for key, values in catalogue.words()["labels"].items():
        if random.random() < 0.5:
            chosen[key] = random.choice(values)
    return chosen


def _prose(random: Random, status: str, service: str) -> Row:
    prose: Row = {"summary": sentence(random, "summaries", service)}
    if status in ("mitigated", "resolved", "closed"):
        prose["mitigation_message"] = sentence(random, "mitigations", service)
    if status in ("resolved", "closed"):
        prose["resolution_message"] = sentence(random, "resolutions", service)
        prose["retrospective_progress_status"] = random.choice(_RETROSPECTIVES)
    if status == "cancelled":
        prose["cancellation_message"] = sentence(random, "cancellations", service)
    if status in LIVE:
        prose["retrospective_progress_status"] = "not_started"
    return prose


def addresses(population: Population, number: int, title: str, declared: datetime) -> Row:
    """The links of the incident, its ids in other systems, and its meetings."""
    random = population.random
    slug = catalogue.slug(title)
    channel, short = f"C0{number:07}", f"{random.getrandbits(30):06x}"
    columns: Row = {
        "slug": slug,
        "url": f"https://rootly.com/account/incidents/{number}-{slug}",
        "short_url": f"https://root.ly/{short}",
        "slack_channel_id": channel,
        "slack_channel_name": f"inc-{number}-{declared:%Y%m%d}",
        "slack_channel_url": f"https://example.slack.com/archives/{channel}",
        "slack_channel_short_url": f"https://root.ly/{short}s",
        "slack_channel_deep_link": f"slack://channel?team=T0EXAMPLE&id={channel}",
        "slack_channel_archived": int(random.random() < 0.3),
        "slack_last_message_ts": f"{declared.timestamp():.6f}",
    }
    if random.random() < 0.4:
        pagerduty = pagerduty_id(random)
        columns |= {
            "pagerduty_incident_id": pagerduty,
            "pagerduty_incident_number": str(10_000 + number),
            "pagerduty_incident_url": f"https://example.pagerduty.com/incidents/{pagerduty}",
        }
    if random.random() < 0.4:
        columns |= {
            "jira_issue_key": f"OPS-{number}",
            "jira_issue_id": str(20_000 + number),
            "jira_issue_url": f"https://example.atlassian.net/browse/OPS-{number}",
        }
    if random.random() < 0.15:
        columns |= {
            "zendesk_ticket_id": str(70_000 + number),
            "zendesk_ticket_url": f"https://example.zendesk.com/agent/tickets/{70_000 + number}",
        }
    if random.random() < 0.3:
        columns |= _meetings(random.getrandbits(40))
    return columns


def _meetings(number: int) -> dict[str, Any]:
    """Secrets: anyone who has them can join the meetings."""
    dial_in = [
        {
            "country": "US",
            "country_name": "US",
            "city": "Denver",
            "number": "+1 7205550100",
            "type": "toll",
        }
    ]
    return {
        "zoom_meeting_id": str(number % 10**10),
        "zoom_meeting_start_url": f"https://example.zoom.us/s/{number}?zak=start-{number:x}",
        "zoom_meeting_join_url": f"https://example.zoom.us/j/{number}?pwd=join-{number:x}",
        "zoom_meeting_password": f"pw-{number:x}",
        "zoom_meeting_pstn_password": str(number % 10**6),
        "zoom_meeting_h323_password": str(number % 10**7),
        "zoom_meeting_global_dial_in_numbers": json.dumps(dial_in),
        "google_meeting_id": f"{number:x}"[:10],
        "google_meeting_url": f"https://meet.google.com/{number:x}"[:40],
        "microsoft_teams_meeting_id": f"19:meeting_{number:x}",
        "microsoft_teams_meeting_url": f"https://teams.microsoft.com/l/meetup-join/{number:x}",
        "webex_meeting_id": str(number % 10**9),
        "webex_meeting_url": f"https://example.webex.com/meet/{number:x}",
    }


def _relations(
    population: Population, times: dict[str, datetime], service: str, group: str, *, is_bare: bool
) -> dict[str, list[int]]:
    random = population.random
    people, severities = population.on_call, population.keys("severities")
    relations = {
        "user": [random.choice(people)],
        "environments": [random.choices(population.keys("environments"), (14, 3, 2, 1))[0]],
        **{BY[stage]: [random.choice(people)] for stage in times if stage in BY},
    }
    if is_bare:
        return relations
    relations |= {
        "severity": [random.choices(severities, (1, 3, 6, 7, 3))[0]],
        "services": [population.key("services", service)],
        "groups": [population.key("groups", group)],
        "incident_types": [random.choice(population.keys("incident_types"))],
    }
    if random.random() < 0.35:
        relations["services"] += random.sample(population.keys("services"), 2)
        relations["services"] = list(dict.fromkeys(relations["services"]))
    if random.random() < 0.3:
        relations["functionalities"] = [random.choice(population.keys("functionalities"))]
    if "resolved_at" in times:
        relations["causes"] = random.sample(population.keys("causes"), random.choice((1, 1, 2)))
    if random.random() < 0.6:
        relations["custom_field_options"] = [random.choice(population.keys("custom_field_options"))]
    return relations
