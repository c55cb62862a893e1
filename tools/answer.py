"""A tool's answer, and how much of it is shown."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic_core import to_json

from tools import times
from tools.text import cut

Row = dict[str, Any] | list[Any]


@dataclass(kw_only=True)
class Answer:
    """Rows, and the facts that stand once.

    `rows_key` is always shown, even when there are none. `facts` stand before the rows, `more` behind them. `total` is the
    vendor's own count. `after(n)` is the continuation behind the first n rows, or None where nothing follows; `carried` are
    further arguments that a continuation needs, and `notes_on_next` what must be known before following it. `count` adds how many
    rows are shown.
    """

    rows_key: str
    rows: list[Row]
    as_of: datetime
    after: Callable[[int], str | None]
    facts: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
    carried: dict[str, Any] = field(default_factory=dict)
    total: int | None = None
    count: bool = False
    notes: list[str] = field(default_factory=list)
    notes_on_next: list[str] = field(default_factory=list)
    sandbox: bool = False


def render(answer: Answer, limit: int) -> tuple[str, dict[str, Any]]:
    """The answer as compact JSON of at most *limit* characters, and as the same structure.

    What does not fit is left to `next`; a first row that does not fit by itself has its texts cut. So at least one row is
    always shown, and a continuation always gets on.
    """
    shown = len(answer.rows)
    document = _document(answer, answer.rows)
    text = to_json(document).decode()
    if len(text) <= limit or not answer.rows:
        return text, document
    room = limit - len(to_json(_document(answer, [], cut_to=0)).decode())
    for shown, row in enumerate(answer.rows):  # noqa: B007
        room -= len(to_json(row).decode()) + 1
        if room < 0:
            break
    while shown:
        document = _document(answer, answer.rows[:shown], cut_to=shown)
        text = to_json(document).decode()
        if len(text) <= limit:
            return text, document
        shown -= 1
    for longest in (1_000, 300, 100, 30, 10, 3):
        row = _trimmed_row(answer.rows[0], longest)
        document = _document(answer, [row], cut_to=1, trimmed=row != answer.rows[0])
        text = to_json(document).decode()
        if len(text) <= limit:
            return text, document
    while row and len(text) > limit:  # So many fields are only there where all were asked for.
        row = row[:-1] if isinstance(row, list) else dict([*row.items()][:-1])
        document = _document(answer, [row], cut_to=1, trimmed=True)
        text = to_json(document).decode()
    return text, document


def _document(answer: Answer, rows: list[Row], cut_to: int | None = None, trimmed: bool = False) -> dict[str, Any]:
    after = answer.after(len(rows))
    notes = [*answer.notes, *(answer.notes_on_next if after else ())]
    if cut_to is not None and cut_to < len(answer.rows):
        how = "go on with next, or ask for fewer fields" if after else "narrow the question"
        notes.append(f"{cut_to} of {len(answer.rows)} rows fit here: {how}.")
    if trimmed:
        notes.append("Long texts and lists of this row are cut.")
    optional = {
        "count": len(rows) if answer.count else None,
        "total": answer.total,
        **answer.more,
        "next": {"after": after, **answer.carried} if after else None,
        "as_of": times.stamp(answer.as_of.replace(microsecond=0)),
        "notes": notes or None,
        "source": "sandbox" if answer.sandbox else None,
    }
    return {
        **answer.facts,
        answer.rows_key: rows,
        **{key: value for key, value in optional.items() if value is not None},
    }


def _trimmed_row(row: Row, longest: int) -> Row:
    if isinstance(row, list):
        return [_trimmed(cell, longest) for cell in row]
    return {key: trimmed for key, cell in row.items() if (trimmed := _trimmed(cell, longest)) is not None}


def _trimmed(value: Any, longest: int) -> Any:
    """*value* with every text cut, and every list and object shortened, to *longest*; None where nothing of it is left."""
    match value:
        case str() if len(value) > longest:
            # A link that is cut leads nowhere.
            return None if value.startswith(("http://", "https://")) else cut(value, longest)
        case list():
            trimmed = [_trimmed(item, longest) for item in value[:longest]]
            return [item for item in trimmed if item is not None] or None
        case dict():
            kept = {key: _trimmed(item, longest) for key, item in [*value.items()][:longest]}
            return {key: item for key, item in kept.items() if item is not None} or None
    return value
