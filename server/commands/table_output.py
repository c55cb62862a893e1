"""A call's output as tables, for people."""

from collections.abc import Callable

from server.commands.page import Members, Page
from server.commands.screen import Screen


class Tables:
    """All rows as one table. The other members, and the command for the next page, follow.

    *next_command* makes that command from the arguments in `next`.
    """

    streams = False

    def __init__(self, next_command: Callable[[Members], str]) -> None:
        self._next_command = next_command
        self._pages: list[Page] = []

    def add(self, page: Page) -> None:
        self._pages.append(page)

    def finish(self, others: Members) -> None:
        screen = Screen()
        first, last = self._pages[0], self._pages[-1]
        if not first.is_error:
            rows = [row for page in self._pages for row in page.rows]
            screen.rows(first.rows_key, rows, first.columns)
        screen.members(others)
        if last.next:
            screen.label("next page")
            screen.line(self._next_command(last.next))
