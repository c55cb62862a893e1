"""Has this happened before."""

from datetime import datetime

from evals import truth
from evals.question import (
    Question,
    Walk,
    all_of,
    at_once,
    column,
    incidents,
    is_number,
    pairs,
    rows,
    total,
)

_LIKE_CHECKOUT = (
    "(title LIKE '%checkout 5xx%' OR summary LIKE '%checkout 5xx%') AND sequential_id <> 4821"
)


def _minutes(begin: str, end: str) -> float:
    return (
        datetime.fromisoformat(end[:19]) - datetime.fromisoformat(begin[:19])
    ).total_seconds() // 60


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
        lambda answers: {
            row["sequential_id"]: (row["title"], row["started_at"]) for row in rows(answers[0])
        },
        lambda store: {
            row[0]: (row[1], row[2])
            for row in store.rows(
                f"SELECT sequential_id, title, {truth.second('started_at')} FROM incidents WHERE {_LIKE_CHECKOUT}"
            )
        },
        # Without words to look for, all that the service ever had.
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
        lambda answers: [*rows(answers[0])[0].values()],
        lambda store: [
            *store.rows(
                "SELECT sequential_id, mitigation_message, resolution_message FROM incidents"
                f" WHERE {_LIKE_CHECKOUT} ORDER BY created_at DESC LIMIT 1"
            )[0]
        ],
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
        pairs("sequential_id", "started_at"),
        lambda store: truth.mapping(
            store.rows(
                f"SELECT sequential_id, {truth.second('started_at')} FROM incidents WHERE created_at < '2026-11-22'"
                f" AND {truth.having('services', 'payments-gateway')} AND {truth.having('severity', 'sev0', 'sev1')}"
                " ORDER BY created_at DESC LIMIT 1"
            )
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
        lambda store: {
            key[0]: row[0]
            for key, row in truth.groups(
                store, ["cause"], truth.having("services", "payments-gateway")
            ).items()
        },
        # A compact row does not say why: `include` does.
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
            f"{truth.having('causes', 'expired-certificate')} AND created_at >= '2026-09-23T02:00:00.000Z'",
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
            row[0]: _minutes(row[1], row[2])
            for row in store.rows(
                "SELECT sequential_id, started_at, resolved_at FROM incidents WHERE status IN ('resolved', 'closed')"
                f" AND {truth.having('services', 'checkout-api')} ORDER BY created_at DESC LIMIT 3"
            )
        },
        [Walk(incidents(services="checkout-api", status=["resolved", "closed"]), at_once)],
    ),
)
