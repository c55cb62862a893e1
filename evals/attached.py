"""Questions about attachments, by incident and by resource."""

from operator import itemgetter

from evals import truth
from evals.question import Question, Walk, attachments, column, incidents, is_number, rows

PAGE = "Q3F5KPXW8TB2NA"
PULL_REQUEST = "example/shop/4007912"
_PAGED = f"external_id = '{PAGE}'"
TICKETS = ["OPS-3998472", "OPS-5565332", "OPS-9448414", "OPS-4821"]

QUESTIONS = (
    Question(
        f"Is there an incident for the PagerDuty page {PAGE} yet?",
        [attachments(resource_type="pager_duty_incident", external_id=PAGE)],
        column("incident_id"),
        lambda store: truth.only_values(truth.attached(store, "i.id", _PAGED)),
        [Walk(attachments(resource_type="pager_duty_incident", external_id=PAGE))],
    ),
    Question(
        f"Which incident does the page {PAGE} belong to, and what is its status?",
        [attachments(resource_type="pager_duty_incident", external_id=PAGE, include_incident=True)],
        lambda answers: [
            *map(itemgetter("reference", "name", "status", "severity"), answers[0]["attached_to"])
        ],
        lambda store: truth.attached(store, "'INC-' || number, name, status, severity", _PAGED),
        None,  # Attachments only have the incident's id.
    ),
    Question(
        "Which incident at incident.io is Rootly's 4821?",
        [
            incidents(sequential_id="4821", fields=["pagerduty_incident_id"]),
            lambda answers: attachments(
                resource_type="pager_duty_incident",
                external_id=rows(answers[0])[0]["pagerduty_incident_id"],
                include_incident=True,
            ),
        ],
        lambda answers: [one["reference"] for one in answers[1]["attached_to"]],
        lambda store: truth.only_values(
            truth.attached(
                store,
                "'INC-' || number",
                "external_id ="
                " (SELECT pagerduty_incident_id FROM incidents WHERE sequential_id = 4821)",
            )
        ),
        None,
    ),
    Question(
        "What is attached to INC-1207?",
        [attachments(incident_id="INC-1207")],
        lambda answers: {*map(itemgetter("resource_type", "external_id"), rows(answers[0]))},
        lambda store: {*truth.attached(store, "resource_type, external_id", "number = 1207")},
        None,  # A reference sent as an id gives an empty list, not an error.
    ),
    Question(
        "Which resources belong to https://app.incident.io/example/incidents/1205?",
        [attachments(incident_id="https://app.incident.io/example/incidents/1205")],
        lambda answers: {*map(itemgetter("resource_type", "permalink"), rows(answers[0]))},
        lambda store: {*truth.attached(store, "resource_type, permalink", "number = 1205")},
        None,
    ),
    Question(
        "Is anything attached to 01M7NAFZZZGKTNKBFGFQAVRS60?",
        [attachments(incident_id="01M7NAFZZZGKTNKBFGFQAVRS60")],
        lambda answers: (
            answers[0]["attachments"],
            answers[0]["total"],
            "does not know this id" in answers[0]["hint"]["text"],
        ),
        lambda store: (
            [],
            len(truth.attached(store, "a.id", "i.id = '01M7NAFZZZGKTNKBFGFQAVRS60'")),
            True,
        ),
        [Walk(attachments(incident_id="01M7NAFZZZGKTNKBFGFQAVRS60"))],
    ),
    Question(
        f"Which of these Jira tickets have incidents: {', '.join(TICKETS)}?",
        [attachments(resource_type="jira_issue", external_id=TICKETS)],
        lambda answers: answers[0]["by_external_id"],
        lambda store: {
            ticket: store.value(
                "SELECT count(*) FROM io_attachments WHERE external_id = ?", [ticket]
            )
            for ticket in TICKETS
        },
        [Walk(attachments(resource_type="jira_issue", external_id=ticket)) for ticket in TICKETS],
    ),
    Question(
        f"Which incidents does the pull request {PULL_REQUEST} belong to?",
        [
            attachments(
                resource_type="github_pull_request", external_id=PULL_REQUEST, include_incident=True
            )
        ],
        lambda answers: {one["reference"]: one["name"] for one in answers[0]["attached_to"]},
        lambda store: dict(
            truth.attached(store, "'INC-' || number, name", f"external_id = '{PULL_REQUEST}'")
        ),
        None,
    ),
    Question(
        "Does Rootly's 4820 have a page that incident.io knows?",
        [
            incidents(sequential_id="4820", fields=["pagerduty_incident_id"]),
            lambda answers: attachments(
                resource_type="pager_duty_incident",
                external_id=rows(answers[0])[0]["pagerduty_incident_id"],
            ),
        ],
        lambda answers: answers[1]["total"],
        lambda store: store.value(
            "SELECT count(*) FROM io_attachments WHERE external_id ="
            " (SELECT pagerduty_incident_id FROM incidents WHERE sequential_id = 4820)"
        ),
        [
            Walk(incidents(view="full"), is_number(4820)),
            Walk(attachments(resource_type="pager_duty_incident", external_id="QHJ5PV58DWIMQH")),
        ],
    ),
)
