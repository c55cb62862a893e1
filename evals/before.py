"""Questions about similar earlier incidents."""

from datetime import datetime

from evals import truth
from evals.question import (
    Question,
    Walk,
    all_of,
    at_once,
    column,
    facts,
    incidents,
    is_number,
    only_row,
    pairs,
    rows,
    total,
)

_LIKE_CHECKOUT = (
    "(title LIKE '%checkout 5xx%' OR summary LIKE '%checkout 5xx%') AND sequential_id <> 4821"
)


def _minutes(begin: str, end: str) -> float:
    run = datetime.fromisoformat(end[:19]) - datetime.fromisoformat(begin[:19])
    return run.total_seconds() // 60


QUESTIONS = (
    Question(
        "Has the checkout failed like this before?",
        [
            incidents(
                search="Checkout 5xx",
                exclude={"sequential_id": "4821"},
                fields=["sequential_id", "title", "started_at"],
            )
        ],
        facts("title", "started_at"),
        lambda store: truth.by_number(
            store, f"title, {truth.second('started_at')}", _LIKE_CHECKOUT
        ),
        # Without a search for words: all incidents of the service.
        all_of({"services": "checkout-api"}),
    ),
    Question(
        "What got the checkout working again the last time?",
        [
            incidents(
                search="Checkout 5xx",
                exclude={"sequential_id": "4821"},
                page_size=1,
                fields=["sequential_id", "mitigation_message", "resolution_message"],
            )
        ],
        only_row,
        lambda store: truth.first(
            store, "sequential_id, mitigation_message, resolution_message", _LIKE_CHECKOUT
        ),
        [
            Walk(incidents(services="checkout-api"), is_number(4733)),
            Walk(
                incidents(created_at={"gte": "2026-10-16", "lte": "2026-10-16"}, view="full"),
                is_number(4733),
            ),
        ],
    ),
    Question(
        "When did payments-gateway last have a sev0 or sev1 before today?",
        [
            incidents(
                services="payments-gateway",
                severity=["sev0", "sev1"],
                created_at={"lt": "2026-11-22"},
                page_size=1,
                fields=["sequential_id", "started_at"],
            )
        ],
        only_row,
        lambda store: truth.first(
            store,
            f"sequential_id, {truth.second('started_at')}",
            f"created_at < '2026-11-22' AND {truth.having('services', 'payments-gateway')}"
            f" AND {truth.having('severity', 'sev0', 'sev1')}",
        ),
        [
            Walk(
                incidents(
                    services="payments-gateway",
                    severity=["sev0", "sev1"],
                    created_at={"lt": "2026-11-22"},
                ),
                at_once,
            )
        ],
    ),
    Question(
        "How often has postgres-main restarted in a loop?",
        [
            incidents(
                search="postgres-main restarts in a loop", page_size=1, fields=["sequential_id"]
            )
        ],
        total,
        lambda store: truth.count(store, "title LIKE '%postgres-main restarts in a loop%'"),
        all_of({"services": "postgres-main"}),
    ),
    Question(
        "What usually breaks payments-gateway?",
        [incidents(services="payments-gateway", group_by="cause")],
        pairs("cause", "incidents"),
        lambda store: truth.counts(store, "cause", truth.having("services", "payments-gateway")),
        # A compact row has no causes: `include` adds them.
        all_of({"services": "payments-gateway", "include": "causes"}),
    ),
    Question(
        "Which incidents of the last two months came from an expired certificate?",
        [
            incidents(
                cause="expired-certificate",
                created_at={"gte": "-60d"},
                fields=["sequential_id"],
                view="table",
            )
        ],
        column("sequential_id"),
        lambda store: truth.numbers(
            store,
            f"{truth.having('causes', 'expired-certificate')}"
            " AND created_at >= '2026-09-23T02:00:00.000Z'",
        ),
        all_of({"cause": "expired-certificate", "created_at": {"gte": "-60d"}}),
    ),
    Question(
        "How long did the last three checkout-api incidents take from start to end?",
        [
            incidents(
                services="checkout-api",
                status=["resolved", "closed"],
                page_size=3,
                fields=["sequential_id", "started_at", "resolved_at"],
            )
        ],
        lambda answers: {
            row["sequential_id"]: _minutes(row["started_at"], row["resolved_at"])
            for row in rows(answers[0])
        },
        lambda store: {
            number: _minutes(begin, end)
            for number, begin, end in truth.select(
                store,
                "sequential_id, started_at, resolved_at",
                f"status IN ('resolved', 'closed') AND {truth.having('services', 'checkout-api')}",
                "ORDER BY created_at DESC LIMIT 3",
            )
        },
        [Walk(incidents(services="checkout-api", status=["resolved", "closed"]), at_once)],
    ),
)
