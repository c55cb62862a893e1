"""Questions that need several conditions, more facts than a condition shows, or several pages."""

from collections.abc import Callable, Sequence
from typing import Any

from evals import truth
from evals.follow_ups import HAS_OPEN, HAS_OVERDUE
from evals.live import LIVE
from evals.people import involving
from evals.question import (
    FULL,
    NUMBERS,
    Answer,
    Question,
    all_of,
    column,
    following,
    incidents,
    pairs,
    rows,
    total,
)
from evals.runs import during, lasted
from sandbox.store import Store

_ALL_FACTS = {**FULL, "include": ["roles", "action_items"]}
_LATE_SUMMER = {"gte": "2026-08-15", "lte": "2026-09-15"}
_IN_LATE_SUMMER = during("2026-08-15T00:00:00.000Z", "2026-09-15T23:59:59.999Z")
_NUMBERS_BY_25 = {**NUMBERS, "page_size": 25}
_LONG = incidents(where={"lasted": {"gte": "3h"}}, **_NUMBERS_BY_25)
_OF_MENSAH = incidents(
    where={"person": "Mensah"},
    started_at={"gte": "2026-08-01"},
    sort="started_at",
    **_NUMBERS_BY_25,
)


def _counts(*by: str) -> Callable[[Sequence[Answer]], dict[tuple[Any, ...], int]]:
    """Reads the number of incidents of each group."""

    def read(answers: Sequence[Answer]) -> dict[tuple[Any, ...], int]:
        return {tuple(row[: len(by)]): row[len(by)] for row in answers[-1]["rows"]}

    return read


def _true_counts(*by: str, where: str) -> Callable[[Store], dict[tuple[Any, ...], int]]:
    def read(store: Store) -> dict[tuple[Any, ...], int]:
        return {key: values[0] for key, values in truth.groups(store, by, where).items()}

    return read


def _numbers(answers: Sequence[Answer]) -> list[int]:
    """The numbers of all rows in all answers."""
    return [row["sequential_id"] for answer in answers for row in rows(answer)]


def _people(answers: Sequence[Answer]) -> dict[int, set[tuple[str, str]]]:
    """The roles and people of each incident in the last answer."""
    people = {}
    for row in rows(answers[-1]):
        people[row["sequential_id"]] = {
            (role["role"].strip(), role["person"]) for role in row["roles"]
        }
    return people


def _true_people(store: Store, where: str) -> dict[int, set[tuple[str, str]]]:
    people = {}
    for number in truth.numbers(store, where):
        roles = truth.attributes(
            store,
            number,
            "roles",
            "incident_role.data.attributes.name",
            "user.data.attributes.full_name",
        )
        people[number] = {(role.strip(), person) for role, person in roles if person}
    return people


GROUPED = (
    Question(
        "How did the incidents that Ravi Menon had to do with develop, by month and severity?",
        [
            incidents(
                where={"person": "Ravi Menon"},
                created_at={"gte": "2026-10-01"},
                group_by=["month", "severity"],
            )
        ],
        _counts("month", "severity"),
        _true_counts(
            "month", "severity", where=f"created_at >= '2026-10-01' AND {involving('Ravi Menon')}"
        ),
        all_of({"created_at": {"gte": "2026-10-01"}, **_ALL_FACTS}),
    ),
    Question(
        "Of what was going on from 15 August to 15 September, how much is overdue, by environment?",
        [
            incidents(
                active_during=_LATE_SUMMER,
                where={"action_items": "overdue"},
                group_by="environments",
            )
        ],
        _counts("environments"),
        _true_counts("environments", where=f"{_IN_LATE_SUMMER} AND {HAS_OVERDUE}"),
        all_of({"created_at": {"lte": "2026-09-15"}, **_ALL_FACTS}),
    ),
    Question(
        "In which weeks since October did incidents of production last longer than two hours?",
        [
            incidents(
                where={"lasted": {"gt": "2h"}},
                environments="production",
                created_at={"gte": "2026-10-01"},
                group_by="week",
            )
        ],
        _counts("week"),
        _true_counts(
            "week",
            where="created_at >= '2026-10-01' AND"
            f" {truth.having('environments', 'production')} AND {lasted('>', 2)}",
        ),
        all_of({"environments": "production", "created_at": {"gte": "2026-10-01"}, **FULL}),
    ),
)

