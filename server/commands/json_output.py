"""A call's output as JSON."""

import json
import sys

from server.commands.compact_json import compact_json
from server.commands.page import Members, Page, Row


class JsonDocument:
    """The result of one call as it is, or indented for people."""

    streams = False

    def __init__(self, *, is_indented: bool) -> None:
        self._is_indented = is_indented

    def add(self, page: Page) -> None:
        text = page.text
        if self._is_indented:
            text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
        print(text)

    def finish(self, others: Members) -> None:
        """The document already has all other members."""


class JsonLines:
    """Rows as lines of JSON, as soon as they arrive. All other members follow on stderr."""

    streams = True

    def __init__(self) -> None:
        self._next: Row = {}

    def add(self, page: Page) -> None:
        self._next = page.next
        for row in page.whole_rows():
            print(compact_json(row))
        sys.stdout.flush()

    def finish(self, others: Members) -> None:
        print_members(others, self._next)


def print_members(members: Members, next_arguments: Row) -> None:
    """Print each of *members*, and `next` if anything follows, as a line of JSON on stderr."""
    if next_arguments:
        members = {**members, "next": next_arguments}
    for name, value in members.items():
        print(compact_json({name: value}), file=sys.stderr)
