"""Checks an answer without faults, by SQL on the sandbox's data."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.soak.answers import Wrong, has_note, notes_of, rows_of
from benchmarks.soak.question import Question
from sandbox.store import Store
from tools.rootly.relations import SLUGS

_COLUMNS: Mapping[str, str] = {
    "id": "id",
    "sequential_id": "sequential_id",
    "status": "status",
    "kind": "kind",
    "url": "coalesce(short_url, url)",
    "pagerduty_incident_id": "pagerduty_incident_id",
    "source": "source",
    "created_at": "substr(created_at, 1, 19) || 'Z'",
    "started_at": "substr(started_at, 1, 19) || 'Z'",
    "resolved_at": "substr(resolved_at, 1, 19) || 'Z'",
    "updated_at": "substr(updated_at, 1, 19) || 'Z'",
}
"""The fields that come from one column of the sandbox's table, as SQL."""
_SLUGS_OF_INCIDENT = (
    "SELECT resources.slug FROM links"
    " JOIN resources USING (key) JOIN incidents USING (sequential_id)"
    " WHERE incidents.id = ? AND relation = ? ORDER BY position"
)


def check(question: Question, store: Store) -> None:
    """Check the answer of *question*.

    Raises:
        Wrong: the answer has wrong rows, values or totals, or ends too early.
    """
    problems = list(_problems(question, store))
    if problems:
        answer = json.dumps(question.answer)[:2_000]
        raise Wrong(
            f"without faults, {', '.join(problems)}: "
            f"{question.setting} {question.arguments} → {answer}"
        )


def _problems(question: Question, store: Store) -> Iterator[str]:
    if question.tool == "list_incidents":
        yield from _incident_problems(question, store)
    else:
        yield from _attachment_problems(question)
    rows = rows_of(question.answer)
    if not all(rows):
        yield "an empty row"
    if "next" not in question.answer and question.start + len(rows) < len(question.matched):
        yield "next"
    yield from _unreadable_fields(question)


def _attachment_problems(question: Question) -> Iterator[str]:
    ids = [row["id"] for row in rows_of(question.answer)]
    if question.answer["total"] != len(question.matched):
        yield "total"
    if ids != _expected_ids(question):
        yield "rows"


def _incident_problems(question: Question, store: Store) -> Iterator[str]:
    answer = question.answer
    rows = rows_of(answer)
    if answer.get("total") != _expected_total(question):
        yield "total"
    expected_ids = _expected_ids(question)
    if len(rows) != len(expected_ids):
        yield "rows"
    if has_note(answer, "are cut"):
        return
    for id_, row in zip(expected_ids, rows, strict=False):
        yield from _wrong_columns(question, id_, row, store)
        yield from _wrong_slugs(question, id_, row, store)


def _expected_ids(question: Question) -> list[str]:
    end = question.start + len(rows_of(question.answer))
    return list(question.matched[question.start : end])


def _expected_total(question: Question) -> int | None:
    if not question.setting.has_totals:
        return None
    # Later pages by created_at ask only for the rest, so Rootly does not count everything.
    if "after" in question.arguments and question.sort_key == "created_at":
        return None
    return len(question.matched)


def _unreadable_fields(question: Question) -> Iterator[str]:
    """The checked fields that a note reports as not readable."""
    notes = [note for note in notes_of(question.answer) if "not readable" in note]
    for name in question.columns:
        if name in _COLUMNS or name in SLUGS:
            mentions = [note for note in notes if f" {name} (" in note]
            yield from [f"{name} not readable"] * len(mentions)


def _wrong_columns(
    question: Question, id_: str, row: Mapping[str, Any], store: Store
) -> Iterator[str]:
    names = [name for name in question.columns if name in _COLUMNS]
    if not names:
        return
    select = ", ".join(_COLUMNS[name] for name in names)
    [values] = store.rows(f"SELECT {select} FROM incidents WHERE id = ?", [id_])
    expected = dict(zip(names, values, strict=True))
    if (
        "fields" not in question.arguments
        and "kind" not in row
        and expected.get("kind") == "normal"
    ):
        # Views leave out the usual kind.
        del expected["kind"]
    for name, value in expected.items():
        if row.get(name) != value:
            yield f"{name} of {id_}"


def _wrong_slugs(
    question: Question, id_: str, row: Mapping[str, Any], store: Store
) -> Iterator[str]:
    included = question.arguments.get("include", ())
    for name, relation in SLUGS.items():
        if name not in question.columns or relation in included:
            continue
        slugs = store.values(_SLUGS_OF_INCIDENT, [id_, relation])
        if row.get(name, []) != slugs:
            yield f"{name} of {id_}"
