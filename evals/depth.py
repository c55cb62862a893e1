"""One incident in depth."""

from collections.abc import Sequence

from evals import truth
from evals.question import Answer, Call, Question, Walk, incidents, is_number, rows

EARLIER = 4733
"""The checkout's outage of October."""


def _only(answers: Sequence[Answer]) -> dict[str, object]:
    [row] = rows(answers[-1])
    return dict(row)


def _by_paging(number: int, day: str, **shown: object) -> list[Walk]:
    """Page until the incident is there, then ask once more for what a compact row lacks."""
    detail: Call = incidents(created_at={"gte": day, "lte": day}, **shown)
    return [Walk(incidents(), is_number(number)), Walk(detail, is_number(number))]


QUESTIONS = (
    Question(
        "Tell me all that there is on 4821.",
        [incidents(sequential_id="4821", view="full")],
        lambda answers: {
            name: value
            for name, value in _only(answers).items()
            if name
            in (
                "id",
                "title",
                "status",
                "severity",
                "summary",
                "pagerduty_incident_id",
                "slack_channel_name",
                "created_at",
            )
        },
        lambda store: dict(
            store.rows(
                f"SELECT id, title, status, {truth.slug('severity')} AS severity, summary, pagerduty_incident_id,"
                f" slack_channel_name, {truth.second('created_at')} AS created_at FROM incidents WHERE sequential_id = 4821"
            )[0]
        ),
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
                "user.data.attributes.full_name",
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
            (
                str(
                    store.value(
                        f"SELECT {truth.second('strftime(?, ?)')}", ["%Y-%m-%dT%H:%M:%S", at]
                    )
                ),
                text,
            )
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
            [item["person"] for item in rows(answers[0])[0]["roles"]],
            [item["summary"] for item in rows(answers[0])[0]["action_items"]],
            [item["summary"] for item in rows(answers[0])[0]["alerts"]],
        ),
        lambda store: (
            store.value("SELECT summary FROM incidents WHERE sequential_id = 4821"),
            [
                name
                for (name,) in truth.attributes(
                    store, 4821, "roles", "user.data.attributes.full_name"
                )
                if name
            ],
            [summary for (summary,) in truth.attributes(store, 4821, "action_items", "summary")],
            [summary for (summary,) in truth.attributes(store, 4821, "alerts", "summary")],
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
            **dict(
                store.rows(
                    "SELECT summary, mitigation_message, resolution_message FROM incidents WHERE sequential_id = ?",
                    [EARLIER],
                )[0]
            ),
            "causes": [slug for (slug,) in truth.attributes(store, EARLIER, "causes", "slug")],
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
            *truth.attributes(store, EARLIER, "incident_post_mortem", "status")[0],
            # One paragraph of HTML.
            *(
                content.removeprefix("<p>").removesuffix("</p>")
                for (content,) in truth.attributes(
                    store, EARLIER, "incident_post_mortem", "content"
                )
            ),
        ),
        _by_paging(EARLIER, "2026-10-16", view="full", include="incident_post_mortem"),
    ),
    Question(
        "When was 4821 started, detected and acknowledged?",
        [incidents(sequential_id="4821", fields=["started_at", "detected_at", "acknowledged_at"])],
        _only,
        lambda store: dict(
            store.rows(
                "SELECT "
                + ", ".join(
                    f"{truth.second(name)} AS {name}"
                    for name in ("started_at", "detected_at", "acknowledged_at")
                )
                + " FROM incidents WHERE sequential_id = 4821"
            )[0]
        ),
        _by_paging(4821, "2026-11-22", view="full"),
    ),
)
