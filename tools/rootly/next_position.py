"""Finds the position after a page of a list."""

from dataclasses import replace

from tools.rootly.identity import instant_of
from tools.rootly.next_keyset import next_keyset
from tools.rootly.page import Page
from tools.rootly.position import MAX_ROWS, Cursor, Keyset, Offset, Position
from tools.rootly.window import Window


def next_position(page: Page) -> Position | None:
    """The position after the rows of *page*; None at the end of the list."""
    position = page.position
    if isinstance(position, Offset) and position.window:
        return _next_in_full_window(page, position, position.window)
    if not page.has_more:
        return None
    if page.goes_on_by_keyset:
        return next_keyset(page)
    if not page.rows:
        return None
    if page.cursor is not None:
        return _next_cursor(page, page.cursor)
    if isinstance(position, Cursor):
        # A page number would count other rows.
        return None
    return _next_offset(page)


def _next_in_full_window(page: Page, offset: Offset, window: Window) -> Position:
    """The next page inside the window, or the first one after it."""
    if page.rows and page.has_more:
        return _after_offset(page, offset)
    if page.is_descending:
        return Keyset(window.before)
    return Keyset(window.after)


def _next_cursor(page: Page, cursor: str) -> Cursor:
    """The position after all rows that Rootly sent: a cursor continues after the last of them."""
    last = instant_of(page.distinct_rows[-1], page.key)
    return Cursor(cursor, page.end, page.first_row, last)


def _next_offset(page: Page) -> Offset:
    """The position after *page* in a list that continues by page numbers."""
    start = page.start
    if isinstance(start, Offset):
        return _after_offset(page, start)
    return _after_offset(page, Offset(page.passed, page.size))


def _after_offset(page: Page, offset: Offset) -> Offset:
    """The position after the rows of *page*, which began at *offset*."""
    limit = min(offset.limit, MAX_ROWS)
    if page.is_short:
        limit = max(1, page.received)
    return replace(offset, passed=page.passed + len(page.rows), limit=limit)
