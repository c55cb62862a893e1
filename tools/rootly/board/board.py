"""The answer of show_board: what the page shows, and what the model gets to read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.answer import Answer, Layout, lay_out
from tools.connection import CallRecord

MAX_PAGE_BYTES = 250_000
"""The most bytes of the answer that the page gets. Models do not see it.

100 incidents usually take about 45,000. Over HTTP, a character that is not ASCII can be escaped,
and then takes up to three times as many bytes. The Python client refuses events over 1 MiB.
"""

Describe = Callable[[Mapping[str, Any]], str]
"""Makes the text for the model from an answer of list_incidents."""


@dataclass
class Board:
    """An answer of list_incidents for the page. `describe` makes the text for the model."""

    answer: Answer
    describe: Describe
    rows_key: str = ""
    columns: Sequence[str] = ()

    def mark(self, record: CallRecord) -> None:
        self.answer.mark(record)

    def lay_out(self, limit: int) -> Layout:
        """The text is short, whatever the *limit*. The page has a limit of its own."""
        _, document = lay_out(self.answer, MAX_PAGE_BYTES)
        text = self.describe(document)
        return Layout(text, {"shown": text}, page={"answer": document})
