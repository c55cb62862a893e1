"""What an answer of list_attachments under faults is worth."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.soak.differences import EMPTY, get, kinds
from benchmarks.soak.question import Question, Wrong, notes_of, rows_of

_SHOWN = ("id", "incident_id", "resource_type", "external_id", "title", "permalink")


def judge_attachments(question: Question, answer: Any, sent: Any) -> None:
    """Raises:
    Wrong: an attachment is missing, or a part of one, without a note.
    """
    true, raw = (
        question.document["incident_attachments"],
        each_once(sent["incident_attachments"], answer),
    )
    if len(raw) != len(true):
        raise Wrong(f"{len(raw)} rows were sent instead of {len(true)}: the soak does not know why")
    rows, after, is_cut = rows_of(answer), question.arguments.get("after", ""), "next" in answer
    if answer["count"] != len(rows) or "total" not in answer:
        raise Wrong(f"count {answer['count']}")
    if is_cut != any("rows fit here" in note for note in notes_of(answer)):
        raise Wrong("cut, and no note")
    asked = {name for name in _SHOWN if name in question.arguments}
    by_id = {row["id"]: row for row in rows if "id" in row}
    last = max(by_id, default="") if is_cut else None
    odd = [place for place, one in enumerate(true) if kinds(one, raw[place])]
    for place, one in enumerate(true):
        if place not in odd:
            is_due = one["id"] > after and (last is None or one["id"] <= last)
            _judge_row(one, by_id.get(one["id"]), asked, is_due=is_due)
        elif one["id"] in by_id and get(raw[place], "id") == one["id"]:
            _judge_odd_row(raw[place], by_id[one["id"]], asked, answer)
    if is_cut:
        return
    if after:
        lost = [
            raw[place]
            for place in odd
            if true[place]["id"] > after and not _is_among(raw[place], rows)
        ]
        if lost and not notes_of(answer):
            raise Wrong(f"{lost[0]} is not shown, and no note")
    elif len(rows) != len(true):
        raise Wrong(f"{len(rows)} rows of {len(true)}")
    else:
        _judge_values(
            [raw[place] for place in odd], rows, [one["id"] for one in true], asked, answer
        )


def _judge_row(
    true: Any, shown: Mapping[str, Any] | None, asked: set[str], *, is_due: bool
) -> None:
    """A row that no fault has touched."""
    values = _flat(true)
    expected = {name: values[name] for name in _SHOWN if name not in asked and values.get(name)}
    if is_due != (shown is not None) or (shown is not None and shown.keys() != expected.keys()):
        raise Wrong(f"{shown} instead of {expected}")
    # Titles are cleaned and cut.
    if shown and any(shown[name] != expected[name] for name in expected if name != "title"):
        raise Wrong(f"{shown} instead of {expected}")


def _judge_odd_row(sent: Any, shown: Mapping[str, Any], asked: set[str], answer: Any) -> None:
    for name, value in _values(sent):
        if name not in asked and name not in shown:
            _noted_as_lost(answer, f"{name} of {value!r}")


def _judge_values(
    odd: Sequence[Any],
    rows: Sequence[Mapping[str, Any]],
    ids: Sequence[str],
    asked: set[str],
    answer: Any,
) -> None:
    """Rows whose id a fault has changed cannot be told apart: their values are counted."""
    unknown = [one for one in odd if get(one, "id") not in ids]
    due = sum(name not in asked for one in unknown for name, _ in _values(one))
    shown = [row for row in rows if row.get("id") not in ids]
    if sum(name in _SHOWN and name not in asked for row in shown for name in row) < due:
        _noted_as_lost(answer, f"fewer than {due} values")


def _noted_as_lost(answer: Any, what: str) -> None:
    if not any("in part" in note or "left out" in note for note in notes_of(answer)):
        raise Wrong(f"{what}, and no note")


def each_once(sent: Sequence[Any], answer: Any) -> Sequence[Any]:
    """The rows that were sent, without the second of each where all of them came twice."""
    first, second = sent[::2], sent[1::2]
    if not sent or [get(row, "id") for row in first] != [get(row, "id") for row in second]:
        return sent
    if not any("twice" in note for note in notes_of(answer)):
        raise Wrong("rows that came twice, and no note")
    return first


def _values(sent: Any) -> Iterator[tuple[str, Any]]:
    """What was sent of an attachment, without what is null or empty."""
    values = _flat(sent)
    for name in _SHOWN:
        if values.get(name) is not None and values[name] not in EMPTY:
            yield name, values[name]


def _flat(one: Any) -> dict[str, Any]:
    if not isinstance(one, dict):
        return {}
    resource = one.get("resource")
    own = {name: one.get(name) for name in ("id", "incident_id")}
    return {**(resource if isinstance(resource, dict) else {}), **own}


def _is_among(sent: Any, rows: Sequence[Mapping[str, Any]]) -> bool:
    told = get(sent, "id")
    return any(row.get("id") == (str(told) if isinstance(told, int) else told) for row in rows)
