"""Questions about live incidents."""

from collections.abc import Sequence
from datetime import datetime

from evals import truth
from evals.question import (
    Answer,
    Question,
    Walk,
    all_of,
    at_once,
    column,
    facts,
    incidents,
    pairs,
    rows,
    total,
)
from sandbox.store import Store

LIVE = ["in_triage", "started", "detected", "acknowledged", "mitigated", "in_progress"]


def _minutes(begin: datetime, end: datetime) -> float:
    return (end - begin).total_seconds() // 60


def _age_of_the_newest(answers: Sequence[Answer]) -> tuple[int, float]:
    """The number of the newest incident, and its age in minutes."""
    newest = rows(answers[0])[0]
    begin = datetime.fromisoformat(newest["started_at"])
    return newest["sequential_id"], _minutes(begin, datetime.fromisoformat(answers[0]["as_of"]))


def _true_age_of_the_newest(store: Store) -> tuple[int, float]:
    number, started_at = truth.first(store, "sequential_id, started_at", truth.LIVE)
    return number, _minutes(datetime.fromisoformat(started_at), store.now)


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
        facts("title", "severity"),
        lambda store: truth.by_number(
            store,
            f"title, {truth.slug('severity')}",
            f"{truth.LIVE} AND kind NOT LIKE 'test%' AND kind NOT LIKE 'example%'",
        ),
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
            "status IN ('in_triage', 'started', 'detected')"
            f" AND {truth.having('environments', 'production')}",
        ),
        all_of({"status": ["in_triage", "started", "detected"], "environments": "production"}),
    ),
    Question(
        "Which teams have live incidents, and how many each?",
        [incidents(status=LIVE, group_by="teams")],
        pairs("teams", "live"),
        lambda store: truth.figures(store, "teams", "live", truth.LIVE),
        all_of({"status": LIVE}),
    ),
    Question(
        "How long has the newest one been going on?",
        [incidents(status=LIVE, page_size=1, fields=["sequential_id", "started_at"])],
        _age_of_the_newest,
        _true_age_of_the_newest,
        [Walk(incidents(status=LIVE), at_once)],
    ),
    Question(
        "Is any maintenance going on, and on what?",
        [incidents(status="in_progress", fields=["sequential_id", "services"])],
        lambda answers: {row["sequential_id"]: set(row["services"]) for row in rows(answers[0])},
        lambda store: {
            number: {*truth.attribute(store, number, "services", "slug")}
            for number in truth.numbers(store, "status = 'in_progress'")
        },
        all_of({"status": "in_progress"}),
    ),
)
