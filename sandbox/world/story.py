"""Three incidents that are in the data of every seed, with the same ids."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random

from sandbox.timestamps import utc_text
from sandbox.world.attachments import attachment, io_incident
from sandbox.world.details import (
    action_item,
    action_items,
    alert,
    events,
    post_mortem,
    roles,
    sub_status,
    subscribers,
)
from sandbox.world.incidents import addresses
from sandbox.world.population import Incident, Population, Row

# Both vendors have this id. Only it connects the incident at one vendor with that at the other.
PAGERDUTY_ID = "Q3F5KPXW8TB2NA"
PAGERDUTY_URL = f"https://example.pagerduty.com/incidents/{PAGERDUTY_ID}"

TITLE = "Checkout 5xx in us-east-1"
LIVE_ID = "7b0c6d1e-52a4-4f7d-9d1c-3e8f5a2b9c04"
LIVE_NUMBER = 4821
EARLIER = timedelta(days=36, hours=5)
EARLIER_ID = "1f9e4b7a-0c3d-4a68-8b25-6d4e2f7a1c93"
IO_ID = "01KAM4V5QW8XY2ZB3CD6EF7GH9"
IO_NUMBER = 1207


def earlier(population: Population, number: int) -> Incident:
    """A closed incident, five weeks old, that is similar to the live one."""
    begun = population.now - EARLIER
    minutes = {
        "in_triage_at": 0,
        "started_at": 2,
        "detected_at": 3,
        "acknowledged_at": 6,
        "mitigated_at": 41,
        "resolved_at": 95,
        "closed_at": 3 * 24 * 60,
    }
    incident = _incident(
        population, number, begun, minutes, "Checkout 5xx after payments-gateway rollout", "closed"
    )
    incident.family = "connection-pool"
    incident.columns |= {
        "id": EARLIER_ID,
        "summary": (
            "Card payments failed for 41 minutes"
            " after payments-gateway 2.31.0 exhausted its connection pool."
        ),
        "mitigation_message": "Rolled payments-gateway back to 2.30.4.",
        "resolution_message": (
            "Connections are returned to the pool on timeouts;"
            " 2.31.1 is out with a regression test."
        ),
        "retrospective_progress_status": "completed",
    }
    amara, jonas = population.keys("users")[:2]
    summaries = ["Alert on the pool of payments-gateway", "Canary payments-gateway"]
    report = "<p>A leak of connections on timeouts, new in payments-gateway 2.31.0.</p>"
    incident.relations |= {
        "mitigated_by": [jonas],
        "resolved_by": [amara],
        "closed_by": [amara],
        "causes": [population.key("causes", "bad-deploy")],
        "action_items": action_items(population, incident, summaries, [amara, jonas]),
        "incident_post_mortem": [post_mortem(population, incident, report)],
    }
    return incident


def live(population: Population, number: int) -> Incident:
    """The newest incident. It is live."""
    begun = population.now - timedelta(minutes=40)
    minutes = {"in_triage_at": 0, "started_at": 1, "detected_at": 2, "acknowledged_at": 5}
    incident = _incident(population, number, begun, minutes, TITLE, "started")
    incident.columns |= {
        "id": LIVE_ID,
        "short_url": "https://root.ly/x7k2p9",
        "summary": (
            "18% of checkouts fail with 502 from payments-gateway"
            " since the 2.32.0 rollout in us-east-1."
        ),
        "retrospective_progress_status": "not_started",
        "updated_at": utc_text(population.now - timedelta(minutes=4)),
        "pagerduty_incident_id": PAGERDUTY_ID,
        "pagerduty_incident_number": "61207",
        "pagerduty_incident_url": PAGERDUTY_URL,
        "zoom_meeting_id": "86512043377",
        "zoom_meeting_join_url": "https://example.zoom.us/j/86512043377?pwd=c2FuZGJveC1qb2lu",
        "zoom_meeting_start_url": "https://example.zoom.us/s/86512043377?zak=c2FuZGJveC1zdGFydA",
        "zoom_meeting_password": "sandbox-zoom-password",
    }
    rollback = {
        "summary": "Roll payments-gateway back to 2.31.4",
        "due_date": f"{population.now:%Y-%m-%d}",
    }
    people = population.keys("users")[:2]
    rolling_back = population.key("sub_statuses", "rolling-back")
    incident.relations |= {
        "action_items": [action_item(population, incident, people, **rollback)],
        "alerts": [alert(population, incident, "checkout-api: 5xx rate above 5%", "checkout-api")],
        "sub_statuses": [sub_status(population, incident, rolling_back)],
    }
    return incident


def attached(population: Population, number: int) -> None:
    """The live incident at incident.io, with its attachments."""
    random, begun = Random(IO_ID), population.now - timedelta(minutes=38)
    incident = io_incident(random, number, TITLE, begun, live=True)
    incident |= {
        "id": IO_ID,
        "summary": "Checkouts in us-east-1 fail with 502 from payments-gateway.",
        "status": "Fixing",
        "severity": "Critical",
        "mode": "standard",
        "visibility": "public",
        "updated_at": utc_text(population.now - timedelta(minutes=4)),
    }
    population.io_incidents.append(incident)
    attachments = {
        "pager_duty_incident": {
            "external_id": PAGERDUTY_ID,
            "permalink": PAGERDUTY_URL,
            "title": TITLE,
        },
        "github_pull_request": {"title": "Roll payments-gateway back to 2.31.4"},
        "sentry_issue": {"title": "UpstreamTimeout: payments-gateway did not answer"},
        "datadog_monitor_alert": {"title": "[Triggered] checkout-api: 5xx rate above 5%"},
        "jira_issue": {"title": "Checkout 5xx: follow-ups"},
        "slack_file": {"title": "checkout-5xx.png"},
        "statuspage_incident": {"title": "Elevated checkout errors"},
    }
    for resource_type, columns in attachments.items():
        row = attachment(random, IO_ID, resource_type, "payments-gateway", begun)
        population.io_attachments.append(row | columns)


def _incident(
    population: Population,
    number: int,
    begun: datetime,
    minutes: Mapping[str, float],
    title: str,
    status: str,
) -> Incident:
    times = {stage: begun + timedelta(minutes=after) for stage, after in minutes.items()}
    columns: Row = {
        "sequential_id": number,
        "title": title,
        "kind": "normal",
        "status": status,
        "private": 0,
        "source": "slack",
        "labels": json.dumps({"region": "us-east-1", "tier": "1"}),
        "created_at": utc_text(begun),
        "updated_at": utc_text(max(times.values())),
        **{stage: utc_text(moment) for stage, moment in times.items()},
        **addresses(population, number, title, begun),
    }
    amara, jonas, priya = population.keys("users")[:3]
    services = ("checkout-api", "payments-gateway")
    incident = Incident(columns)
    incident.relations = {
        "user": [amara],
        "started_by": [amara],
        "in_triage_by": [amara],
        "severity": [population.key("severities", "sev1")],
        "services": [population.key("services", slug) for slug in services],
        "environments": [population.key("environments", "production")],
        "groups": [population.key("groups", "payments")],
        "functionalities": [population.key("functionalities", "pay-by-card")],
        "incident_types": [population.key("incident_types", "customer-facing")],
    }
    incident.relations["subscribers"] = subscribers(population, incident, [priya])
    incident.relations["roles"] = roles(population, incident, [amara, priya, jonas])
    descriptions = [
        "Error rate crossed 5%",
        "Paged the on-call of Payments",
        "Posted to the status page",
    ]
    incident.relations["events"] = events(population, incident, descriptions)
    return incident
