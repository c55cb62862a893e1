"""A tool's answer, and its layout within the limit for a result.

The limit is in bytes of UTF-8. Some hosts count characters, others count bytes, and a text never
has more characters than bytes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Protocol

from pydantic_core import to_json

from tools import times
from tools.connection import CallRecord
from tools.trimming import Row, head, trim

_USUAL_SKEW = timedelta(minutes=1)
_ROOM_TO_GO_ON = 120
"""Bytes of a usual `next`, and of the note that rows were left out."""
_UNITS = {
    "days": timedelta(days=1),
    "h": timedelta(hours=1),
    "min": timedelta(minutes=1),
}


@dataclass(frozen=True)
class Layout:
    """An answer in the form in which clients get it.

    * `text`: what models read. `structured`: the same facts as a dict.
    * `page`: what a page gets that shows the answer to people. Models do not see it.
    """

    text: str
    structured: dict[str, Any]
    page: dict[str, Any] = field(default_factory=dict)


class ToolAnswer(Protocol):
    """What a tool answers: rows, or something else that can be laid out."""

    @property
    def rows_key(self) -> str: ...
    @property
    def columns(self) -> Sequence[str]: ...
    def mark(self, record: CallRecord) -> None: ...
    def lay_out(self, limit: int) -> Layout: ...


@dataclass(kw_only=True)
class Answer:
    """Rows, and the facts beside them.

    * `rows_key`: the key of the rows. It is there even when there are no rows.
    * `columns`: the members that rows can have, in their order; empty if they are not known.
    * `facts`: the members before the rows. `more`: the members after them.
    * `total`: the vendor's own count of matches.
    * `count`: whether the number of rows is a fact of its own.
    * `next`: the arguments that continue after the last row; None at the end.
    * `whole`: how many rows there were before some were left out; None if all are here.
    * `is_trimmed`: whether the only row was too long, and is cut.
    * `as_of`: the time of the answer by our clock.

    The dispatcher marks every answer with `sandbox` (the data is made up) and `ahead` (how far the
    vendor's clock is ahead of ours). A tool whose list can continue marks it before it counts
    the rows that fit.
    """

    rows_key: str
    rows: list[Row]
    as_of: datetime
    columns: Sequence[str] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
    next: dict[str, Any] | None = None
    total: int | None = None
    count: bool = False
    whole: int | None = None
    is_trimmed: bool = False
    notes: list[str] = field(default_factory=list)
    sandbox: bool = False
    ahead: timedelta = timedelta()

    def mark(self, record: CallRecord) -> None:
        """Note whether the data is made up, and how far the vendor's clock is ahead of ours."""
        self.sandbox = record.is_sandbox
        self.ahead = record.clock_ahead

    def lay_out(self, limit: int) -> Layout:
        """The answer with a text of at most *limit* bytes."""
        return Layout(*lay_out(self, limit))

    @cached_property
    def row_jsons(self) -> list[bytes]:
        """The JSON of each row, made once: this is most of the work of a layout."""
        return [to_json(row) for row in self.rows]

    def first(
        self, count: int, *, after: dict[str, Any] | None = None, notes: list[str] | None = None
    ) -> "Answer":
        """The answer with only the first *count* rows; *after* is its `next`.

        *notes* replace its own.
        """
        shorter = replace(
            self, rows=self.rows[:count], next=after, whole=self.whole or len(self.rows)
        )
        if notes is not None:
            shorter.notes = notes
        shorter.row_jsons = self.row_jsons[:count]
        return shorter

    def rows_that_fit(self, limit: int) -> int:
        """How many of the rows fit in *limit* bytes beside the other facts.

        If not all of them fit, room is left for `next`, and for a note. The first row always
        counts.
        """
        if not self.rows or len(self.json()) <= limit:
            return len(self.rows)
        room = self.room_for_rows(limit) - _ROOM_TO_GO_ON
        count = 0
        for row_json in self.row_jsons:
            room -= len(row_json) + 1
            if room < -1:  # There is no comma after the last row.
                break
            count += 1
        return max(1, count)

    def room_for_rows(self, limit: int) -> int:
        """How many bytes of *limit* the other facts leave for rows and their commas."""
        return limit - len(self.json()) + len(b",".join(self.row_jsons))

    def json(self) -> bytes:
        """The answer as compact JSON."""
        members = [
            *_members(self.facts),
            b"%b:[%b]" % (to_json(self.rows_key), b",".join(self.row_jsons)),
            *_members(self._after_rows()),
        ]
        return b"{%b}" % b",".join(members)

    def document(self) -> dict[str, Any]:
        """The same facts as a dict."""
        return {**self.facts, self.rows_key: self.rows, **self._after_rows()}

    def _after_rows(self) -> dict[str, Any]:
        facts: dict[str, Any] = {}
        if self.count:
            facts["count"] = len(self.rows)
        if self.total is not None:
            facts["total"] = self.total
        facts |= self.more
        if self.next:
            facts["next"] = self.next
        facts["as_of"] = times.stamp(self.as_of.replace(microsecond=0))
        notes = [*self.notes, *self._layout_notes()]
        if notes:
            facts["notes"] = notes
        if self.sandbox:
            facts["source"] = "sandbox"
        return facts

    def _layout_notes(self) -> Iterator[str]:
        if self.whole is not None:
            how = "go on with next" if self.next else "narrow the question"
            yield f"{len(self.rows)} of {self.whole} rows fit here: {how}."
        if self.is_trimmed:
            yield "Long texts and lists of this row are cut."
        # Relative times then do not mean what the reader thinks.
        if abs(self.ahead) > _USUAL_SKEW:
            where = "ahead of" if self.ahead > timedelta() else "behind"
            yield (
                f"The vendor's clock is {_about(abs(self.ahead))} {where} this server's, "
                "by which relative times and as_of go."
            )


def lay_out(answer: Answer, limit: int) -> tuple[str, dict[str, Any]]:
    """The answer as compact JSON of at most *limit* bytes, and the same facts as a dict.

    An answer without `next` loses its last rows here. A tool whose answers have a `next` leaves
    out the rows that do not fit itself, because `next` depends on the last row. The first row
    always stays: if it does not fit, its texts are cut, and then its last fields are left out.

    Raises:
        ValueError: rows with a `next` do not fit.
    """
    answer = shorten_tables(answer, limit)
    json = answer.json()
    if len(json) > limit and answer.rows:
        answer = _shortened(answer, limit)
        json = answer.json()
    return json.decode(), answer.document()


def _shortened(answer: Answer, limit: int) -> Answer:
    """*answer* without the rows that do not fit; if that is not enough, with its only row cut.

    Raises:
        ValueError: see `lay_out`.
    """
    count = answer.rows_that_fit(limit)
    if count < len(answer.rows):
        if answer.next:
            raise ValueError(f"{count} of {len(answer.rows)} rows fit, and next is after the last")
        answer = answer.first(count)
    if len(answer.json()) <= limit:
        return answer
    [row] = answer.rows
    answer = replace(answer, is_trimmed=True)
    return replace(answer, rows=[trim(row, answer.room_for_rows(limit))])


def fit_rows(answer: Answer, limit: int, keys: Sequence[str]) -> Answer:
    """*answer* with as many of its rows as fit, for a list that continues after the key of a row.

    *keys* are those of the rows, in their order.
    """

    def first(count: int) -> Answer:
        return answer.first(count, after={"after": keys[count - 1]})

    answer = shorten_tables(answer, limit)
    return longest_that_fits(answer, limit, first)


def longest_that_fits(answer: Answer, limit: int, first: Callable[[int], Answer]) -> Answer:
    """*answer*, or the one with the most of its first rows that fits in *limit* bytes.

    *first* makes the answer with so many rows: `next` and some notes depend on the last row, so
    each number of rows is tried. One row always stays, whether it fits or not.
    """
    count = answer.rows_that_fit(limit)
    if count == len(answer.rows):
        return answer
    shorter = first(count)
    while count > 1 and len(shorter.json()) > limit:
        count -= 1
        shorter = first(count)
    return shorter


def shorten_tables(answer: Answer, limit: int) -> Answer:
    """*answer* with the tables beside its rows cut to half of *limit* together, the longest first.

    A table is a list or an object in `more`.
    """
    more = dict(answer.more)
    while len(to_json(more)) > limit // 2:
        longest = _longest_table(more)
        if longest is None:
            break
        more[longest] = head(more[longest], len(more[longest]) // 2)
    if more == answer.more:
        return answer
    return replace(answer, more=more, notes=[*answer.notes, *_table_notes(answer.more, more)])


def _longest_table(more: Mapping[str, Any]) -> str | None:
    """The name of the table with the longest JSON; None if there are no tables."""
    lengths = {name: len(to_json(table)) for name, table in more.items() if _is_table(table)}
    return max(lengths, key=lengths.__getitem__, default=None)


def _table_notes(whole: Mapping[str, Any], shortened: Mapping[str, Any]) -> Iterator[str]:
    for name, table in whole.items():
        if _is_table(table) and len(shortened[name]) < len(table):
            yield (
                f"{len(shortened[name])} of {len(table)} {name} are shown: "
                "ask for fewer rows to see the others."
            )


def _is_table(value: Any) -> bool:
    return isinstance(value, list | dict) and len(value) > 0


def _members(facts: Mapping[str, Any]) -> Iterable[bytes]:
    return (b"%b:%b" % (to_json(key), to_json(value)) for key, value in facts.items())


def _about(time: timedelta) -> str:
    for name, unit in _UNITS.items():
        if time >= 2 * unit:
            return f"{round(time / unit):,} {name}"
    return f"{round(time.total_seconds())} s"
