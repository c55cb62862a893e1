"""Resources of Rootly's incidents that are also attached to incidents at incident.io."""

from collections.abc import Sequence
from datetime import datetime
from random import Random

from sandbox.world.attachments import ulid
from sandbox.world.cases import cases
from sandbox.world.population import Incident, Population, Row

# By resource type, the columns with its id and its link.
_COLUMNS = {
    "jira_issue": ("jira_issue_key", "jira_issue_url"),
    "zendesk_ticket": ("zendesk_ticket_id", "zendesk_ticket_url"),
    "pager_duty_incident": ("pagerduty_incident_id", "pagerduty_incident_url"),
}


def attach(population: Population) -> None:
    """Attach what the cases share to incidents at incident.io.

    The incident that is the nearest in time becomes the same one as at Rootly.
    """
    by_title = {incident.columns["title"]: incident for incident in population.incidents}
    for case in cases():
        if case.at_incident_io and case.title in by_title:
            _attach(population, by_title[case.title], case.at_incident_io)


def _attach(population: Population, incident: Incident, types: Sequence[str]) -> None:
    columns = incident.columns
    io_incident = _nearest(population, columns["created_at"])
    declared = datetime.fromisoformat(io_incident["created_at"])
    io_incident |= {"name": columns["title"], "summary": columns["summary"], "status": "Closed"}
    random = Random(columns["title"])
    for type_ in types:
        id_column, link_column = _COLUMNS[type_]
        row: Row = {
            "id": ulid(random, declared),
            "incident_id": io_incident["id"],
            "resource_type": type_,
            "external_id": columns[id_column],
            "title": columns["title"],
            "permalink": columns[link_column],
        }
        population.io_attachments.append(row)


def _nearest(population: Population, created_at: str) -> Row:
    """The incident at incident.io that was declared the nearest in time."""
    moment = datetime.fromisoformat(created_at)

    def distance(incident: Row) -> float:
        return abs((datetime.fromisoformat(incident["created_at"]) - moment).total_seconds())

    return min(population.io_incidents, key=distance)
