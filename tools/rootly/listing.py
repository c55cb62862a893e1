"""The answer for a page of a list: its rows, notes on them, and how to go on."""

from typing import Any

from tools.answer import Answer
from tools.connection import CallRecord
from tools.rootly.incident import Rows
from tools.rootly.list_request import ListRequest
from tools.rootly.next_position import next_position
from tools.rootly.page_notes import page_notes
from tools.rootly.page_reader import PageReader, VerifiedPage
from tools.rootly.position import Keyset, Position
from tools.trimming import Row

_MAY_MOVE = (
    "Rows may be missed or repeated if incidents are declared, deleted or changed while you go on,"
    " or if Rootly does not keep their order."
)


class Listing:
    """A verified page with its rows in the form of the view.

    `whole` is how many rows there were before some were left out; None if all are here.
    """

    rows_key: str
    rows: list[Row]

    def __init__(
        self, request: ListRequest, page: VerifiedPage, *, whole: int | None = None
    ) -> None:
        self.request = request
        self.page = page
        self.whole = whole
        self._facts: dict[str, Any] = {}
        shaper = Rows(page.reply.body, request.view)
        if request.is_table:
            self.rows_key = "rows"
            self._facts["columns"], cells = shaper.table(page.rows)
            self.rows = [*cells]
        else:
            self.rows_key = "incidents"
            self.rows = [*map(shaper.row, page.rows)]
        self._row_notes = shaper.notes()

    def answer(self, record: CallRecord) -> Answer:
        """The answer with all rows of the page, marked with what *record* says of the call."""
        position = next_position(self.page.page)
        answer = Answer(
            rows_key=self.rows_key,
            rows=self.rows,
            facts=self._facts,
            total=self.page.page.total,
            next=self.request.next(position),
            whole=self.whole,
            as_of=self.page.reply.at,
            notes=self._notes(self.page, position),
        )
        answer.mark(record)
        return answer

    def cut(self, answer: Answer, limit: int) -> "Listing":
        """The listing with as many rows as fit in *limit*, for a page that can be cut.

        *answer* has all rows. How the list goes on, and the notes on that, depend on the last row.
        """
        page = self.page.cut(1)
        for count in range(answer.rows_that_fit(limit), 1, -1):
            shorter = self.page.cut(count)
            position = next_position(shorter.page)
            notes = self._notes(shorter, position)
            shorter_answer = answer.first(
                len(shorter.rows), after=self.request.next(position), notes=notes
            )
            if len(shorter_answer.text()) <= limit:
                page = shorter
                break
        # The rows are made again, because notes on rows only count rows that are in the answer.
        return Listing(self.request, page, whole=self.whole or len(self.rows))

    def _notes(self, page: VerifiedPage, following: Position | None) -> list[str]:
        notes = [
            *self.request.notes,
            *self._row_notes,
            *page_notes(page.page, following),
            *page.filter_notes,
        ]
        goes_on_exactly = following is None or isinstance(following, Keyset)
        if not goes_on_exactly or page.may_move:
            notes.append(_MAY_MOVE)
        return notes


async def fit_listing(listing: Listing, reader: PageReader) -> Answer:
    """The answer with as many rows as fit into a result.

    Raises:
        ToolError: a smaller page was requested, and that failed; see `PageReader.read`.
    """
    limit = reader.connection.limits.max_result_chars
    whole = len(listing.rows)
    answer = listing.answer(reader.connection.record)
    count = answer.rows_that_fit(limit)
    while count < len(listing.rows) and not listing.page.can_be_cut:
        # Rootly's cursor goes on after the last row of its page, so request a smaller page.
        page = await reader.read(count)
        listing = Listing(listing.request, page, whole=whole)
        answer = listing.answer(reader.connection.record)
        count = answer.rows_that_fit(limit)
    if count == len(listing.rows):
        return answer
    return listing.cut(answer, limit).answer(reader.connection.record)
