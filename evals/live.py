"""What is live."""

from datetime import datetime

from evals import truth
from evals.question import (
    Question,
    Walk,
    all_of,
    at_once,
    column,
    incidents,
    pairs,
    rows,
    total,
)
from sandbox.store import Store

LIVE = ["in_triage", "started", "detected", "acknowledged", "mitigated", "in_progress"]


def _minutes_since(at: str, store: Store) -> float:
    return (store.now - datetime.fromisoformat(at)).total_seconds() // 60


QUESTIONS = (
    Question(
        "What is on fire right now?",
        [
            incidents(
                status=LIVE,
                exclude={"kind": ["test", "test_sub", "example", "example_sub"]},
                fields=["sequential_id", "title", "severity"],
                view="table",
            )
        ],
        lambda answers: {
            row["sequential_id"]: (row["title"], row["severity"]) for row in rows(answers[0])
        },
        lambda store: {
            row[0]: (row[1], row[2])
            for row in store.rows(
                f"SELECT sequential_id, title, {truth.slug('severity')} FROM incidents"
                f" WHERE {truth.LIVE} AND kind NOT LIKE 'test%' AND kind NOT LIKE 'example%'"
            )
        },
        all_of({"status": LIVE}),
    ),
    Question(
        "How many incidents are open at the moment?",
        [incidents(status=LIVE, page_size=1, fields=["sequential_id"])],
        total,
        lambda store: truth.count(store, truth.LIVE),
        [Walk(incidents(status=LIVE), at_once)],
    ),
    Question(
        "Is there a live sev0 or sev1?",
        [
            incidents(
                status=LIVE,
                severity=["sev0", "sev1"],
                fields=["sequential_id", "title"],
                view="table",
            )
        ],
        pairs("sequential_id", "title"),
        lambda store: truth.pairs(
            store,
            "sequential_id",
            "title",
            f"{truth.LIVE} AND {truth.having('severity', 'sev0', 'sev1')}",
        ),
        all_of({"status": LIVE, "severity": ["sev0", "sev1"]}),
    ),
    Question(
        "What in production has nobody acknowledged yet?",
        [
            incidents(
                status=["in_triage", "started", "detected"],
                environments="production",
                fields=["sequential_id"],
                view="table",
            )
        ],
        column("sequential_id"),
        lambda store: truth.numbers(
            store,
            f"status IN ('in_triage', 'started', 'detected') AND {truth.having('environments', 'production')}",
        ),
        all_of({"status": ["in_triage", "started", "detected"], "environments": "production"}),
    ),
    Question(
        "Which teams have live incidents, and how many each?",
        [incidents(status=LIVE, group_by="teams")],
        pairs("teams", "live"),
        lambda store: {
            key[0]: row[1] for key, row in truth.groups(store, ["teams"], truth.LIVE).items()
        },
        all_of({"status": LIVE}),
    ),
    Question(
        "How long has the newest one been going on?",
        [incidents(status=LIVE, page_size=1, fields=["sequential_id", "started_at"])],
        lambda answers: (
            answers[0]["incidents"][0]["sequential_id"],
            (
                datetime.fromisoformat(answers[0]["as_of"])
                - datetime.fromisoformat(answers[0]["incidents"][0]["started_at"])
            ).total_seconds()
            // 60,
        ),
        lambda store: next(
            (row[0], _minutes_since(row[1], store))
            for row in store.rows(
                f"SELECT sequential_id, started_at FROM incidents WHERE {truth.LIVE} ORDER BY created_at DESC LIMIT 1"
            )
        ),
        [Walk(incidents(status=LIVE), at_once)],
    ),
    Question(
        "Is any maintenance going on, and on what?",
        [incidents(status="in_progress", fields=["sequential_id", "services"])],
        lambda answers: {row["sequential_id"]: set(row["services"]) for row in rows(answers[0])},
        lambda store: {
            number: {slug for (slug,) in truth.attributes(store, number, "services", "slug")}
            for number in truth.numbers(store, "status = 'in_progress'")
        },
        all_of({"status": "in_progress"}),
    ),
)
