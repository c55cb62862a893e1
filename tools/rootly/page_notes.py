"""Notes on a page: what a reader must know if Rootly's answer is not in order."""

from collections.abc import Callable, Sequence

from tools.rootly.identity import number_of
from tools.rootly.next_keyset import last_window
from tools.rootly.page import Page
from tools.rootly.position import Cursor, Offset, Position


def page_notes(page: Page, following: Position | None) -> list[str]:
    """Notes on *page*; *following* is the position after it."""
    notes = [note(page) for note in _NOTES]
    notes.append(_end_note(page, following))
    return [*filter(None, notes)]


def _order_note(page: Page) -> str | None:
    if page.resolution is not None:
        return None
    return f"Rootly did not sort by {page.sort}: following next may repeat or miss some."


def _duplicates_note(page: Page) -> str | None:
    duplicates = page.received - len(page.distinct_rows)
    if not duplicates:
        return None
    how = ", and not alike: only the first is shown"
    if all(row in page.distinct_rows for row in page.document.incidents):
        how = ": shown once"
    return f"Rootly sent {duplicates} of these incidents twice{how}."


def _unnumbered_note(page: Page) -> str | None:
    if not page.goes_on_by_keyset or not page.has_more:
        return None
    numbers = [number_of(row) for row in page.rows]
    unnumbered = numbers.count(None)
    if not unnumbered:
        return None
    return (
        f"The numbers of {unnumbered} incidents here are not readable: "
        "they may come again on the next page."
    )


def _undated_note(page: Page) -> str | None:
    if not page.goes_on_by_keyset or not page.has_more:
        return None
    if not page.rows or last_window(page):
        return None
    return (
        "More incidents follow, but Rootly does not show when these were created: "
        "narrow the question by created_at."
    )


def _unsorted_note(page: Page) -> str | None:
    is_whole_list = not page.has_more and not isinstance(page.position, Cursor | Offset)
    if page.goes_on_by_keyset or is_whole_list:
        return None
    keys = [row.attributes.get(page.key) for row in page.rows]
    without_key = keys.count(None)
    if not without_key:
        return None
    return (
        f"Where Rootly sorts the {without_key} incidents without {page.key} here is not "
        "known: some may be missed, or come again."
    )


def _place_note(page: Page) -> str | None:
    if not page.left_its_place:
        return None
    return (
        "Rootly did not go on exactly where the last page ended: "
        "rows may be missing here, or come again."
    )


def _missing_note(page: Page) -> str | None:
    if not page.lacks_known_rows:
        return None
    return (
        "Rootly sent no incidents here, not even the last ones shown: "
        "they were deleted or changed, or the list may be incomplete."
    )


def _count_note(page: Page) -> str | None:
    if page.document.total is None or page.request_total is not None:
        return None
    return (
        "Rootly's count of matches is smaller than the number of incidents that it sent: "
        "it is left out."
    )


_NOTES: Sequence[Callable[[Page], str | None]] = (
    _order_note,
    _duplicates_note,
    _unnumbered_note,
    _undated_note,
    _unsorted_note,
    _place_note,
    _missing_note,
    _count_note,
)
"""What makes each note, in their order in the answer; None if there is no need for the note."""


def _end_note(page: Page, following: Position | None) -> str | None:
    if not page.promises_more:
        return None
    if not page.is_full:
        return (
            f"Rootly sent {page.received} incidents of a page of {page.size}, "
            "and says that there are more."
        )
    if following is None:
        return (
            "Rootly says that there are more incidents, but not how to go on: "
            "sort by created_at, or narrow the question."
        )
    return None
