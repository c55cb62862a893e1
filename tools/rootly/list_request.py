"""A request for a page of a list: which incidents, in which order, and which page."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tools.rootly.continuation import Continuation
from tools.rootly.incident import View
from tools.rootly.position import KEY, MAX_ROWS, Position
from tools.rootly.question import Needs, Question, Ranges


@dataclass(frozen=True, kw_only=True)
class ListRequest:
    """One page of a list.

    * `position`: where `after` continues the list. Without it the list begins at its first row, or
      at page `page_number`.
    * `size`: how many rows the page may have.
    * `fingerprint`: that of the question and the sort. `after` of the next page belongs to it.
    * `instants`: the times that relative times mean, for all pages of the list.
    * `notes`: notes on how the arguments were read.
    """

    question: Question
    sort: Sequence[str]
    size: int
    view: View
    fingerprint: str
    is_table: bool = False
    page_number: int | None = None
    position: Position | None = None
    instants: Ranges = field(default_factory=dict)
    notes: Sequence[str] = ()

    @property
    def sort_key(self) -> str:
        """The attribute that the list is sorted by first."""
        return self.sort[0].lstrip("-")

    @property
    def is_descending(self) -> bool:
        return self.sort[0].startswith("-")

    @property
    def is_newest_first(self) -> bool:
        return self.sort_key == KEY and self.is_descending

    @property
    def begins_at_first_row(self) -> bool:
        return self.position is None and self.page_number in (None, 1)

    @property
    def needs(self) -> Needs:
        """The parts of each incident that Rootly must send."""
        return self.view.needs() | Needs(frozenset({self.sort_key, "sequential_id"}))

    def first_paging(self, size: int, least: int) -> dict[str, str]:
        """The paging parameters of the first page, for *size* rows.

        At least *least* rows are needed to verify the filters.
        """
        if self.page_number is not None:
            return {"page[size]": str(size), "page[number]": str(self.page_number)}
        if self.sort_key == KEY:
            # One more row shows whether the list continues.
            size = min(MAX_ROWS, max(size + 1, least))
        # Without a page number, Rootly answers with a cursor.
        return {"page[size]": str(size)}

    def next(self, position: Position | None) -> dict[str, str] | None:
        """The arguments for the page at *position*."""
        if position is None:
            return None
        return {"after": str(Continuation.of(self.fingerprint, position, self.instants))}
