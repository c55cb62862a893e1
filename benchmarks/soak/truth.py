"""Whether an answer without faults is what the sandbox's world has, by SQL."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.soak.question import Question, Wrong, notes_of, rows_of
from sandbox.store import Store
from tools.rootly.relations import SLUGS


def check(question: Question, store: Store) -> None:
    """Raises:
    Wrong: the answer has other rows, another total or other values, or ends too early.
    """
    of_tool = (
        _of_one_incident_list if question.tool == "list_incidents" else _of_one_attachment_list
    )
    problems = [*of_tool(question, store)]
    rows = rows_of(question.answer)
    if not all(rows):
        problems.append("an empty row")
    if "next" not in question.answer and question.start + len(rows) < len(question.matched):
        problems.append("next")
    checked = [name for name in question.columns if name in (*_PLAIN, *SLUGS)]
    unreadable = [note for note in notes_of(question.answer) if "not readable" in note]
    problems += [
        f"{name} not readable" for name in checked for note in unreadable if f" {name} (" in note
    ]
    if problems:
        told = json.dumps(question.answer)[:2_000]
        raise Wrong(
            f"without faults, {', '.join(problems)}: {question.setting} {question.arguments} → {told}"
        )


def _of_one_attachment_list(question: Question, store: Store) -> Iterator[str]:
    ids = [row["id"] for row in rows_of(question.answer)]
    if question.answer["total"] != len(question.matched):
        yield "total"
    if ids != question.matched[question.start :][: len(ids)]:
        yield "rows"


_PLAIN: Mapping[str, str] = {
    "id": "id",
    "sequential_id": "sequential_id",
    "status": "status",
    "kind": "kind",
    "url": "coalesce(short_url, url)",
    "pagerduty_incident_id": "pagerduty_incident_id",
    "source": "source",
    **{
        name: f"substr({name}, 1, 19) || 'Z'"
        for name in ("created_at", "started_at", "resolved_at", "updated_at")
    },
}
"""Fields that are columns, as SQL."""


def _of_one_incident_list(question: Question, store: Store) -> Iterator[str]:
    answer, rows = question.answer, rows_of(question.answer)
    # Later pages by created_at ask for what remains, and do not count everything.
    is_later = "after" in question.arguments and question.sort_key == "created_at"
    if answer.get("total") != (
        None if is_later or not question.setting.has_totals else len(question.matched)
    ):
        yield "total"
    expected = question.matched[question.start :][: len(rows)]
    if len(rows) != len(expected):
        yield "rows"
    if any("are cut" in note for note in notes_of(answer)):
        return
    for id_, row in zip(expected, rows, strict=False):
        yield from _of_columns(question, id_, row, store)
        yield from _of_slugs(question, id_, row, store)


def _of_columns(
    question: Question, id_: str, row: Mapping[str, Any], store: Store
) -> Iterator[str]:
    names = [name for name in question.columns if name in _PLAIN]
    select = ", ".join([*(_PLAIN[name] for name in names), "1"])
    [values] = store.rows(f"SELECT {select} FROM incidents WHERE id = ?", [id_])
    for name, value in zip(names, values, strict=False):
        goes_without_saying = (
            name == "kind" and value == "normal" and "fields" not in question.arguments
        )
        if row.get(name) != value and not (goes_without_saying and name not in row):
            yield f"{name} of {id_}"


def _of_slugs(question: Question, id_: str, row: Mapping[str, Any], store: Store) -> Iterator[str]:
    for name, relation in SLUGS.items():
        if name not in question.columns or relation in question.arguments.get("include", ()):
            continue
        slugs = store.rows(
            "SELECT resources.slug FROM links JOIN resources USING (key) JOIN incidents USING (sequential_id)"
            " WHERE incidents.id = ? AND relation = ? ORDER BY position",
            [id_, relation],
        )
        if row.get(name, []) != [slug[0] for slug in slugs]:
            yield f"{name} of {id_}"
