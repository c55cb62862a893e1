"""What all output formats of a call have in common."""

from typing import Protocol

from server.commands.page import Members, Page


class Output(Protocol):
    """Prints the pages of a call in one format.

    `streams`: whether rows are printed as soon as they arrive.
    """

    streams: bool

    def add(self, page: Page) -> None:
        """Take a page. An output that streams prints its rows."""

    def finish(self, others: Members) -> None:
        """Print what was not printed yet, and the *others*: what all pages have beside rows."""
