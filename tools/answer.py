"""A tool's answer, and how it is laid out within the limit for a result."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic_core import to_json

from tools import times
from tools.text import cut

Row = dict[str, Any] | list[Any]

_USUAL_SKEW = timedelta(minutes=1)
_NOTE = 120
"""Characters that a note on what was cut takes, about."""


@dataclass(kw_only=True)
class Answer:
    """Rows, and the facts that stand once.

    `as_of` is by our clock. The dispatcher sets `sandbox` (the data is made up) and *ahead* (of the
    vendor's clock, compared with ours); a tool does not.

    `rows_key` is always there, even when there are no rows. `facts` stand before the rows, `more` after them. `total` is the
    vendor's own count. `next` has the arguments that go on after the last row, and is None at the end. `count` adds how many rows
    there are.

    `shorter(n)` makes the same answer with at most n rows (at least one, and fewer than now), and a `next` that goes on after
    them. Without it the rows are cut, and nothing goes on.
    """

    rows_key: str
    rows: list[Row]
    as_of: datetime
    facts: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
    next: dict[str, Any] | None = None
    shorter: "Callable[[int], Awaitable[Answer]] | None" = None
    total: int | None = None
    count: bool = False
    notes: list[str] = field(default_factory=list)
    sandbox: bool = False
    ahead: timedelta = timedelta()


async def lay_out(answer: Answer, limit: int) -> tuple[str, dict[str, Any]]:
    """The answer as compact JSON of at most *limit* characters, and as the same structure.

    Rows that do not fit are left to `next`. What stands beside the rows takes at most half of the limit. There is always at
    least one row: one that does not fit by itself has its texts cut, and then loses its last fields.

    Raises:
        ToolError: rows were asked for again, and that failed.
    """
    whole = len(answer.rows)
    answer = _with_room_for_rows(answer, limit)
    text, document = _rendered(answer)
    while len(text) > limit and len(answer.rows) > 1:
        answer = await _shorter(answer, _fitting(answer, len(text) + _NOTE - limit))
        answer = _with_room_for_rows(answer, limit)
        text, document = _rendered(
            answer, [_cut_note(len(answer.rows), whole, goes_on=answer.next is not None)]
        )
    if len(text) <= limit or not answer.rows:
        return text, document
    return _with_trimmed_row(answer, whole, limit)


async def _shorter(answer: Answer, count: int) -> Answer:
    if answer.shorter is not None:
        shorter = await answer.shorter(count)
        return replace(shorter, sandbox=answer.sandbox, ahead=answer.ahead)
    return replace(answer, rows=answer.rows[:count])


def _fitting(answer: Answer, excess: int) -> int:
    """How many rows are left when the last ones, of at least *excess* characters, are gone: at least one."""
    count = len(answer.rows)
    while count > 1 and excess > 0:
        count -= 1
        excess -= len(to_json(answer.rows[count]).decode()) + 1
    return count


def _cut_note(shown: int, whole: int, *, goes_on: bool) -> str:
    how = "go on with next" if goes_on else "narrow the question"
    return f"{shown} of {whole} rows fit here: {how}."


def _rendered(answer: Answer, notes: list[str] | None = None) -> tuple[str, dict[str, Any]]:
    optional = {
        "count": len(answer.rows) if answer.count else None,
        "total": answer.total,
        **answer.more,
        "next": answer.next,
        "as_of": times.stamp(answer.as_of.replace(microsecond=0)),
        "notes": [*answer.notes, *(notes or ()), *_clocks(answer.ahead)] or None,
        "source": "sandbox" if answer.sandbox else None,
    }
    document = {
        **answer.facts,
        answer.rows_key: answer.rows,
        **{key: value for key, value in optional.items() if value is not None},
    }
    return to_json(document).decode(), document


def _clocks(ahead: timedelta) -> Iterator[str]:
    """A note where clocks differ so much that relative times mean something else than their reader thinks."""
    if abs(ahead) > _USUAL_SKEW:
        where = "ahead of" if ahead > timedelta() else "behind"
        yield f"The vendor's clock is {_about(abs(ahead))} {where} this server's, by which relative times and as_of go."


def _about(time: timedelta) -> str:
    for unit, name in (
        (timedelta(days=1), "days"),
        (timedelta(hours=1), "h"),
        (timedelta(minutes=1), "min"),
    ):
        if time >= 2 * unit:
            return f"{round(time / unit):,} {name}"
    return f"{round(time.total_seconds())} s"


def _with_room_for_rows(answer: Answer, limit: int) -> Answer:
    """*answer* with the tables beside its rows cut, the longest first, to half of *limit* together."""
    more, notes = dict(answer.more), [*answer.notes]
    while len(to_json(more)) > limit // 2 and (tables := _tables(more)):
        name = max(tables, key=lambda table: len(to_json(tables[table])))
        table = tables[name]
        kept = len(table) // 2
        more[name] = table[:kept] if isinstance(table, list) else dict([*table.items()][:kept])
    for name, table in _tables(answer.more).items():
        if len(more[name]) < len(table):
            notes.append(
                f"{len(more[name])} of {len(table)} {name} are shown: ask for fewer rows to see the others."
            )
    return replace(answer, more=more, notes=notes)


def _tables(more: Mapping[str, Any]) -> dict[str, list[Any] | dict[str, Any]]:
    return {name: table for name, table in more.items() if isinstance(table, list | dict) and table}


def _with_trimmed_row(answer: Answer, whole: int, limit: int) -> tuple[str, dict[str, Any]]:
    notes = [_cut_note(1, whole, goes_on=answer.next is not None)] if whole > 1 else []
    notes.append("Long texts and lists of this row are cut.")
    for row in _shorter_rows(answer.rows[0]):
        text, document = _rendered(replace(answer, rows=[row]), notes)
        if len(text) <= limit:
            break
    return text, document


def _shorter_rows(row: Row) -> Iterator[Row]:
    """What is left of *row*, shorter each time, and never empty."""
    rest = row
    for longest in (1_000, 300, 100, 30, 10, 3):
        # Links are left out rather than cut. Where there is nothing else, as many are kept as fit.
        if not (trimmed := _trimmed_row(row, longest)):
            rest = row
            break
        rest = trimmed
        yield rest
    while len(rest) > 1:  # So many fields are only there where all were asked for.
        rest = rest[:-1] if isinstance(rest, list) else dict([*rest.items()][:-1])
        yield rest
    yield {"too_long": True}


def _trimmed_row(row: Row, longest: int) -> Row:
    if isinstance(row, list):
        return [_trimmed(cell, longest) for cell in row]
    return {
        key: trimmed
        for key, cell in row.items()
        if (trimmed := _trimmed(cell, longest)) is not None
    }


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
