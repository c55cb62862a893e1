"""Where a list goes on after a page."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from tools.rootly.continuation import (
    KEY,
    MAX_ROWS,
    Cursor,
    Keyset,
    Numbers,
    Offset,
    Position,
    Window,
)
from tools.rootly.document import Incident
from tools.rootly.identity import instant_of, number_of
from tools.rootly.page import Page


def next_position(page: Page) -> Position | None:
    """The position after the rows of *page*; None at the end of the list."""
    position = page.position
    if isinstance(position, Offset) and position.window:
        return _in_crowded_window(page, position, position.window)
    if isinstance(position, Keyset) and not page.rows:
        return _after_known_rows(page, position)
    if not page.rows or not page.has_more:
        return None
    if page.goes_on_by_keyset:
        return _by_keyset(page)
    return _by_cursor(page) or _by_offset(page)


def last_window(page: Page) -> Window | None:
    """The minute of the last row, because Rootly may sort and compare by the minute.

    Once a minute had more rows than one answer holds, the list goes on by its seconds. If no row
    shows its time, the list is still where it was.
    """
    last, position = _last_instant(page.rows), page.position
    if last is None:
        return position.window if isinstance(position, Keyset) else None
    minute = Window.around(last, 60)
    return Window.around(last, 1) if _goes_by_seconds(position, minute) else minute


def _goes_by_seconds(position: Position | None, minute: Window) -> bool:
    """Whether the list already goes through this minute second by second."""
    if not isinstance(position, Keyset):
        return False
    return position.window.seconds == 1 and position.window.overlaps(minute)


def _by_keyset(page: Page) -> Position | None:
    window = last_window(page)
    return _after(page, page.rows, window) if window else None


def _after(page: Page, rows: Sequence[Incident], window: Window) -> Position:
    """After *rows*, the last of which are in *window*."""
    numbers = _numbers_from(page, window)
    inside = [number for number, at in numbers.items() if at is None or at in window]
    if len(inside) < _answer_capacity(page):
        return Keyset(window, numbers)
    last = _last_instant(rows)
    if last and window.seconds == 60 and page.resolution == 1:
        return _after(page, rows, Window.around(last, 1))
    return _in_crowd(page, rows, window)


def _in_crowd(page: Page, rows: Sequence[Incident], window: Window) -> Offset:
    """After *rows*, in a window that has more rows than one answer and cannot be divided."""
    before = page.distinct_rows[: page.distinct_rows.index(rows[-1]) + 1]
    instants = [instant_of(row, KEY) for row in before]
    inside = [at for at in instants if at is None or at in window]
    return Offset(len(inside), _answer_capacity(page), window)


def _answer_capacity(page: Page) -> int:
    """How many rows Rootly sends in one answer, judging by this one."""
    if page.received < page.size and page.promises_more:
        return max(1, page.received)
    return MAX_ROWS


def _numbers_from(page: Page, window: Window) -> Numbers:
    """The incidents shown so far that come again in *window*, or after it in the same minute.

    Some of them may be missing from this page: Rootly need not keep the order of incidents with the
    same `created_at`.
    """
    numbers = _numbers(page.rows)
    position = page.position
    if isinstance(position, Keyset):
        is_near = position.window.overlaps(window)
        for number, at in position.numbers.items():
            if at or is_near:
                numbers[number] = at
    return {number: at for number, at in numbers.items() if _comes_again(page, at, window)}


def _comes_again(page: Page, at: datetime | None, window: Window) -> bool:
    """Whether this time is in *window*, or after it in the same minute. An unknown time may be."""
    if at is None:
        return True
    return at in window.minute and not page.is_before(at, window)


def _after_known_rows(page: Page, position: Keyset) -> Position | None:
    """After a page that only has rows of earlier pages."""
    is_full = page.received >= page.size or page.promises_more
    if not page.received or not is_full or page.left_its_place:
        return None
    last, window = _last_instant(page.distinct_rows), position.window
    if last and (window.seconds == 1 or page.resolution == 1):
        window = Window.around(last, 1)
    following = _after(page, page.distinct_rows, window)
    if isinstance(following, Keyset) and following.window == position.window:
        # The same request would bring the same rows.
        return _in_crowd(page, page.distinct_rows, window)
    return following


def _in_crowded_window(page: Page, offset: Offset, window: Window) -> Position:
    """The next page inside the window, or the first one after it."""
    if page.rows and page.has_more:
        return _after_offset(page, offset)
    if page.is_descending:
        return Keyset(window.before)
    return Keyset(window.after)


def _by_cursor(page: Page) -> Cursor | None:
    cursor = page.document.cursor
    if cursor is None or isinstance(page.position, Offset):
        return None
    last = instant_of(page.distinct_rows[-1], page.key)
    return Cursor(cursor, page.passed + len(page.distinct_rows), page.first_row, last)


def _by_offset(page: Page) -> Offset | None:
    if isinstance(page.position, Cursor):
        return None
    start = page.start
    if not isinstance(start, Offset):
        start = Offset(page.passed, page.size)
    return _after_offset(page, start)


def _after_offset(page: Page, offset: Offset) -> Offset:
    limit = min(offset.limit, MAX_ROWS)
    if page.is_short:
        limit = max(1, page.received)
    return replace(offset, passed=page.passed + len(page.rows), limit=limit)


def _numbers(rows: Iterable[Incident]) -> dict[int, datetime | None]:
    """The rows that have a number, each with the second in which it was created."""
    numbers: dict[int, datetime | None] = {}
    for row in rows:
        number, at = number_of(row), instant_of(row, KEY)
        if number is not None:
            numbers[number] = at.replace(microsecond=0) if at else None
    return numbers


def _last_instant(rows: Sequence[Incident]) -> datetime | None:
    """The last time that is readable."""
    for row in reversed(rows):
        at = instant_of(row, KEY)
        if at is not None:
            return at
    return None
