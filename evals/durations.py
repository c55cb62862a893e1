"""Questions about how long incidents took."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from evals import truth
from evals.depth import EARLIER
from evals.live import LIVE
from evals.question import (
    FULL,
    NUMBERS,
    Answer,
    Question,
    Walk,
    all_of,
    at_once,
    column,
    incidents,
    is_number,
    pairs,
    total,
)
from evals.runs import lasted, minutes

_SINCE_OCTOBER = {"created_at": {"gte": "2026-10-01"}}
_IN_OCTOBER_OR_LATER = "created_at >= '2026-10-01'"


def _longest(answers: Sequence[Answer]) -> tuple[int, float]:
    """The incident of the last answer that took the most minutes to resolve."""
    minutes_by_number = pairs("sequential_id", "minutes")(answers)
    return _slowest(minutes_by_number)


def _slowest(minutes_by_number: Mapping[int, Mapping[str, float]]) -> tuple[int, float]:
    took = {number: minutes.get("resolve", 0) for number, minutes in minutes_by_number.items()}
    number = max(took, key=took.__getitem__)
    return number, took[number]


def _counts_and_partial(period: str) -> Callable[[Sequence[Answer]], tuple[Any, list[str]]]:
    """Reads the count of each period, and which of the periods are not whole."""
    counts = pairs(period, "incidents")
    return lambda answers: (counts(answers), answers[-1].get("partial", []))


DETECTION = (
    Question(
        "How long does each service take from detection to acknowledgement?",
        [incidents(created_at={"gte": "2026-11-10"}, group_by="services")],
        pairs("services", "detect_to_acknowledge_p50"),
        lambda store: truth.figures(
            store, "services", "detect_to_acknowledge_p50", "created_at >= '2026-11-10'"
        ),
        all_of({"created_at": {"gte": "2026-11-10"}, **FULL}),
    ),
    Question(
        "Month by month, how long does it take at worst (90 %) to acknowledge what was detected?",
        [incidents(group_by="month")],
        pairs("month", "detect_to_acknowledge_p90"),
        lambda store: truth.figures(store, "month", "detect_to_acknowledge_p90"),
        all_of(FULL),
    ),
    Question(
        "Is a sev1 acknowledged faster after detection than a sev2: the medians?",
        [incidents(severity=["sev1", "sev2"], group_by="severity")],
        pairs("severity", "detect_to_acknowledge_p50"),
        lambda store: truth.figures(
            store,
            "severity",
            "detect_to_acknowledge_p50",
            truth.having("severity", "sev1", "sev2"),
        ),
        all_of({"severity": ["sev1", "sev2"], **FULL}),
    ),
)

LONGEST = (
    Question(
        "Which incidents since October took more than four hours?",
        [incidents(where={"lasted": {"gt": "4h"}}, **_SINCE_OCTOBER, **NUMBERS)],
        column("sequential_id"),
        lambda store: truth.numbers(store, f"{_IN_OCTOBER_OR_LATER} AND {lasted('>', 4)}"),
        all_of({**_SINCE_OCTOBER, **FULL}),
    ),
    Question(
        "Which of the resolved incidents of November took longest to resolve?",
        [
            incidents(
                where={"lasted": {"gte": "3h"}},
                status=["resolved", "closed"],
                created_at={"gte": "2026-11-01"},
                fields=["sequential_id", "minutes"],
                view="table",
            )
        ],
        _longest,
        lambda store: _slowest(
            minutes(store, "status IN ('resolved', 'closed') AND created_at >= '2026-11-01'")
        ),
        all_of({"status": ["resolved", "closed"], "created_at": {"gte": "2026-11-01"}, **FULL}),
    ),
    Question(
        "How many sev3s were over within half an hour?",
        [
            incidents(
                where={"lasted": {"lte": "30m"}},
                severity="sev3",
                exclude={"status": LIVE},
                page_size=1,
                fields=["sequential_id"],
            )
        ],
        total,
        lambda store: truth.count(
            store,
            f"{truth.having('severity', 'sev3')} AND NOT {truth.LIVE} AND {lasted('<=', 0.5)}",
        ),
        all_of({"severity": "sev3", **FULL}),
    ),
)

LONG_LIVE = (
    Question(
        "What has been live for more than a day?",
        [
            incidents(
                status=LIVE,
                where={"lasted": {"gt": "1d"}},
                fields=["sequential_id", "title"],
                view="table",
            )
        ],
        pairs("sequential_id", "title"),
        lambda store: truth.pairs(
            store, "sequential_id", "title", f"{truth.LIVE} AND {lasted('>', 24)}"
        ),
        all_of({"status": LIVE, **FULL}),
    ),
    Question(
        "Which teams have an incident that has been live for more than twelve hours?",
        [incidents(status=LIVE, where={"lasted": {"gt": "12h"}}, group_by="teams")],
        pairs("teams", "live"),
        lambda store: truth.counts(store, "teams", f"{truth.LIVE} AND {lasted('>', 12)}"),
        all_of({"status": LIVE, **FULL}),
    ),
    Question(
        "How many live incidents are younger than three hours?",
        [
            incidents(
                status=LIVE, where={"lasted": {"lt": "3h"}}, page_size=1, fields=["sequential_id"]
            )
        ],
        total,
        lambda store: truth.count(store, f"{truth.LIVE} AND {lasted('<', 3)}"),
        all_of({"status": LIVE, **FULL}),
    ),
)

LONG_BY_GROUP = (
    Question(
        "How many incidents of each team lasted longer than three hours?",
        [incidents(where={"lasted": {"gt": "3h"}}, **_SINCE_OCTOBER, group_by="teams")],
        pairs("teams", "incidents"),
        lambda store: truth.counts(store, "teams", f"{_IN_OCTOBER_OR_LATER} AND {lasted('>', 3)}"),
        all_of({**_SINCE_OCTOBER, **FULL}),
    ),
    Question(
        "How many incidents in production lasted more than a day, by severity?",
        [incidents(where={"lasted": {"gt": "1d"}}, environments="production", group_by="severity")],
        pairs("severity", "incidents"),
        lambda store: truth.counts(
            store,
            "severity",
            f"{truth.having('environments', 'production')} AND {lasted('>', 24)}",
        ),
        all_of({"environments": "production", **FULL}),
    ),
    Question(
        "And those between one and two hours, by month?",
        [incidents(where={"lasted": {"gte": "60m", "lte": "2h"}}, group_by="month")],
        pairs("month", "incidents"),
        lambda store: truth.counts(store, "month", f"{lasted('>=', 1)} AND {lasted('<=', 2)}"),
        all_of(FULL),
    ),
)

MINUTES = (
    Question(
        f"How many minutes did each phase of {EARLIER} take?",
        [incidents(sequential_id=str(EARLIER), fields=["sequential_id", "minutes"])],
        pairs("sequential_id", "minutes"),
        lambda store: minutes(store, f"sequential_id = {EARLIER}"),
        [
            Walk(incidents(), is_number(EARLIER)),
            Walk(
                incidents(created_at={"gte": "2026-10-16", "lte": "2026-10-16"}, **FULL),
                is_number(EARLIER),
            ),
        ],
    ),
    Question(
        "For how many minutes has each live sev0 or sev1 been going on?",
        [
            incidents(
                status=LIVE,
                severity=["sev0", "sev1"],
                fields=["sequential_id", "minutes"],
                view="table",
            )
        ],
        pairs("sequential_id", "minutes"),
        lambda store: minutes(
            store, f"{truth.LIVE} AND {truth.having('severity', 'sev0', 'sev1')}"
        ),
        all_of({"status": LIVE, "severity": ["sev0", "sev1"], **FULL}),
    ),
    Question(
        "How fast were the last five incidents of checkout-api acknowledged, mitigated, resolved?",
        [
            incidents(
                services="checkout-api",
                page_size=5,
                fields=["sequential_id", "minutes"],
                view="table",
            )
        ],
        lambda answers: {
            number: minutes or {}
            for number, minutes in pairs("sequential_id", "minutes")(answers).items()
        },
        lambda store: minutes(store, truth.having("services", "checkout-api"), 5),
        [Walk(incidents(services="checkout-api", **FULL), at_once)],
    ),
)

PARTIAL = (
    Question(
        "How many incidents a month since 10 September, and which of the months are not whole?",
        [incidents(started_at={"gte": "2026-09-10"}, group_by="month")],
        _counts_and_partial("month"),
        # The bound is inside September, and `evals.settings.NOW` is inside November.
        lambda store: (
            truth.counts(store, "month", "started_at >= '2026-09-10'"),
            ["2026-09", "2026-11"],
        ),
        all_of({"started_at": {"gte": "2026-09-10"}}),
    ),
    Question(
        "How many incidents a week since Monday 2 November, and which of the weeks are not whole?",
        [incidents(started_at={"gte": "2026-11-02"}, group_by="week")],
        _counts_and_partial("week"),
        lambda store: (
            truth.counts(store, "week", "started_at >= '2026-11-02'"),
            # The week of `evals.settings.NOW`, a Sunday.
            ["2026-11-16"],
        ),
        all_of({"started_at": {"gte": "2026-11-02"}}),
    ),
    Question(
        "How many long incidents began on each day from noon of 18 November to 20 November?",
        [
            incidents(
                started_at={"gte": "2026-11-18T12:00:00Z", "lte": "2026-11-20"},
                where={"lasted": {"gte": "1h"}},
                group_by="day",
            )
        ],
        _counts_and_partial("day"),
        lambda store: (
            truth.counts(
                store,
                "day",
                "started_at >= '2026-11-18T12:00:00.000Z' AND started_at < '2026-11-21'"
                f" AND {lasted('>=', 1)}",
            ),
            ["2026-11-18"],
        ),
        all_of({"started_at": {"gte": "2026-11-18T12:00:00Z", "lte": "2026-11-20"}, **FULL}),
    ),
)
