"""Questions about counts and trends."""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from evals import truth
from evals.question import Answer, Question, Walk, all_of, at_once, groups, incidents, pairs, total
from sandbox.store import Store


def _all_groups(*by: str) -> Callable[[Sequence[Answer]], Any]:
    """Reads all figures of each group. *by* are the values of `group_by`."""
    return lambda answers: groups(answers[-1], by)


def _true_groups(*by: str, where: str = "1") -> Callable[[Store], Any]:
    return lambda store: truth.groups(store, by, where)


_SINCE_SEPTEMBER = {"created_at": {"gte": "2026-09-01"}}

QUESTIONS = (
    Question(
        "How many incidents have we had this month?",
        [incidents(created_at={"gte": "2026-11-01"}, page_size=1, fields=["sequential_id"])],
        total,
        lambda store: truth.count(store, "created_at >= '2026-11-01'"),
        [Walk(incidents(created_at={"gte": "2026-11-01"}), at_once)],
    ),
    Question(
        "How many of each severity in the last 30 days?",
        [incidents(created_at={"gte": "-30d"}, group_by="severity")],
        pairs("severity", "incidents"),
        # 30 days before `evals.settings.NOW`.
        lambda store: truth.counts(store, "severity", "created_at >= '2026-10-23T02:00:00.000Z'"),
        all_of({"created_at": {"gte": "-30d"}}),
    ),
    Question(
        "Is it getting worse, month by month?",
        [incidents(group_by="month")],
        _all_groups("month"),
        _true_groups("month"),
        all_of({}),
    ),
    Question(
        "Which team takes longest to resolve its incidents?",
        [incidents(group_by="teams")],
        lambda answers: max(pairs("teams", "resolve_p50")(answers).items(), key=itemgetter(1)),
        # Figure 6 of `truth.groups` is the median time until `resolved_at`.
        lambda store: max(truth.figures(store, "teams", "resolve_p50").items(), key=itemgetter(1)),
        all_of({}),
    ),
    Question(
        "How fast do we acknowledge a sev1: the median, and the 90th percentile?",
        [incidents(severity="sev1", group_by="severity")],
        # The group, the two counts, and then the two percentiles until `acknowledged_at`.
        lambda answers: answers[0]["rows"][0][3:5],
        lambda store: truth.groups(store, ["severity"], truth.having("severity", "sev1"))[
            ("sev1",)
        ][2:4],
        # Compact rows have no acknowledged_at.
        [Walk(incidents(severity="sev1", view="full"))],
    ),
    Question(
        "How many incidents are there in each status?",
        [incidents(group_by="status")],
        pairs("status", "incidents"),
        lambda store: truth.mapping(
            store.rows("SELECT status, count(*) FROM incidents GROUP BY status")
        ),
        all_of({}),
    ),
    Question(
        "Which weeks since September were the busiest?",
        [incidents(**_SINCE_SEPTEMBER, group_by="week")],
        _all_groups("week"),
        _true_groups("week", where="created_at >= '2026-09-01'"),
        all_of(_SINCE_SEPTEMBER),
    ),
    Question(
        "How did the severities of checkout-api's incidents develop by month?",
        [incidents(services="checkout-api", group_by=["month", "severity"])],
        _all_groups("month", "severity"),
        _true_groups("month", "severity", where=truth.having("services", "checkout-api")),
        all_of({"services": "checkout-api"}),
    ),
    Question(
        "What causes the incidents that customers notice?",
        [incidents(types="customer-facing", group_by="cause")],
        pairs("cause", "incidents"),
        lambda store: truth.counts(
            store, "cause", truth.having("incident_types", "customer-facing")
        ),
        all_of({"types": "customer-facing", "include": "causes"}),
    ),
    Question(
        "How many incidents of each kind are there, such as tests and maintenance?",
        [incidents(group_by="kind")],
        pairs("kind", "incidents"),
        lambda store: truth.mapping(
            store.rows("SELECT kind, count(*) FROM incidents GROUP BY kind")
        ),
        all_of({}),
    ),
)
