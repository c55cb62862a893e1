"""The answer for a list whose incidents were read and checked in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tools.answer import Answer, longest_that_fits
from tools.connection import Connection
from tools.rootly.list_request import ListRequest
from tools.rootly.listing import ROWS_MAY_BE_MISSED
from tools.rootly.match import Match, gaps_of, rows_of
from tools.rootly.match_page import MatchPage
from tools.rootly.page_notes import AFTER_THE_END, UNNUMBERED_ROWS
from tools.rootly.position import Keyset, Offset, Position


@dataclass(frozen=True, kw_only=True)
class MatchList:
    """The parts of the answer. Those that depend on the number of rows are made with it.

    * `at`: the moment of the answer.
    * `columns`: the columns that rows can have, in their order.
    * `more`: the members after the rows.
    * `total`: how many incidents match, if all of the list was read.
    * `notes`: the notes on the whole list.
    """

    request: ListRequest
    page: MatchPage
    at: datetime
    columns: Sequence[str]
    more: dict[str, Any] = field(default_factory=dict)
    total: int | None = None
    notes: Sequence[str] = ()

    def answer(self, connection: Connection) -> Answer:
        """The answer with as many rows as fit into a result."""

        def first(count: int) -> Answer:
            answer = self._first(count)
            answer.mark(connection.record)
            return answer

        whole = first(len(self.page.rows))
        return longest_that_fits(whole, connection.limits.max_result_chars, first)

    def _first(self, count: int) -> Answer:
        """The answer with the first *count* rows of the page."""
        size = len(self.page.rows)
        matches = self.page.rows[:count]
        position = self.page.next_position(count)
        table, rows = rows_of(matches, self.columns, is_table=self.request.is_table)
        return Answer(
            rows_key="rows" if table else "incidents",
            rows=rows,
            columns=self.columns,
            facts=table,
            more=self.more,
            total=self.total,
            next=self.request.next(position),
            whole=size if count < size else None,
            as_of=self.at,
            notes=[*self.notes, *self._notes(matches, position)],
        )

    def _notes(self, rows: Sequence[Match], position: Position | None) -> Iterator[str]:
        """Notes on these *rows*; *position* is the one after them."""
        yield from gaps_of(rows).notes()
        if self.page.is_after_the_end:
            yield AFTER_THE_END
        unnumbered = sum(match.number is None for match in rows)
        if unnumbered and isinstance(position, Keyset):
            yield UNNUMBERED_ROWS.format(count=unnumbered)
        if isinstance(position, Offset) or isinstance(self.request.position, Offset):
            yield ROWS_MAY_BE_MISSED
