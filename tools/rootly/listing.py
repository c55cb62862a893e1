"""The answer for a page of a list: its rows, the notes on them, and `next`."""

from typing import Any

from tools.answer import Answer
from tools.connection import CallRecord, Connection
from tools.rootly import hint
from tools.rootly.incident import Rows, stand_in, table_of
from tools.rootly.list_request import ListRequest
from tools.rootly.next_position import next_position
from tools.rootly.page_notes import page_notes
from tools.rootly.page_reader import PageReader, VerifiedPage
from tools.rootly.position import Keyset, Position
from tools.trimming import Row

ROWS_MAY_BE_MISSED = (
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
        row_maker = Rows(page.reply.body, request.view)
        rows = [row_maker.row(incident) for incident in page.rows]
        if request.is_table:
            self.rows_key = "rows"
            stand_ins = [stand_in(incident) for incident in page.rows]
            self._facts["columns"], table = table_of(rows, stand_ins, request.view.columns)
            self.rows = [*table]
        else:
            self.rows_key = "incidents"
            self.rows = [*rows]
        self._row_notes = row_maker.notes()

    def answer(self, record: CallRecord) -> Answer:
        """The answer with all rows of the page.

        *record* says whether the data is made up, and how much the vendor's clock differs.
        """
        position = next_position(self.page.page)
        answer = Answer(
            rows_key=self.rows_key,
            rows=self.rows,
            columns=[*self.request.view.columns],
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
        """The listing with as many rows as fit in *limit* characters, for a page that can be cut.

        *answer* has all rows. `next` and some notes depend on the last row, so each number of rows
        is tried.
        """
        # One row always stays. Otherwise take the largest number of rows that fits.
        page = self.page.cut(1)
        for count in range(answer.rows_that_fit(limit), 1, -1):
            shorter = self.page.cut(count)
            position = next_position(shorter.page)
            notes = self._notes(shorter, position)
            shorter_answer = answer.first(
                len(shorter.rows), after=self.request.next(position), notes=notes
            )
            if len(shorter_answer.json()) <= limit:
                page = shorter
                break
        # Make the rows again: their notes must count only the rows in the answer.
        return Listing(self.request, page, whole=self.whole or len(self.rows))

    def _notes(self, page: VerifiedPage, position: Position | None) -> list[str]:
        notes = [
            *self.request.notes,
            *self._row_notes,
            *page_notes(page.page, position),
            *page.filter_notes,
        ]
        continues_exactly = position is None or isinstance(position, Keyset)
        if not continues_exactly or page.used_page_numbers:
            notes.append(ROWS_MAY_BE_MISSED)
        return notes


async def list_page(request: ListRequest, connection: Connection) -> Answer:
    """Answer with a page of a list as Rootly sends it.

    Raises:
        ToolError: see `PageReader.read`.
    """
    reader = PageReader(request, connection)
    page = await reader.read(request.size)
    answer = await _fit(Listing(request, page), reader)
    if not answer.rows and request.begins_at_first_row:
        reason = await hint.explain(request.question, connection)
        if reason:
            answer.more["hint"] = reason
    return answer


async def _fit(listing: Listing, reader: PageReader) -> Answer:
    """The answer with as many rows as fit into a result.

    Raises:
        ToolError: a smaller page was requested, and that failed; see `PageReader.read`.
    """
    limit = reader.connection.limits.max_result_chars
    whole = len(listing.rows)
    answer = listing.answer(reader.connection.record)
    fitting_rows = answer.rows_that_fit(limit)
    while fitting_rows < len(listing.rows) and not listing.page.can_be_cut:
        # This page cannot be cut: Rootly's cursor continues after its last row. Request a
        # smaller page.
        page = await reader.read(fitting_rows)
        listing = Listing(listing.request, page, whole=whole)
        answer = listing.answer(reader.connection.record)
        fitting_rows = answer.rows_that_fit(limit)
    if fitting_rows == len(listing.rows):
        return answer
    return listing.cut(answer, limit).answer(reader.connection.record)
