"""Questions with names that do not exist."""

from collections.abc import Callable, Sequence
from typing import Any

from evals import truth
from evals.live import LIVE
from evals.question import (
    Answer,
    Call,
    Later,
    Question,
    Walk,
    all_of,
    attachments,
    column,
    incidents,
    is_number,
    pairs,
    rows,
    total,
)


def _with_hint(name: str, **arguments: Any) -> Later:
    """The same call with the names in the hint."""

    def later(answers: Sequence[Answer]) -> Call:
        return incidents(**arguments, **{name: answers[0]["hint"][name]})

    return later


def _having(name: str, *slugs: str) -> Callable[[Any], bool]:
    return lambda row: bool({*slugs} & {*row.get(name, ())})


_THIS_WEEK = "created_at >= '2026-11-15T02:00:00.000Z'"
_OF_CHECKOUT = truth.having("services", "checkout-api")
_SEV0 = truth.having("severity", "sev0")
_MONTH = {"created_at": {"gte": "2026-11-01"}, "fields": ["sequential_id"], "view": "table"}

QUESTIONS = (
    Question(
        "Is the checkout down?",
        [
            incidents(status=LIVE, services="checkout", fields=["sequential_id", "title"]),
            _with_hint("services", status=LIVE, fields=["sequential_id", "title"]),
        ],
        pairs("sequential_id", "title"),
        lambda store: truth.pairs(
            store,
            "sequential_id",
            "title",
            f"{truth.LIVE} AND {truth.having('services', 'checkout-api', 'checkout-web')}",
        ),
        # An empty list for the unknown service, incidents until its names are seen, the question.
        [
            *all_of({"status": LIVE, "services": "checkout"}),
            Walk(incidents(), _having("services", "checkout-web")),
            *all_of({"status": LIVE, "services": ["checkout-api", "checkout-web"]}),
        ],
    ),
    Question(
        "What has the payment team had this month?",
        [incidents(teams="payment", **_MONTH), _with_hint("teams", **_MONTH)],
        column("sequential_id"),
        lambda store: truth.numbers(
            store, f"created_at >= '2026-11-01' AND {truth.having('groups', 'payments')}"
        ),
        [
            *all_of({"teams": "payment", "created_at": {"gte": "2026-11-01"}}),
            Walk(incidents(), _having("teams", "payments")),
            *all_of({"teams": "payments", "created_at": {"gte": "2026-11-01"}}),
        ],
    ),
    Question(
        "Which incidents are under investigation?",
        [
            incidents(status="investigating", fields=["sequential_id"]),
            lambda answers: incidents(
                status=answers[0]["error"]["details"][0]["did_you_mean"], fields=["sequential_id"]
            ),
        ],
        column("sequential_id"),
        lambda store: truth.numbers(store, "status = 'started'"),
        # Without this error a client would have to read the documentation.
        all_of({"status": "started"}),
    ),
    Question(
        "How many incidents in prod this month?",
        [
            incidents(
                environments="prod",
                created_at={"gte": "2026-11-01"},
                page_size=1,
                fields=["sequential_id"],
            ),
            _with_hint(
                "environments",
                created_at={"gte": "2026-11-01"},
                page_size=1,
                fields=["sequential_id"],
            ),
        ],
        total,
        lambda store: truth.count(
            store, f"created_at >= '2026-11-01' AND {truth.having('environments', 'production')}"
        ),
        [
            *all_of({"environments": "prod", "created_at": {"gte": "2026-11-01"}}),
            Walk(incidents(), _having("environments", "production")),
            Walk(
                incidents(environments="production", created_at={"gte": "2026-11-01"}),
                lambda _: True,
            ),
        ],
    ),
    Question(
        "Which SEV-1s are there this month?",
        [incidents(severity="SEV-1", **_MONTH), _with_hint("severity", **_MONTH)],
        column("sequential_id"),
        lambda store: truth.numbers(
            store, f"created_at >= '2026-11-01' AND {truth.having('severity', 'sev1')}"
        ),
        [
            *all_of({"severity": "SEV-1", "created_at": {"gte": "2026-11-01"}}),
            Walk(incidents(), lambda row: row.get("severity") == "sev1"),
            *all_of({"severity": "sev1", "created_at": {"gte": "2026-11-01"}}),
        ],
    ),
    Question(
        "How often did the Payments Gateway fail since October?",
        [
            incidents(
                service_names="Payments Gateway",
                created_at={"gte": "2026-10-01"},
                page_size=1,
                fields=["sequential_id"],
            )
        ],
        total,
        lambda store: truth.count(
            store,
            "created_at >= '2026-10-01'"
            f" AND {truth.having('services', 'Payments Gateway', column='name')}",
        ),
        [
            Walk(incidents(), _having("services", "payments-gateway")),
            Walk(
                incidents(services="payments-gateway", created_at={"gte": "2026-10-01"}),
                lambda _: True,
            ),
        ],
    ),
    Question(
        "checkout-api had no sev0 this week: because of the service, the severity or the week?",
        [
            incidents(
                services="checkout-api",
                severity="sev0",
                created_at={"gte": "-7d"},
                fields=["sequential_id"],
            )
        ],
        lambda answers: answers[0]["hint"]["without"],
        lambda store: {
            "severity": truth.count(store, f"{_THIS_WEEK} AND {_OF_CHECKOUT}"),
            "services": truth.count(store, f"{_THIS_WEEK} AND {_SEV0}"),
            "created_at": truth.count(store, f"{_OF_CHECKOUT} AND {_SEV0}"),
        },
        [
            Walk(
                incidents(services="checkout-api", severity="sev0", created_at={"gte": "-7d"}),
                lambda _: True,
            ),
            Walk(incidents(severity="sev0", created_at={"gte": "-7d"}), lambda _: True),
            Walk(incidents(services="checkout-api", created_at={"gte": "-7d"}), lambda _: True),
            Walk(incidents(services="checkout-api", severity="sev0"), lambda _: True),
        ],
    ),
    Question(
        "What is attached to INC-4821, which is Rootly's number?",
        [
            attachments(incident_id="INC-4821"),
            incidents(sequential_id="INC-4821", fields=["title"]),
        ],
        lambda answers: (answers[0]["error"]["code"], rows(answers[1])[0]["title"]),
        lambda store: (
            {0: "not_found"}[store.value("SELECT count(*) FROM io_incidents WHERE number = 4821")],
            truth.named(store, 4821, "title")["title"],
        ),
        [Walk(incidents(), is_number(4821))],
    ),
)
