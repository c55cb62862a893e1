"""Judges an answer of list_attachments under faults."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.soak.answers import Wrong, has_note, notes_of, rows_of
from benchmarks.soak.differences import EMPTY, changes, get
from benchmarks.soak.question import Question

_FIELDS = ("id", "incident_id", "resource_type", "external_id", "title", "permalink")


def judge_attachments(question: Question, answer: Any, sent: Any) -> None:
    """Compare an answer with the true rows, and with the rows that were sent.

    Raises:
        Wrong: an attachment is missing, or a part of one, and no note says so.
    """
    true_rows = question.document["incident_attachments"]
    sent_rows = each_once(sent["incident_attachments"], answer)
    if len(sent_rows) != len(true_rows):
        raise Wrong(f"{len(sent_rows)} rows were sent instead of {len(true_rows)}: reason unknown")
    rows = rows_of(answer)
    is_cut = "next" in answer
    if answer["count"] != len(rows) or "total" not in answer:
        raise Wrong(f"count {answer['count']}")
    if is_cut != has_note(answer, "rows fit here"):
        raise Wrong("cut, and no note")

    # What the query fixed is outside the rows.
    expected_fields = [name for name in _FIELDS if name not in question.arguments]
    rows_by_id = {row["id"]: row for row in rows if "id" in row}
    after = question.arguments.get("after", "")
    last_id = max(rows_by_id, default="")
    altered = []
    for true_row, sent_row in zip(true_rows, sent_rows, strict=True):
        id_ = true_row["id"]
        row = rows_by_id.get(id_)
        if not changes(true_row, sent_row):
            is_due = id_ > after and (not is_cut or id_ <= last_id)
            _judge_intact_row(true_row, row, expected_fields, is_due=is_due)
            continue
        altered.append((id_, sent_row))
        if row is not None and get(sent_row, "id") == id_:
            _judge_altered_row(sent_row, row, expected_fields, answer)

    if is_cut:
        return
    if after:
        due = [sent_row for id_, sent_row in altered if id_ > after]
        _judge_lost_rows(due, rows, answer)
    elif len(rows) != len(true_rows):
        raise Wrong(f"{len(rows)} rows of {len(true_rows)}")
    else:
        ids = [row["id"] for row in true_rows]
        _judge_values([sent_row for _, sent_row in altered], rows, ids, expected_fields, answer)


def _judge_intact_row(
    true_row: Any, row: Mapping[str, Any] | None, expected_fields: Sequence[str], *, is_due: bool
) -> None:
    """A row that no fault changed."""
    values = _flat(true_row)
    expected = {name: values[name] for name in expected_fields if values.get(name)}
    if row is None:
        if is_due:
            raise Wrong(f"no row instead of {expected}")
        return
    # Titles are cleaned and cut.
    differs = any(row.get(name) != expected[name] for name in expected if name != "title")
    if not is_due or row.keys() != expected.keys() or differs:
        raise Wrong(f"{row} instead of {expected}")


def _judge_altered_row(
    sent_row: Any, row: Mapping[str, Any], expected_fields: Sequence[str], answer: Any
) -> None:
    for name, value in _values(sent_row):
        if name in expected_fields and name not in row:
            _require_note_of_loss(answer, f"{name} of {value!r}")


def _judge_lost_rows(due: Sequence[Any], rows: Sequence[Mapping[str, Any]], answer: Any) -> None:
    lost = [sent_row for sent_row in due if not _is_among(sent_row, rows)]
    if lost and not notes_of(answer):
        raise Wrong(f"{lost[0]} is not shown, and no note")


def _judge_values(
    altered: Sequence[Any],
    rows: Sequence[Mapping[str, Any]],
    ids: Sequence[str],
    expected_fields: Sequence[str],
    answer: Any,
) -> None:
    """If a fault changed a row's id, it is not known which row it is. So values are counted."""
    due = 0
    for sent_row in altered:
        if get(sent_row, "id") not in ids:
            due += sum(name in expected_fields for name, _ in _values(sent_row))
    shown = 0
    for row in rows:
        if row.get("id") not in ids:
            shown += sum(name in expected_fields for name in row)
    if shown < due:
        _require_note_of_loss(answer, f"fewer than {due} values")


def _require_note_of_loss(answer: Any, loss: str) -> None:
    if not has_note(answer, "in part", "left out"):
        raise Wrong(f"{loss}, and no note")


def each_once(sent: Sequence[Any], answer: Any) -> Sequence[Any]:
    """The rows that were sent. If all of them came twice, one row of each pair.

    Raises:
        Wrong: they came twice, and no note says so.
    """
    first, second = sent[::2], sent[1::2]
    if not sent or _ids(first) != _ids(second):
        return sent
    if not has_note(answer, "twice"):
        raise Wrong("rows that came twice, and no note")
    return first


def _ids(rows: Sequence[Any]) -> list[Any]:
    return [get(row, "id") for row in rows]


def _values(sent_row: Any) -> Iterator[tuple[str, Any]]:
    """The fields of an attachment that are neither null nor empty."""
    values = _flat(sent_row)
    for name in _FIELDS:
        value = values.get(name)
        if value is not None and value not in EMPTY:
            yield name, value


def _flat(attachment: Any) -> dict[str, Any]:
    """The fields of an attachment and of its resource."""
    if not isinstance(attachment, dict):
        return {}
    resource = attachment.get("resource")
    values = dict(resource) if isinstance(resource, dict) else {}
    values["id"] = attachment.get("id")
    values["incident_id"] = attachment.get("incident_id")
    return values


def _is_among(sent_row: Any, rows: Sequence[Mapping[str, Any]]) -> bool:
    id_ = get(sent_row, "id")
    if isinstance(id_, int):
        id_ = str(id_)
    return any(row.get("id") == id_ for row in rows)
