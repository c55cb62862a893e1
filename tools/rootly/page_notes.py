"""Notes on a page: what a reader must know if Rootly's answer is not in order."""

from collections.abc import Iterator

from tools.rootly.identity import number_of
from tools.rootly.next_keyset import last_window
from tools.rootly.page import Page
from tools.rootly.position import Cursor, Offset, Position


def page_notes(page: Page, following: Position | None) -> Iterator[str]:
    """Notes on *page*; *following* is the position after it."""
    yield from _order_notes(page)
    yield from _row_notes(page)
    yield from _place_notes(page)
    yield from _count_notes(page, following)


def _order_notes(page: Page) -> Iterator[str]:
    if page.resolution is None:
        yield f"Rootly did not sort by {page.sort}: following next may repeat or miss some."


def _row_notes(page: Page) -> Iterator[str]:
    duplicates = page.received - len(page.distinct_rows)
    if duplicates:
        alike = all(row in page.distinct_rows for row in page.document.incidents)
        how = ": shown once" if alike else ", and not alike: only the first is shown"
        yield f"Rootly sent {duplicates} of these incidents twice{how}."
    if not page.has_more:
        return
    if page.goes_on_by_keyset:
        unnumbered = sum(number_of(row) is None for row in page.rows)
        if unnumbered:
            yield (
                f"The numbers of {unnumbered} incidents here are not readable: "
                "they may come again on the next page."
            )
        if page.rows and last_window(page) is None:
            yield (
                "More incidents follow, but Rootly does not show when these were created: "
                "narrow the question by created_at."
            )


def _place_notes(page: Page) -> Iterator[str]:
    is_part = page.has_more or isinstance(page.position, Cursor | Offset)
    if is_part and not page.goes_on_by_keyset:
        unplaced = sum(row.attributes.get(page.key) is None for row in page.rows)
        if unplaced:
            yield (
                f"Where Rootly sorts the {unplaced} incidents without {page.key} here is not "
                "known: some may be missed, or come again."
            )
    if page.left_its_place:
        yield (
            "Rootly did not go on exactly where the last page ended: "
            "rows may be missing here, or come again."
        )
    if page.lacks_known_rows:
        yield (
            "Rootly sent no incidents here, not even the last ones shown: "
            "they were deleted or changed, or the list may be incomplete."
        )


def _count_notes(page: Page, following: Position | None) -> Iterator[str]:
    if page.document.total is not None and page.request_total is None:
        yield (
            "Rootly's count of matches is smaller than the number of incidents that it sent: "
            "it is left out."
        )
    if not page.promises_more:
        return
    if page.received < page.size:
        yield (
            f"Rootly sent {page.received} incidents of a page of {page.size}, "
            "and says that there are more."
        )
    elif following is None:
        yield (
            "Rootly says that there are more incidents, but not how to go on: "
            "sort by created_at, or narrow the question."
        )
