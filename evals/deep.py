"""Questions about long lists."""

from evals import truth
from evals.question import (
    Question,
    Walk,
    all_of,
    attachments,
    column,
    following,
    incidents,
    is_number,
    only_row,
    rows,
)

_NEWEST = incidents(page_size=100, fields=["sequential_id"], view="table")
_UNFINISHED = "status NOT IN ('resolved', 'closed', 'cancelled', 'completed')"
_MANY = attachments(incident_id="INC-1127")

QUESTIONS = (
    Question(
        "What is the oldest incident on record?",
        [
            incidents(
                sort="created_at", page_size=1, fields=["sequential_id", "title", "created_at"]
            )
        ],
        only_row,
        lambda store: truth.first(
            store,
            f"sequential_id, title, {truth.second('created_at')}",
            rest="ORDER BY created_at",
        ),
        # The first reference sorts by it, too.
        [Walk(incidents(sort="created_at"), lambda _: True)],
    ),
    Question(
        "Give me the numbers of all incidents of this month.",
        [
            incidents(
                created_at={"gte": "2026-11-01"},
                page_size=100,
                fields=["sequential_id"],
                view="table",
            )
        ],
        column("sequential_id"),
        lambda store: truth.numbers(store, "created_at >= '2026-11-01'"),
        all_of({"created_at": {"gte": "2026-11-01"}}),
    ),
    Question(
        "And the numbers of every sev1 there has been?",
        [incidents(severity="sev1", page_size=100, fields=["sequential_id"], view="table")],
        column("sequential_id"),
        lambda store: truth.numbers(store, truth.having("severity", "sev1")),
        all_of({"severity": "sev1"}),
    ),
    Question(
        "Which were the 250 newest incidents?",
        [_NEWEST, following(_NEWEST), following(_NEWEST)],
        lambda answers: [row["sequential_id"] for answer in answers for row in rows(answer)][:250],
        lambda store: truth.numbers(store, rest="ORDER BY created_at DESC LIMIT 250"),
        [Walk(incidents(), is_number(4572))],
    ),
    Question(
        "Which ten incidents come after the 200 newest?",
        [incidents(page_number=21, page_size=10, fields=["sequential_id"], view="table")],
        column("sequential_id"),
        lambda store: truth.numbers(store, rest="ORDER BY created_at DESC LIMIT 10 OFFSET 200"),
        [Walk(incidents(page_number=9), lambda _: True)],
    ),
    Question(
        "Which unfinished incident has been left untouched for longest?",
        [
            incidents(
                exclude={"status": ["resolved", "closed", "cancelled", "completed"]},
                sort="updated_at",
                page_size=1,
                fields=["sequential_id", "updated_at"],
            )
        ],
        only_row,
        lambda store: truth.first(
            store,
            f"sequential_id, {truth.second('updated_at')}",
            _UNFINISHED,
            "ORDER BY updated_at",
        ),
        [
            Walk(
                incidents(
                    status=[
                        "in_triage",
                        "started",
                        "detected",
                        "acknowledged",
                        "mitigated",
                        "in_progress",
                        "scheduled",
                    ],
                    sort="updated_at",
                ),
                lambda _: True,
            )
        ],
    ),
    Question(
        "Which incident was the last one to be mitigated?",
        [
            incidents(
                sort="-mitigated_at",
                mitigated_at={"lte": "now"},
                page_size=1,
                fields=["sequential_id", "mitigated_at"],
            )
        ],
        only_row,
        lambda store: truth.first(
            store,
            f"sequential_id, {truth.second('mitigated_at')}",
            "mitigated_at IS NOT NULL",
            "ORDER BY mitigated_at DESC",
        ),
        # The first reference does not sort by it, and compact rows do not have it.
        [Walk(incidents(mitigated_at={"gte": "-7d"}, view="full"))],
    ),
    Question(
        "What was the last incident before October?",
        [
            incidents(
                created_at={"lt": "2026-10-01"}, page_size=1, fields=["sequential_id", "title"]
            )
        ],
        only_row,
        lambda store: truth.first(store, "sequential_id, title", "created_at < '2026-10-01'"),
        [Walk(incidents(created_at={"lt": "2026-10-01"}), lambda _: True)],
    ),
    Question(
        "How many pull requests are attached to INC-1127?",
        [_MANY, following(_MANY)],
        lambda answers: sum(
            row["resource_type"] == "github_pull_request"
            for answer in answers
            for row in rows(answer)
        ),
        lambda store: len(
            truth.attached(store, "a.id", "number = 1127 AND resource_type = 'github_pull_request'")
        ),
        None,
    ),
)
