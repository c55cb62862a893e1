"""Reads a page of a list from Rootly, and verifies that it is what was requested."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from tools.connection import Connection
from tools.errors import Rejected, UnexpectedResponse
from tools.reply import Reply, Reuse
from tools.rootly.document import Document, Incident
from tools.rootly.filter_verification import FilterVerifier
from tools.rootly.list_request import ListRequest
from tools.rootly.next_position import next_position
from tools.rootly.page import Page
from tools.rootly.position import KEY, Cursor, Offset, Position

_MAX_EMPTY = 3
"""The most pages without new rows that are skipped."""


@dataclass(frozen=True)
class VerifiedPage:
    """A page whose filters were verified.

    * `filter_notes`: which filters its rows could not prove.
    * `used_page_numbers`: whether page numbers were used inside a full second or minute. Rows may
      be missed or repeated there.
    """

    page: Page
    reply: Reply[Document]
    filter_notes: list[str]
    used_page_numbers: bool

    @property
    def rows(self) -> Sequence[Incident]:
        return self.page.rows

    @property
    def can_be_cut(self) -> bool:
        return self.page.can_be_cut

    def cut(self, count: int) -> Self:
        return replace(self, page=self.page.cut(count))


class PageReader:
    """Requests the pages of one call, and verifies the filters of all of them."""

    def __init__(self, request: ListRequest, connection: Connection) -> None:
        self._request = request
        self.connection = connection
        self._verifier = FilterVerifier(request.question)

    async def read(self, size: int) -> VerifiedPage:
        """Read the page with at most *size* rows.

        A page may have no new rows although more follow, if very many incidents share a second.
        Then the next page takes its place.

        Raises:
            ToolError: see `tools.request.get`.
            UnexpectedResponse: Rootly says that there are rows, but sends none; or it sends the
                previous page again; or it ignores a filter.
        """
        position = self._request.position
        positions = [position]
        page, reply = await self._get(position, size, self._reuse)
        for _ in range(_MAX_EMPTY):
            if page.rows:
                break
            position = next_position(page)
            if position is None:
                break
            positions.append(position)
            page, reply = await self._get(position, size, Reuse.NEVER)
        if page.lacks_rows:
            raise UnexpectedResponse("Rootly says that there are incidents, but sent none.")
        if page.is_repeated:
            raise UnexpectedResponse(
                "Rootly sent the same page again, so this list cannot go on: "
                "sort by created_at, or narrow it."
            )
        filter_notes = await self._verifier.notes(self.connection)
        used_page_numbers = any(isinstance(at, Offset) and at.window for at in positions)
        return VerifiedPage(page, reply, filter_notes, used_page_numbers)

    @property
    def _reuse(self) -> Reuse:
        """Which answer may be the first page of the call.

        A page must not be older than the page before it, which an earlier call had. An incident
        that began to match in between could be missing.
        """
        return Reuse.SENT_AFTER_CALL if self._request.position else Reuse.ANY

    async def _get(
        self, position: Position | None, size: int, reuse: Reuse
    ) -> tuple[Page, Reply[Document]]:
        page, reply = await self._get_once(position, size, reuse)
        if page.lacks_known_rows:
            # Either all of them were deleted or changed, or Rootly made a mistake.
            return await self._get_once(position, size, Reuse.NEVER)
        return page, reply

    async def _get_once(
        self, position: Position | None, size: int, reuse: Reuse
    ) -> tuple[Page, Reply[Document]]:
        request = self._request
        question = request.question
        if position:
            bounds = position.bounds(descending=request.is_descending)
            question = question.narrow(KEY, bounds)
            paging = position.paging(size)
        else:
            paging = request.first_paging(size, self._verifier.least_rows)
        parameters = {"sort": ",".join(request.sort), **paging}
        try:
            reply = await self._verifier.ask(
                question, self.connection, parameters, request.needs, reuse
            )
        except Rejected as error:
            if isinstance(position, Cursor):
                raise Rejected(
                    f"{error} If Rootly has forgotten where the list goes on, "
                    "start again without after."
                ) from error
            raise
        return self._page(reply.body, position, int(paging["page[size]"]), size), reply

    def _page(
        self, document: Document, position: Position | None, page_size: int, max_rows: int
    ) -> Page:
        sort, max_rows = self._request.sort[0], min(max_rows, page_size)
        if position:
            return Page(document, sort, position, position.passed, page_size, max_rows)
        pages_before = (self._request.page_number or 1) - 1
        page = Page(document, sort, None, pages_before * page_size, page_size, max_rows)
        if pages_before and page.is_short:
            # Rootly numbers its pages by the size that it sends, not by the one in the request.
            page = replace(page, passed=pages_before * page.received)
        return page
