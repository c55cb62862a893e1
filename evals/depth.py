"""Questions about one incident."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from evals import truth
from evals.question import Answer, Call, Question, Walk, incidents, is_number, rows

EARLIER = 4733
"""The outage of the checkout in October."""
_FULL_NAME = "user.data.attributes.full_name"
_FACTS = {
    "id": "id",
    "title": "title",
    "status": "status",
    "severity": f"{truth.slug('severity')} AS severity",
    "summary": "summary",
    "pagerduty_incident_id": "pagerduty_incident_id",
    "slack_channel_name": "slack_channel_name",
    "created_at": f"{truth.second('created_at')} AS created_at",
}
"""Fields of a result, and their SQL."""


def _only(answers: Sequence[Answer]) -> dict[str, object]:
    [row] = rows(answers[-1])
    return dict(row)


def _values(relation: str, name: str) -> Callable[[Sequence[Answer]], list[Any]]:
    """Reads one field of each resource that the incident of the first answer has in a relation."""
    return lambda answers: [resource[name] for resource in rows(answers[0])[0][relation]]


def _by_paging(number: int, day: str, **view: object) -> list[Walk]:
    """Page to the incident, then ask again for the fields that a compact row does not have."""
    detail: Call = incidents(created_at={"gte": day, "lte": day}, **view)
    return [Walk(incidents(), is_number(number)), Walk(detail, is_number(number))]


def _second(text: str) -> str:
    """An instant in the form of results."""
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _paragraphs(html: Iterable[str]) -> list[str]:
    """The texts of HTML documents, each of which is one paragraph."""
    return [text.removeprefix("<p>").removesuffix("</p>") for text in html]


QUESTIONS = (
    Question(
        "Tell me all that there is on 4821.",
        [incidents(sequential_id="4821", view="full")],
        lambda answers: {name: _only(answers).get(name) for name in _FACTS},
        lambda store: truth.named(store, 4821, ", ".join(_FACTS.values())),
        _by_paging(4821, "2026-11-22", view="full"),
    ),
    Question(
        "Who is in charge of INC-4821, and who tells everyone else?",
        [incidents(sequential_id="INC-4821", fields=["sequential_id"], include="roles")],
        lambda answers: {
            row["role"].strip(): row["person"] for row in rows(answers[0])[0]["roles"]
        },
        lambda store: {
            role.strip(): person
            for role, person in truth.attributes(
                store,
                4821,
                "roles",
                "incident_role.data.attributes.name",
                _FULL_NAME,
            )
            if person
        },
        _by_paging(4821, "2026-11-22", include="roles"),
    ),
    Question(
        "What has happened in it so far, in order?",
        [incidents(sequential_id="4821", fields=["sequential_id"], include="events")],
        lambda answers: sorted(
            (event["at"], event["text"]) for event in rows(answers[0])[0]["events"]
        ),
        lambda store: sorted(
            (_second(at), text)
            for at, text in truth.attributes(store, 4821, "events", "occurred_at", "event")
        ),
        _by_paging(4821, "2026-11-22", include="events"),
    ),
    Question(
        "Brief me on #4821: what is it, who is on it, what is to be done, and what set it off?",
        [
            incidents(
                sequential_id="#4821",
                fields=["title", "summary", "status", "severity", "services", "started_at"],
                include=["roles", "action_items", "alerts"],
            )
        ],
        lambda answers: (
            _only(answers)["summary"],
            _values("roles", "person")(answers),
            _values("action_items", "summary")(answers),
            _values("alerts", "summary")(answers),
        ),
        lambda store: (
            store.value("SELECT summary FROM incidents WHERE sequential_id = 4821"),
            [*filter(None, truth.attribute(store, 4821, "roles", _FULL_NAME))],
            truth.attribute(store, 4821, "action_items", "summary"),
            truth.attribute(store, 4821, "alerts", "summary"),
        ),
        _by_paging(4821, "2026-11-22", view="full", include=["roles", "action_items", "alerts"]),
    ),
    Question(
        f"What was behind incident {EARLIER}, and what fixed it?",
        [
            incidents(
                sequential_id=str(EARLIER),
                fields=["summary", "causes", "mitigation_message", "resolution_message"],
            )
        ],
        _only,
        lambda store: {
            **truth.named(store, EARLIER, "summary, mitigation_message, resolution_message"),
            "causes": truth.attribute(store, EARLIER, "causes", "slug"),
        },
        _by_paging(EARLIER, "2026-10-16", view="full"),
    ),
    Question(
        "What does its retrospective say, and is it published?",
        [
            incidents(
                sequential_id=str(EARLIER),
                fields=["retrospective_progress_status"],
                include="incident_post_mortem",
            )
        ],
        lambda answers: (
            _only(answers)["retrospective_progress_status"],
            rows(answers[0])[0]["incident_post_mortem"]["status"],
            rows(answers[0])[0]["incident_post_mortem"]["text"],
        ),
        lambda store: (
            store.value(
                "SELECT retrospective_progress_status FROM incidents WHERE sequential_id = ?",
                [EARLIER],
            ),
            *truth.attribute(store, EARLIER, "incident_post_mortem", "status"),
            *_paragraphs(truth.attribute(store, EARLIER, "incident_post_mortem", "content")),
        ),
        _by_paging(EARLIER, "2026-10-16", view="full", include="incident_post_mortem"),
    ),
    Question(
        "When was 4821 started, detected and acknowledged?",
        [incidents(sequential_id="4821", fields=["started_at", "detected_at", "acknowledged_at"])],
        _only,
        lambda store: truth.named(
            store,
            4821,
            f"{truth.second('started_at')} AS started_at,"
            f" {truth.second('detected_at')} AS detected_at,"
            f" {truth.second('acknowledged_at')} AS acknowledged_at",
        ),
        _by_paging(4821, "2026-11-22", view="full"),
    ),
)
