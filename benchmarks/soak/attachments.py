"""Judges an answer of list_attachments under faults."""

from collections.abc import Mapping, Sequence
from functools import cached_property
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
    page = _Page(question, answer)
    page.judge_counts()
    altered = []
    for true_row, sent_row in zip(true_rows, sent_rows, strict=True):
        if not changes(true_row, sent_row):
            page.judge_intact_row(true_row)
            continue
        id_ = true_row["id"]
        altered.append((id_, sent_row))
        if get(sent_row, "id") == id_:
            page.judge_altered_row(sent_row)

    if page.is_cut:
        return
    if page.after:
        page.judge_lost_rows([sent_row for id_, sent_row in altered if id_ > page.after])
    elif len(page.rows) != len(true_rows):
        raise Wrong(f"{len(page.rows)} rows of {len(true_rows)}")
    else:
        page.judge_values([sent_row for _, sent_row in altered], _ids(true_rows))


class _Page:
    """An answer of list_attachments.

    `fields`: The fields that its rows can have. A field that the query fixes is outside the rows.
    `after`: The id of the last row on the pages before.
    """

    def __init__(self, question: Question, answer: Any) -> None:
        self._answer = answer
        self.rows: Sequence[Mapping[str, Any]] = rows_of(answer)
        self.is_cut = "next" in answer
        self.fields = [name for name in _FIELDS if name not in question.arguments]
        self.after = question.arguments.get("after", "").partition(".")[2]

    @cached_property
    def _rows_by_id(self) -> dict[str, Mapping[str, Any]]:
        return {row["id"]: row for row in self.rows if "id" in row}

    def judge_counts(self) -> None:
        if self._answer["count"] != len(self.rows) or "total" not in self._answer:
            raise Wrong(f"count {self._answer['count']}")
        if self.is_cut != has_note(self._answer, "rows fit here"):
            raise Wrong("cut, and no note")

    def judge_intact_row(self, true_row: Any) -> None:
        """Judge a row that no fault changed."""
        values = _flat(true_row)
        expected = {name: values[name] for name in self.fields if values.get(name)}
        row = self._rows_by_id.get(true_row["id"])
        is_expected = self._is_expected(true_row["id"])
        if row is None and is_expected:
            raise Wrong(f"no row instead of {expected}")
        if row is not None and not (is_expected and _is_equal(row, expected)):
            raise Wrong(f"{row} instead of {expected}")

    def _is_expected(self, id_: str) -> bool:
        """Whether the row with this id belongs on this page."""
        last_id = max(self._rows_by_id, default="")
        if self.is_cut and id_ > last_id:
            return False
        return bool(id_ > self.after)

    def judge_altered_row(self, sent_row: Any) -> None:
        """Judge a row that a fault changed, but not its id."""
        row = self._rows_by_id.get(sent_row["id"])
        if row is None:
            return
        for name, value in _values(sent_row, self.fields).items():
            if name not in row:
                self._require_note_of_loss(f"{name} of {value!r}")

    def judge_lost_rows(self, sent_rows: Sequence[Any]) -> None:
        lost = [sent_row for sent_row in sent_rows if not _is_among(sent_row, self.rows)]
        if lost and not notes_of(self._answer):
            raise Wrong(f"{lost[0]} is not shown, and no note")

    def judge_values(self, sent_rows: Sequence[Any], ids: Sequence[str]) -> None:
        """Judge rows whose ids a fault changed.

        It is not known which row is which, so their values are counted.
        """
        expected = 0
        for sent_row in sent_rows:
            if get(sent_row, "id") not in ids:
                expected += len(_values(sent_row, self.fields))
        number = 0
        for row in self.rows:
            if row.get("id") not in ids:
                number += len(row.keys() & set(self.fields))
        if number < expected:
            self._require_note_of_loss(f"fewer than {expected} values")

    def _require_note_of_loss(self, loss: str) -> None:
        if not has_note(self._answer, "in part", "left out"):
            raise Wrong(f"{loss}, and no note")


def _is_equal(row: Mapping[str, Any], expected: Mapping[str, Any]) -> bool:
    # The tool cleans and cuts titles.
    any_title = {"title": None}
    return row.keys() == expected.keys() and {**row, **any_title} == {**expected, **any_title}


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


def _values(sent_row: Any, names: Sequence[str]) -> dict[str, Any]:
    """Those of the fields that are neither null nor empty."""
    values = _flat(sent_row)
    filled = {}
    for name in names:
        value = values.get(name)
        if value is not None and value not in EMPTY:
            filled[name] = value
    return filled


def _flat(attachment: Any) -> dict[str, Any]:
    """The fields of an attachment and of its resource."""
    if not isinstance(attachment, dict):
        return {}
    values = {}
    if isinstance(attachment.get("resource"), dict):
        values.update(attachment["resource"])
    values["id"] = attachment.get("id")
    values["incident_id"] = attachment.get("incident_id")
    return values


def _is_among(sent_row: Any, rows: Sequence[Mapping[str, Any]]) -> bool:
    id_ = get(sent_row, "id")
    if isinstance(id_, int):
        id_ = str(id_)
    return id_ in _ids(rows)
