"""One call for a list of incidents: asks for its page, and makes the answer of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from tools.answer import Answer, Row
from tools.connection import Connection
from tools.errors import Rejected, UnexpectedResponse
from tools.request import Reply
from tools.rootly.continuation import KEY, MAX_ROWS, Continuation, Cursor, Keyset, Offset, Position
from tools.rootly.document import Document
from tools.rootly.filter_verification import FilterVerifier
from tools.rootly.incident import Rows, View
from tools.rootly.page import Page
from tools.rootly.question import Needs, Question

_MAX_EMPTY = 3
"""How many pages without new rows are passed over before one is shown."""
_MAY_MOVE = (
    "Rows may be missed or repeated if incidents are declared, deleted or changed while you go on,"
    " or if Rootly does not keep their order."
)


@dataclass(frozen=True)
class Listing:
    """What a call for a list asks, from where on, and how it is shown.

    `start` is the position that `after` names; without it the list begins at its first row, or at page `page_number`.
    `continuation` makes an `after` of a position. `notes` are what the arguments were taken for.
    """

    connection: Connection
    question: Question
    sort: Sequence[str]
    size: int
    page_number: int | None
    start: Position | None
    continuation: Callable[[Position], Continuation]
    view: View
    is_table: bool
    notes: Sequence[str]

    @cached_property
    def _check(self) -> FilterVerifier:
        return FilterVerifier(self.question)

    @property
    def begins_at_first_row(self) -> bool:
        return self.start is None and self.page_number in (None, 1)

    async def answer(self, size: int) -> Answer:
        """The answer with at most *size* rows.

        A page can be without new rows although more follow, where very many incidents share a second. Then the next one is
        asked for, too.

        Raises:
            ToolError: see `tools.request.get`; and where Rootly says that there are rows, and sends none.
        """
        positions = [self.start]
        page, reply = await self._ask(self.start, size)
        for _ in range(_MAX_EMPTY):
            following = page.next()
            if page.rows or following is None:
                break
            positions.append(following)
            page, reply = await self._ask(following, size)
        if page.lacks_rows:
            raise UnexpectedResponse("Rootly says that there are incidents, but sent none.")
        if page.is_repeated:
            problem = "Rootly sent the same page again, so this list cannot go on: sort by created_at, or narrow it."
            raise UnexpectedResponse(problem)
        unproven = await self._check.notes(self.connection)
        may_move = any(isinstance(position, Offset) and position.window for position in positions)
        return self._answer(page, reply, unproven, may_move=may_move)

    async def _ask(self, position: Position | None, size: int) -> tuple[Page, Reply[Document]]:
        page, reply = await self._ask_once(position, size)
        # Either all of them were deleted or changed, or this answer is empty by mistake.
        return await self._ask_once(position, size) if page.lacks_known_rows else (page, reply)

    async def _ask_once(self, position: Position | None, size: int) -> tuple[Page, Reply[Document]]:
        question, paging = self.question, self._first_paging(size)
        if position:
            bounds = position.bounds(descending=self.sort[0].startswith("-"))
            question, paging = question.within(KEY, bounds), position.paging(size)
        try:
            reply = await self._check.ask(
                question, self.connection, {"sort": ",".join(self.sort), **paging}, self._needs
            )
        except Rejected as error:
            if isinstance(position, Cursor):
                raise Rejected(
                    f"{error} If Rootly has forgotten where the list goes on, start again without after."
                ) from error
            raise
        asked = int(paging["page[size]"])
        passed = position.passed if position else ((self.page_number or 1) - 1) * size
        page = Page(reply.body, self.sort[0], position, passed, asked, min(size, asked))
        if position is None and self.page_number and page.is_short:
            page = replace(page, passed=(self.page_number - 1) * page.received)
        return page, reply

    def _first_paging(self, size: int) -> dict[str, str]:
        if self.page_number is not None:
            return {"page[size]": str(size), "page[number]": str(self.page_number)}
        if self._sort_key == KEY:
            # One row more tells whether the list goes on.
            size = min(MAX_ROWS, max(size + 1, self._check.least_rows))
        # Without a page number, Rootly answers with a cursor.
        return {"page[size]": str(size)}

    @property
    def _sort_key(self) -> str:
        return self.sort[0].lstrip("-")

    @property
    def _needs(self) -> Needs:
        return self.view.needs() | Needs(frozenset({self._sort_key, "sequential_id"}))

    def _answer(
        self, page: Page, reply: Reply[Document], unproven: Sequence[str], *, may_move: bool
    ) -> Answer:
        rows = Rows(reply.body, self.view)
        rows_key, facts, shown = self._shown(rows, page)
        position = page.next()
        notes = [*self.notes, *rows.notes(), *page.notes(), *unproven]
        if may_move or (position and not isinstance(position, Keyset)):
            notes.append(_MAY_MOVE)

        async def shorter(count: int) -> Answer:
            if not page.can_be_cut:
                return await self.answer(count)
            return self._answer(page.cut(count), reply, unproven, may_move=may_move)

        return Answer(
            rows_key=rows_key,
            rows=shown,
            facts=facts,
            total=page.total,
            next={"after": str(self.continuation(position))} if position else None,
            shorter=shorter,
            as_of=reply.at,
            notes=notes,
            sandbox=reply.sandbox,
            ahead=reply.ahead,
        )

    def _shown(self, rows: Rows, page: Page) -> tuple[str, dict[str, Any], list[Row]]:
        """The key of the rows, what stands before them, and the rows as the view wants them."""
        if self.is_table:
            columns, cells = rows.table(page.rows)
            return "rows", {"columns": columns}, [*cells]
        return "incidents", {}, [rows.row(incident) for incident in page.rows]
