"""An answer for one interval of `created_at`, and what it proves."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from typing import Self

from tools.errors import UnexpectedResponse
from tools.rootly.document import Document, Incident
from tools.rootly.identity import each_once, instant_of, key_of
from tools.rootly.position import KEY
from tools.rootly.reading.interval import MINUTE, Interval, halves, rounded_down, unit_of


@dataclass(frozen=True)
class IntervalAnswer:
    """An answer for one interval, newest incident first, if Rootly sorts as requested.

    `rows`: The incidents, without repetitions.
    `total`: Rootly's count of all incidents in the interval; None if it is not certain.
    `uncounted`: Why it is not certain.
    `page_size`: How many rows were requested.
    """

    document: Document
    rows: Sequence[Incident]
    total: int | None
    uncounted: str | None
    page_size: int

    @classmethod
    def of(cls, document: Document, page_size: int, offset: int = 0) -> Self:
        """The answer to a request for *page_size* rows after the first *offset* rows.

        Raises:
            UnexpectedResponse: rows are missing that the answer promises.
        """
        total = document.total
        rows = each_once(document.incidents)
        uncounted = None
        if total is None:
            uncounted = "Rootly does not say how many incidents match."
        elif total < len(rows):
            uncounted = _too_small(total, len(rows))
            total = None
        if total is not None and total > offset and not rows:
            raise UnexpectedResponse(
                f"Rootly says that {total:,} incidents match, but sent none of them."
            )
        if not rows and document.names_next_page:
            raise UnexpectedResponse(
                "Rootly says that another page follows, but sent no incidents on this one."
            )
        return cls(document, rows, total, uncounted, page_size)

    def count(self) -> int:
        """Rootly's count of all incidents in the interval.

        Raises:
            UnexpectedResponse: it is not certain.
        """
        if self.total is None:
            raise UnexpectedResponse(f"{self.uncounted} So an exact count is not possible.")
        return self.total

    @property
    def is_whole(self) -> bool:
        """Whether it shows that it has all incidents of its interval.

        A full page shows nothing, because its count may be the count of this page.
        """
        if self.total is None:
            is_last = not self.document.names_next_page and not self.document.links.get("next")
            return not self.rows or (is_last and self.received < self.page_size)
        return (
            len(self.rows) == self.total
            and self.received < self.page_size
            and not self.document.names_next_page
        )

    @property
    def received(self) -> int:
        return len(self.document.incidents)

    @property
    def page_limit(self) -> int:
        """How many rows an answer can have. Rootly may send fewer than requested."""
        is_full = self.total is not None and self.received >= self.total
        return self.page_size if is_full else self.received

    def complete_prefix(self) -> Sequence[Incident]:
        """The rows after the minute of the last row: between them, no incident is missing.

        The order within a minute proves nothing, because Rootly may sort or show times only to the
        minute. If the rows are not in order, there is no such prefix.
        """
        if not self.is_in_order:
            return []
        for (place, _), minute in zip(self._instants, self._minutes, strict=True):
            if minute == self._minutes[-1]:
                return self.rows[:place]
        return []

    @property
    def is_in_order(self) -> bool:
        """Whether no row was created in a later minute than the row before it."""
        return self._minutes == sorted(self._minutes, reverse=True)

    @cached_property
    def _minutes(self) -> Sequence[datetime]:
        return [rounded_down(at, MINUTE) for at in self.instants]

    def oldest(self) -> datetime:
        """The second in which the oldest row was created."""
        return min(self._readable_times()).replace(microsecond=0)

    def newest(self) -> datetime:
        """The second in which the newest row was created."""
        return max(self._readable_times()).replace(microsecond=0)

    def _readable_times(self) -> Sequence[datetime]:
        if not self.instants:
            raise UnexpectedResponse(
                "Rootly does not show when incidents were created, "
                "so nothing proves that none is missing."
            )
        return self.instants

    @property
    def instants(self) -> Sequence[datetime]:
        """When the rows were created, without those that do not show it."""
        return [at for _, at in self._instants]

    @cached_property
    def _instants(self) -> Sequence[tuple[int, datetime]]:
        """The place of each row with a readable `created_at`, and that time."""
        instants = []
        for place, row in enumerate(self.rows):
            at = instant_of(row, KEY)
            if at is not None:
                instants.append((place, at))
        return instants


def divide_around_rows(
    answer: IntervalAnswer, start: datetime, end: datetime
) -> Sequence[Interval]:
    """Divide *start* to *end* into at least two intervals, the oldest one first.

    If possible, one of them spans exactly the rows of the answer.
    """
    unit = unit_of(start, end)
    oldest = rounded_down(answer.oldest(), unit)
    newest = rounded_down(answer.newest(), unit) + unit
    # Rootly may show times only to the minute. Then seconds say nothing.
    shows_unit = unit is MINUTE or answer.oldest().second or answer.newest().second
    is_inside = start <= oldest and newest <= end
    is_smaller = (oldest, newest) != (start, end)
    if not (shows_unit and is_inside and is_smaller):
        return halves(start, end)
    cuts = sorted({start, oldest, newest, end})
    return [Interval(*bounds) for bounds in pairwise(cuts)]


def agree(previous: Sequence[IntervalAnswer], pages: Sequence[IntervalAnswer]) -> bool:
    """Whether two readings of all pages are whole, and have the same incidents."""
    return _are_whole(previous) and _are_whole(pages) and _keys(previous) == _keys(pages)


def contradiction(
    previous: Sequence[IntervalAnswer], pages: Sequence[IntervalAnswer]
) -> str | None:
    """Why Rootly's count is not certain, if two readings of all pages have more than it counts.

    None if the readings differ: then incidents changed meanwhile.
    """
    keys = _keys(pages)
    counted = max(page.total or 0 for page in pages)
    if keys != _keys(previous) or len(keys) <= counted:
        return None
    return _too_small(counted, len(keys))


def _too_small(total: int, number: int) -> str:
    return f"Rootly says that {total:,} incidents match, but sent {number:,}."


def _are_whole(pages: Sequence[IntervalAnswer]) -> bool:
    """Whether the pages together have as many incidents as each of them counts, if it does."""
    number = len(_keys(pages))
    return all(page.total in (number, None) for page in pages)


def _keys(pages: Iterable[IntervalAnswer]) -> set[str | None]:
    return {key_of(row) for page in pages for row in page.rows}
