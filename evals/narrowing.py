"""Questions that filters answer."""

from evals import truth
from evals.question import Question, Walk, all_of, column, facts, incidents, pairs

QUESTIONS = (
    Question(
        "What hit payments in the last seven days?",
        [
            incidents(
                teams="payments",
                created_at={"gte": "-7d"},
                fields=["sequential_id", "title", "status"],
                view="table",
            )
        ],
        facts("title", "status"),
        lambda store: truth.by_number(
            store,
            "title, status",
            f"{truth.having('groups', 'payments')} AND created_at >= '2026-11-15T02:00:00.000Z'",
        ),
        all_of({"teams": "payments", "created_at": {"gte": "-7d"}}),
    ),
    Question(
        "Which sev1s has production had since the first of November?",
        [
            incidents(
                severity="sev1",
                environments="production",
                created_at={"gte": "2026-11-01"},
                fields=["sequential_id", "title"],
                view="table",
            )
        ],
        pairs("sequential_id", "title"),
        lambda store: truth.pairs(
            store,
            "sequential_id",
            "title",
            f"{truth.having('severity', 'sev1')} AND {truth.having('environments', 'production')}"
            " AND created_at >= '2026-11-01'",
        ),
        all_of(
            {"severity": "sev1", "environments": "production", "created_at": {"gte": "2026-11-01"}}
        ),
    ),
    Question(
        "What have we had with certificates this month?",
        [
            incidents(
                search="certificate",
                created_at={"gte": "2026-11-01"},
                fields=["sequential_id", "title"],
                view="table",
            )
        ],
        pairs("sequential_id", "title"),
        lambda store: truth.pairs(
            store,
            "sequential_id",
            "title",
            "(title LIKE '%certificate%' OR summary LIKE '%certificate%')"
            " AND created_at >= '2026-11-01'",
        ),
        all_of({"created_at": {"gte": "2026-11-01"}}),
    ),
    Question(
        "Which private incidents were there in the last 60 days?",
        [
            incidents(
                private=True, created_at={"gte": "-60d"}, fields=["sequential_id"], view="table"
            )
        ],
        column("sequential_id"),
        lambda store: truth.numbers(store, "private AND created_at >= '2026-09-23T02:00:00.000Z'"),
        all_of({"private": True, "created_at": {"gte": "-60d"}}),
    ),
    Question(
        "What happened in the last two days, leaving out maintenance and tests?",
        [
            incidents(
                created_at={"gte": "-48h"},
                exclude={
                    "kind": [
                        "test",
                        "test_sub",
                        "example",
                        "example_sub",
                        "scheduled",
                        "scheduled_sub",
                    ]
                },
                fields=["sequential_id", "title"],
                view="table",
            )
        ],
        pairs("sequential_id", "title"),
        lambda store: truth.pairs(
            store,
            "sequential_id",
            "title",
            "created_at >= '2026-11-20T02:00:00.000Z'"
            " AND kind IN ('normal', 'normal_sub', 'backfilled')",
        ),
        all_of({"created_at": {"gte": "-48h"}}),
    ),
    Question(
        "Which maintenance is planned, and when does it begin?",
        [incidents(status="scheduled", fields=["sequential_id", "scheduled_for"], view="table")],
        pairs("sequential_id", "scheduled_for"),
        lambda store: truth.pairs(
            store, "sequential_id", truth.second("scheduled_for"), "status = 'scheduled'"
        ),
        # A compact row does not have the time: `full` does.
        [Walk(incidents(status="scheduled", view="full"))],
    ),
    Question(
        "What did we resolve on 20 November?",
        [
            incidents(
                resolved_at={"gte": "2026-11-20", "lte": "2026-11-20"},
                fields=["sequential_id", "title"],
                view="table",
            )
        ],
        pairs("sequential_id", "title"),
        lambda store: truth.pairs(
            store, "sequential_id", "title", "resolved_at LIKE '2026-11-20%'"
        ),
        all_of({"resolved_at": {"gte": "2026-11-20", "lte": "2026-11-20"}}),
    ),
    Question(
        "Which incident is this Slack channel about: C00004816?",
        [incidents(slack_channel_id="C00004816", fields=["sequential_id", "title"])],
        pairs("sequential_id", "title"),
        lambda store: truth.pairs(
            store, "sequential_id", "title", "slack_channel_id = 'C00004816'"
        ),
        # A compact row does not have the channel: `full` does.
        [Walk(incidents(view="full"), lambda row: row.get("slack_channel_id") == "C00004816")],
    ),
    Question(
        "Were there security incidents around identity since September, and how bad were they?",
        [
            incidents(
                types="security",
                teams="identity",
                created_at={"gte": "2026-09-01"},
                fields=["sequential_id", "severity"],
                view="table",
            )
        ],
        pairs("sequential_id", "severity"),
        lambda store: truth.pairs(
            store,
            "sequential_id",
            truth.slug("severity"),
            f"created_at >= '2026-09-01' AND {truth.having('groups', 'identity')}"
            f" AND {truth.having('incident_types', 'security')}",
        ),
        all_of({"types": "security", "teams": "identity", "created_at": {"gte": "2026-09-01"}}),
    ),
)