SEVERAL_CONDITIONS = (
    Question(
        "Which incidents of Leila Haddad took more than two hours and still have open items?",
        [
            incidents(
                where={"person": "Leila Haddad", "lasted": {"gt": "2h"}, "action_items": "open"},
                **NUMBERS,
            )
        ],
        column("sequential_id"),
        lambda store: truth.numbers(
            store, f"{involving('Leila Haddad')} AND {lasted('>', 2)} AND {HAS_OPEN}"
        ),
        all_of(_ALL_FACTS),
    ),
    Question(
        "How many incidents with timeouts ran in October, and for an hour or more?",
        [
            incidents(
                search="timeouts",
                active_during={"gte": "2026-10-01", "lte": "2026-10-31"},
                where={"lasted": {"gte": "1h"}},
                page_size=1,
                fields=["sequential_id"],
            )
        ],
        total,
        lambda store: truth.count(
            store,
            "(title LIKE '%timeouts%' OR summary LIKE '%timeouts%')"
            f" AND {during('2026-10-01T00:00:00.000Z', '2026-10-31T23:59:59.999Z')}"
            f" AND {lasted('>=', 1)}",
        ),
        all_of({"created_at": {"lte": "2026-10-31"}, "updated_at": {"gte": "2026-10-01"}, **FULL}),
    ),
    Question(
        "Which sev0s and sev1s, tests and maintenance aside, ran since 15 November and"
        " involved Kwame?",
        [
            incidents(
                severity=["sev0", "sev1"],
                exclude={"kind": ["test", "test_sub", "example", "example_sub", "scheduled"]},
                active_during={"gte": "2026-11-15", "lte": "2026-11-21"},
                where={"person": "Kwame"},
                **NUMBERS,
            )
        ],
        column("sequential_id"),
        lambda store: truth.numbers(
            store,
            f"{truth.having('severity', 'sev0', 'sev1')}"
            " AND kind NOT IN ('test', 'test_sub', 'example', 'example_sub', 'scheduled')"
            f" AND {during('2026-11-15T00:00:00.000Z', '2026-11-21T23:59:59.999Z')}"
            f" AND {involving('Kwame %')}",
        ),
        all_of(
            {
                "severity": ["sev0", "sev1"],
                "updated_at": {"gte": "2026-11-15"},
                **_ALL_FACTS,
            }
        ),
    ),
)

WITH_MORE_FACTS = (
    Question(
        "Who is in charge of what has been live for more than a day?",
        [
            incidents(
                status=LIVE,
                where={"lasted": {"gt": "1d"}},
                fields=["sequential_id"],
                include="roles",
            )
        ],
        _people,
        lambda store: _true_people(store, f"{truth.LIVE} AND {lasted('>', 24)}"),
        all_of({"status": LIVE, **_ALL_FACTS}),
    ),
    Question(
        "What caused the incidents of November that took more than three hours?",
        [
            incidents(
                where={"lasted": {"gt": "3h"}},
                created_at={"gte": "2026-11-01"},
                page_size=100,
                fields=["sequential_id", "causes"],
                view="table",
            )
        ],
        lambda answers: {
            number: {*(causes or ())}
            for number, causes in pairs("sequential_id", "causes")(answers).items()
        },
        lambda store: {
            number: {*truth.attribute(store, number, "causes", "slug")}
            for number in truth.numbers(store, f"created_at >= '2026-11-01' AND {lasted('>', 3)}")
        },
        all_of({"created_at": {"gte": "2026-11-01"}, "include": "causes", **FULL}),
    ),
    Question(
        "What did the people write who resolved what ran on 5 November?",
        [
            incidents(
                active_during={"gte": "2026-11-05", "lte": "2026-11-05"},
                status=["resolved", "closed"],
                fields=["sequential_id", "resolution_message"],
                view="table",
            )
        ],
        pairs("sequential_id", "resolution_message"),
        lambda store: truth.pairs(
            store,
            "sequential_id",
            "resolution_message",
            "status IN ('resolved', 'closed')"
            f" AND {during('2026-11-05T00:00:00.000Z', '2026-11-05T23:59:59.999Z')}",
        ),
        all_of(
            {
                "status": ["resolved", "closed"],
                "created_at": {"lte": "2026-11-05"},
                "updated_at": {"gte": "2026-11-05"},
                **FULL,
            }
        ),
    ),
)

NEXT_PAGES = (
    Question(
        "Which are the 75 newest incidents that took three hours or more?",
        [_LONG, following(_LONG), following(_LONG)],
        _numbers,
        lambda store: truth.numbers(store, lasted(">=", 3), "ORDER BY created_at DESC LIMIT 75"),
        all_of(FULL),
    ),
    Question(
        "And the 50 first incidents since August with Mensah, by their start?",
        [_OF_MENSAH, following(_OF_MENSAH)],
        _numbers,
        lambda store: truth.numbers(
            store,
            f"started_at >= '2026-08-01' AND {involving('% Mensah')}",
            "ORDER BY started_at LIMIT 50",
        ),
        all_of({"started_at": {"gte": "2026-08-01"}, "sort": "started_at", **_ALL_FACTS}),
    ),
    Question(
        "Of the incidents with overdue action items, which are the eleventh to the twentieth?",
        [
            incidents(
                where={"action_items": "overdue"},
                fields=["sequential_id"],
                view="table",
                page_number=2,
                page_size=10,
            )
        ],
        column("sequential_id"),
        lambda store: truth.numbers(
            store, HAS_OVERDUE, "ORDER BY created_at DESC LIMIT 10 OFFSET 10"
        ),
        all_of({"include": "action_items"}),
    ),
)
