"""Notes on a page, for a reader who must know that Rootly's answer is not in order."""

from collections.abc import Callable, Iterator, Sequence

from tools.rootly.identity import number_of
from tools.rootly.next_keyset import next_keyset
from tools.rootly.page import Page
from tools.rootly.position import Cursor, Offset, Position

AFTER_THE_END = "This page is after the end of the list: give a smaller page_number."
UNNUMBERED_ROWS = (
    "The numbers of {count} incidents here are not readable: they may come again on the next page."
)


def page_notes(page: Page, next_position: Position | None) -> Iterator[str]:
    """Notes on *page*; *next_position* is the position after it."""
    for count_of, text in _NOTES:
        count = count_of(page)
        if count:
            yield text.format(page=page, count=count)
    if next_position is None and page.promises_more and page.is_full:
        yield (
            "Rootly says that there are more incidents, but not how to go on: "
            "sort by created_at, or narrow the question."
        )


def _is_unsorted(page: Page) -> bool:
    """Whether the rows are not in the order of the sort key."""
    return page.resolution is None


def _equal_duplicates(page: Page) -> int:
    """How many rows Rootly sent twice, if all of them are the same each time."""
    if _has_unequal_duplicates(page):
        return 0
    return page.received - len(page.distinct_rows)


def _unequal_duplicates(page: Page) -> int:
    """How many rows Rootly sent twice, if some of them differ."""
    if _has_unequal_duplicates(page):
        return page.received - len(page.distinct_rows)
    return 0


def _has_unequal_duplicates(page: Page) -> bool:
    """Whether a row that Rootly sent twice was not the same each time."""
    if page.received == len(page.distinct_rows):
        return False
    return any(row not in page.distinct_rows for row in page.document.incidents)


def _unnumbered_rows(page: Page) -> int:
    """How many rows could not be left out if Rootly sent them again."""
    if not _continues_by_keyset(page):
        return 0
    numbers = [number_of(row) for row in page.rows]
    return numbers.count(None)


def _is_undated(page: Page) -> bool:
    """Whether the list cannot continue after the rows, because none of them shows its time."""
    return _continues_by_keyset(page) and bool(page.rows) and next_keyset(page) is None


def _continues_by_keyset(page: Page) -> bool:
    """Whether the list continues after this page, by keyset."""
    return page.goes_on_by_keyset and page.has_more


def _unplaced_rows(page: Page) -> int:
    """How many rows of a part of a list have no value of the sort key."""
    is_part = page.has_more or isinstance(page.position, Cursor | Offset)
    if page.goes_on_by_keyset or not is_part:
        return 0
    keys = [row.attributes.get(page.key) for row in page.rows]
    return keys.count(None)


def _contradicts_its_count(page: Page) -> bool:
    """Whether Rootly's count of matches cannot be true."""
    return page.document.total is not None and page.request_total is None


def _is_smaller_than_requested(page: Page) -> bool:
    """Whether Rootly sent fewer rows than it could have."""
    return page.promises_more and not page.is_full


_NOTES: Sequence[tuple[Callable[[Page], int], str]] = (
    (
        _is_unsorted,
        "Rootly did not sort by {page.sort}: following next may repeat or miss some.",
    ),
    (
        _equal_duplicates,
        "Rootly sent {count} of these incidents twice: shown once.",
    ),
    (
        _unequal_duplicates,
        "Rootly sent {count} of these incidents twice, and not alike: only the first is shown.",
    ),
    (
        _unnumbered_rows,
        UNNUMBERED_ROWS,
    ),
    (
        _is_undated,
        "More incidents follow, but Rootly does not show when these were created: "
        "narrow the question by created_at.",
    ),
    (
        _unplaced_rows,
        "Where Rootly sorts the {count} incidents without {page.key} here is not "
        "known: some may be missed, or come again.",
    ),
    (
        lambda page: page.left_its_place,
        "Rootly did not go on exactly where the last page ended: "
        "rows may be missing here, or come again.",
    ),
    (
        lambda page: page.lacks_known_rows,
        "Rootly sent no incidents here, not even the last ones shown: "
        "they were deleted or changed, or the list may be incomplete.",
    ),
    (
        lambda page: page.is_after_the_end,
        AFTER_THE_END,
    ),
    (
        _contradicts_its_count,
        "Rootly's count of matches is smaller than the number of incidents that it sent: "
        "it is left out.",
    ),
    (
        _is_smaller_than_requested,
        "Rootly sent {page.received} incidents of a page of {page.size}, "
        "and says that there are more.",
    ),
)
"""The notes in their order, each after the function that counts the rows that it is about.

A note without such rows is left out. Some notes are about the whole page: their function returns
whether they are true.
"""
