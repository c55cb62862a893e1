"""Questions about action items: which are overdue, and which are still open."""

from collections.abc import Sequence

from evals import truth
from evals.question import Answer, Question, all_of, column, incidents, pairs, rows, total
from sandbox.store import Store

_UNFINISHED = "json_extract(attributes, '$.status') IN ('open', 'in_progress')"
_LATE = f"{_UNFINISHED} AND json_extract(attributes, '$.due_date') < '2026-11-22'"
"""Due before the day of `evals.settings.NOW`."""
_IMPORTANT = {"severity": ["sev0", "sev1"]}
_IS_IMPORTANT = truth.having("severity", "sev0", "sev1")


def _with_items(condition: str) -> str:
    """A condition: the incident has an action item that meets *condition*."""
    return (
        "sequential_id IN (SELECT sequential_id FROM links JOIN resources USING (key)"
        f" WHERE relation = 'action_items' AND {condition})"
    )


HAS_OPEN = _with_items(_UNFINISHED)
HAS_OVERDUE = _with_items(_LATE)


def _late_items(answers: Sequence[Answer]) -> set[tuple[int, str, str]]:
    """Of each action item in the last answer: the incident's number, the summary and the person."""
    late = set()
    for row in rows(answers[-1]):
        for item in row["action_items"]:
            late.add((row["sequential_id"], item["summary"], item["person"]))
    return late


def _true_late_items(store: Store, where: str) -> set[tuple[int, str, str]]:
    items = store.rows(
        "SELECT sequential_id, json_extract(attributes, '$.summary'),"
        " json_extract(attributes, '$.assigned_to.full_name')"
        " FROM incidents JOIN links USING (sequential_id) JOIN resources USING (key)"
        f" WHERE relation = 'action_items' AND {_LATE} AND {where}"
    )
    return {tuple(row) for row in items}


OVERDUE = (
    Question(
        "In which of payments' incidents since September is an action item overdue?",
        [
            incidents(
                where={"action_items": "overdue"},
                teams="payments",
                created_at={"gte": "2026-09-01"},
                page_size=100,
                fields=["sequential_id"],
                view="table",
            )
        ],
        column("sequential_id"),
        lambda store: truth.numbers(
            store,
            f"{HAS_OVERDUE} AND {truth.having('groups', 'payments')}"
            " AND created_at >= '2026-09-01'",
        ),
        all_of(
            {"teams": "payments", "created_at": {"gte": "2026-09-01"}, "include": "action_items"}
        ),
    ),
    Question(
        "How many incidents have an overdue action item?",
        [incidents(where={"action_items": "overdue"}, page_size=1, fields=["sequential_id"])],
        total,
        lambda store: truth.count(store, HAS_OVERDUE),
        all_of({"include": "action_items"}),
    ),
    Question(
        "What is overdue after the sev0s and sev1s since 15 October, and whose is it?",
        [
            incidents(
                where={"action_items": "overdue"},
                **_IMPORTANT,
                created_at={"gte": "2026-10-15"},
                fields=["sequential_id"],
                view="table",
            )
        ],
        _late_items,
        lambda store: _true_late_items(store, f"created_at >= '2026-10-15' AND {_IS_IMPORTANT}"),
        all_of(
            {**_IMPORTANT, "created_at": {"gte": "2026-10-15"}, "include": "action_items"},
        ),
    ),
)

OPEN = (
    Question(
        "Which teams have incidents with open action items, and how many each?",
        [incidents(where={"action_items": "open"}, group_by="teams")],
        pairs("teams", "incidents"),
        lambda store: truth.counts(store, "teams", HAS_OPEN),
        all_of({"include": "action_items"}),
    ),
    Question(
        "How many sev0s and sev1s still have open action items, by month?",
        [incidents(where={"action_items": "open"}, **_IMPORTANT, group_by="month")],
        pairs("month", "incidents"),
        lambda store: truth.counts(store, "month", f"{_IS_IMPORTANT} AND {HAS_OPEN}"),
        all_of({**_IMPORTANT, "include": "action_items"}),
    ),
    Question(
        "Which closed sev0s and sev1s since September still have an open action item?",
        [
            incidents(
                where={"action_items": "open"},
                **_IMPORTANT,
                status="closed",
                created_at={"gte": "2026-09-01"},
                page_size=100,
                fields=["sequential_id"],
                view="table",
            )
        ],
        column("sequential_id"),
        lambda store: truth.numbers(
            store,
            f"status = 'closed' AND {_IS_IMPORTANT} AND created_at >= '2026-09-01' AND {HAS_OPEN}",
        ),
        all_of(
            {
                **_IMPORTANT,
                "status": "closed",
                "created_at": {"gte": "2026-09-01"},
                "include": "action_items",
            }
        ),
    ),
)
