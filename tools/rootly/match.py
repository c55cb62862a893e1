"""A match: an incident that meets the conditions of a call, as its answer needs it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic_core import from_json, to_json

from tools.rootly.conditions.candidates import Cells
from tools.rootly.document import Document, Incident
from tools.rootly.gaps import Gaps
from tools.rootly.identity import instant_of, number_of
from tools.rootly.incident import Rows, View, stand_in, table_of
from tools.rootly.position import KEY
from tools.rootly.question import Needs
from tools.times import EARLIEST, LATEST
from tools.trimming import Row


@dataclass(frozen=True, slots=True)
class Match:
    """One incident of an answer.

    * `row_json`: its cells by name, as JSON. A call keeps thousands of matches and shows a few. So
      they need half the memory, and the garbage collector has much less to look at.
    * `stand_in`: what names it if the row is empty.
    * `gaps`: what the row lacks; None if it lacks nothing.
    * `number`, `created_at`: None if they are not readable.
    * `sort_times`: its time under each sort key; None if that is not readable.
    """

    row_json: bytes
    stand_in: dict[str, Any]
    gaps: Gaps | None
    number: int | None
    created_at: datetime | None
    sort_times: tuple[datetime | None, ...]

    @property
    def row(self) -> dict[str, Any]:
        """Its cells by name."""
        row: dict[str, Any] = from_json(self.row_json)
        return row


@dataclass(frozen=True)
class MatchMaker:
    """Makes matches with the columns of *view*, to be sorted by *sort*."""

    view: View
    sort: Sequence[str]

    @property
    def needs(self) -> Needs:
        """The parts of each incident that Rootly must send."""
        keys = {key.lstrip("-") for key in self.sort}
        return self.view.needs() | Needs(frozenset({*keys, KEY, "sequential_id"}))

    def match(self, document: Document, incident: Incident, cells: Cells) -> Match:
        """The match of *incident*. Conditions add *cells* to its row."""
        rows = Rows(document, self.view)
        row = rows.row(incident)
        for name, cell in cells.items():
            # If the call includes action items, the row has all of them already.
            row.setdefault(name, cell)
        return Match(
            row_json=to_json(row),
            stand_in=stand_in(incident),
            gaps=None if rows.gaps == Gaps() else rows.gaps,
            number=number_of(incident),
            created_at=instant_of(incident, KEY),
            sort_times=tuple(instant_of(incident, key.lstrip("-")) for key in self.sort),
        )


def in_order(matches: Iterable[Match], sort: Sequence[str]) -> list[Match]:
    """*matches* sorted by all keys of *sort*. Those without a time come last.

    Those with equal times are in the order of their numbers.
    """
    ordered = sorted(matches, key=_number, reverse=sort[0].startswith("-"))
    for place in reversed(range(len(sort))):
        is_descending = sort[place].startswith("-")
        _sort_by_time(ordered, place, is_descending=is_descending)
    return ordered


def _number(match: Match) -> int:
    return match.number or 0


def _sort_by_time(matches: list[Match], place: int, *, is_descending: bool) -> None:
    """Sort by one of the `sort_times`. Equal ones keep their order."""
    last = EARLIEST if is_descending else LATEST

    def time(match: Match) -> datetime:
        return match.sort_times[place] or last

    matches.sort(key=time, reverse=is_descending)


def gaps_of(matches: Iterable[Match]) -> Gaps:
    """What the rows of *matches* lack together."""
    total = Gaps()
    for match in matches:
        if match.gaps:
            total.add(match.gaps)
    return total


def rows_of(
    matches: Sequence[Match], columns: Sequence[str], *, is_table: bool
) -> tuple[dict[str, Any], list[Row]]:
    """The rows of *matches*, after the members of an answer that a table has before its rows."""
    rows = [match.row for match in matches]
    if not is_table:
        return {}, [*rows]
    stand_ins = [match.stand_in for match in matches]
    names, table = table_of(rows, stand_ins, columns)
    return {"columns": names}, [*table]
