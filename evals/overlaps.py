"""Questions about what was going on at some time."""

from collections.abc import Sequence
from typing import Any

from evals import truth
from evals.question import (
    NUMBERS,
    Answer,
    Call,
    Question,
    Walk,
    all_of,
    column,
    facts,
    incidents,
    is_number,
    pairs,
    rows,
    total,
)
from evals.runs import MAINTENANCE, during
from sandbox.store import Store

KINDS_OF_MAINTENANCE = ["scheduled", "scheduled_sub"]
UPGRADE = 4778
"""A maintenance of 8 November."""
_EVENING = {"gte": "2026-11-19T14:00:00Z", "lte": "2026-11-19T15:30:00Z"}
_IN_THE_EVENING = during("2026-11-19T14:00:00.000Z", "2026-11-19T15:30:00.000Z")


def _by_paging(begin: str, end: str, **filters: Any) -> list[Walk]:
    """All pages that may hold incidents that ran between these times.

    What ended after *begin* was updated after it. Only `full` rows have all the times that an
    incident may begin or end at. Planned maintenance may have been updated long before.
    """
    view = {**filters, "created_at": {"lte": end}, "view": "full"}
    return all_of({**view, "updated_at": {"gte": begin}}, {**view, "kind": KINDS_OF_MAINTENANCE})


def _meanwhile(answers: Sequence[Answer]) -> Call:
    """What ran during the maintenance in the first answer, and is not maintenance."""
    [row] = rows(answers[0])
    return incidents(
        active_during={"gte": row["scheduled_for"], "lte": row["scheduled_until"]},
        exclude={"kind": KINDS_OF_MAINTENANCE},
        **NUMBERS,
    )


def _true_meanwhile(store: Store) -> list[int]:
    run = truth.named(store, UPGRADE, "scheduled_for, scheduled_until")
    return truth.numbers(store, f"NOT {MAINTENANCE} AND {during(*run.values())}")


DEPLOYS = (
    Question(
        "What overlapped our deploy on 19 November, from 14:00 to 15:30?",
        [incidents(active_during=_EVENING, fields=["sequential_id", "title"], view="table")],
        pairs("sequential_id", "title"),
        lambda store: truth.pairs(store, "sequential_id", "title", _IN_THE_EVENING),
        _by_paging("2026-11-19T14:00:00Z", "2026-11-19T15:30:00Z"),
    ),
    Question(
        "We deployed on 10 and 11 November. Which incidents of production overlapped that?",
        [
            incidents(
                active_during={"gte": "2026-11-10", "lte": "2026-11-11"},
                environments="production",
                **NUMBERS,
            )
        ],
        column("sequential_id"),
        lambda store: truth.numbers(
            store,
            f"{during('2026-11-10T00:00:00.000Z', '2026-11-11T23:59:59.999Z')}"
            f" AND {truth.having('environments', 'production')}",
        ),
        _by_paging("2026-11-10", "2026-11-11", environments="production"),
    ),
    Question(
        "Which teams had an incident at noon on 21 November, when the feature went out?",
        [
            incidents(
                active_during={"gte": "2026-11-21T12:00:00Z", "lte": "2026-11-21T12:00:00Z"},
                group_by="teams",
            )
        ],
        pairs("teams", "incidents"),
        lambda store: truth.counts(
            store, "teams", during("2026-11-21T12:00:00.000Z", "2026-11-21T12:00:00.000Z")
        ),
        _by_paging("2026-11-21T12:00:00Z", "2026-11-21T12:00:00Z"),
    ),
)

HANDOVER = (
    Question(
        "I take over. What was going on in the last eight hours?",
        [
            incidents(
                active_during={"gte": "-8h", "lte": "now"},
                fields=["sequential_id", "title", "status", "severity"],
                view="table",
            )
        ],
        facts("title", "status", "severity"),
        lambda store: truth.by_number(
            store, f"title, status, {truth.slug('severity')}", during("2026-11-21T18:00:00.000Z")
        ),
        _by_paging("-8h", "now"),
    ),
    Question(
        "Which incidents of the payments team were going on yesterday?",
        [
            incidents(
                active_during={"gte": "2026-11-21", "lte": "2026-11-21"},
                teams="payments",
                fields=["sequential_id", "status"],
                view="table",
            )
        ],
        pairs("sequential_id", "status"),
        lambda store: truth.pairs(
            store,
            "sequential_id",
            "status",
            f"{during('2026-11-21T00:00:00.000Z', '2026-11-21T23:59:59.999Z')}"
            f" AND {truth.having('groups', 'payments')}",
        ),
        _by_paging("2026-11-21", "2026-11-21", teams="payments"),
    ),
    Question(
        "How many incidents were going on at midnight?",
        [
            incidents(
                active_during={"gte": "2026-11-22", "lt": "2026-11-22T00:00:01Z"},
                page_size=1,
                fields=["sequential_id"],
            )
        ],
        total,
        lambda store: truth.count(
            store, during("2026-11-22T00:00:00.000Z", "2026-11-22T00:00:00.999Z")
        ),
        _by_paging("2026-11-22", "2026-11-22T00:00:01Z"),
    ),
)

MAINTENANCE_THEN = (
    Question(
        "Was any maintenance going on in the night of 28 October, between 23:00 and 02:00?",
        [
            incidents(
                active_during={"gte": "2026-10-28T23:00:00Z", "lte": "2026-10-29T02:00:00Z"},
                kind=KINDS_OF_MAINTENANCE,
                fields=["sequential_id", "scheduled_for", "scheduled_until"],
                view="table",
            )
        ],
        facts("scheduled_for", "scheduled_until"),
        lambda store: truth.by_number(
            store,
            f"{truth.second('scheduled_for')}, {truth.second('scheduled_until')}",
            f"{MAINTENANCE} AND {during('2026-10-28T23:00:00.000Z', '2026-10-29T02:00:00.000Z')}",
        ),
        [Walk(incidents(kind=KINDS_OF_MAINTENANCE, view="full"))],
    ),
    Question(
        f"What went wrong while the maintenance {UPGRADE} was going on?",
        [
            incidents(sequential_id=str(UPGRADE), fields=["scheduled_for", "scheduled_until"]),
            _meanwhile,
        ],
        column("sequential_id"),
        _true_meanwhile,
        [
            Walk(incidents(kind=KINDS_OF_MAINTENANCE, view="full"), is_number(UPGRADE)),
            *_by_paging("2026-11-08T06:48:00Z", "2026-11-08T20:48:00Z"),
        ],
    ),
    Question(
        "Which maintenance is going on now or will be until the end of 29 November?",
        [
            incidents(
                active_during={"gte": "now", "lte": "2026-11-29"},
                kind=KINDS_OF_MAINTENANCE,
                fields=["sequential_id", "title"],
                view="table",
            )
        ],
        pairs("sequential_id", "title"),
        lambda store: truth.pairs(
            store,
            "sequential_id",
            "title",
            f"{MAINTENANCE} AND {during('2026-11-22T02:00:00.000Z', '2026-11-29T23:59:59.999Z')}",
        ),
        [Walk(incidents(kind=KINDS_OF_MAINTENANCE, view="full"))],
    ),
)
