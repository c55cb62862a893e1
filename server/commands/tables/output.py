"""A call's output as tables, for people."""

from collections.abc import Callable

from server.commands.page import Members, Page
from server.commands.screen import Screen
from server.commands.tables.brief_times import instant
from server.commands.tables.members import MemberOutput
from server.commands.tables.rows import print_rows
from server.commands.tables.writer import BriefWriter, Writer


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
        writer = _writer(screen, others)
        first, last = self._pages[0], self._pages[-1]
        if not first.is_error:
            rows = [row for page in self._pages for row in page.rows]
            print_rows(screen, first.rows_key, rows, writer, first.columns)
        MemberOutput(screen, writer).print(others)
        if last.next:
            screen.label("next page")
            screen.line(self._next_command(last.next))


def _writer(screen: Screen, others: Members) -> Writer:
    """What writes the values for *screen*."""
    if screen.is_terminal:
        return BriefWriter(instant(others.get("as_of")), others.get("partial", ()))
    return Writer()
