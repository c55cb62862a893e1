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
    last = _last_instant(page.rows)
    before = page.position.window if isinstance(page.position, Keyset) else None
    if last is None:
        return before
    minute = Window.around(last, 60)
    if before and before.seconds == 1 and before.overlaps(minute):
        return Window.around(last, 1)
    return minute


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
    before = page.distinct[: page.distinct.index(rows[-1]) + 1]
    instants = [instant_of(row, KEY) for row in before]
    inside = [at for at in instants if at is None or at in window]
    return Offset(len(inside), _answer_capacity(page), window)


def _answer_capacity(page: Page) -> int:
    """How many rows Rootly sends in one answer, judging by this one."""
    is_cut = page.received < page.size and page.promises_more
    return max(1, page.received) if is_cut else MAX_ROWS


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
    minute = Window.around(window.start, 60)
    again: dict[int, datetime | None] = {}
    for number, at in numbers.items():
        if at is None or (at in minute and not page.is_before(at, window)):
            again[number] = at
    return again


def _after_known_rows(page: Page, position: Keyset) -> Position | None:
    """After a page that only has rows of earlier pages."""
    is_full = page.received >= page.size or page.promises_more
    if not page.received or not is_full or page.left_its_place:
        return None
    last, window = _last_instant(page.distinct), position.window
    if last and (window.seconds == 1 or page.resolution == 1):
        window = Window.around(last, 1)
    following = _after(page, page.distinct, window)
    if isinstance(following, Keyset) and following.window == position.window:
        # The same request would bring the same rows.
        return _in_crowd(page, page.distinct, window)
    return following


def _in_crowded_window(page: Page, offset: Offset, window: Window) -> Position:
    """The next page inside the window, or the first one after it."""
    if page.rows and page.has_more:
        return _after_offset(page, offset)
    return Keyset(window.before if page.is_descending else window.after)


def _by_cursor(page: Page) -> Cursor | None:
    cursor = page.document.cursor
    if cursor is None or isinstance(page.position, Offset):
        return None
    last = instant_of(page.distinct[-1], page.key)
    return Cursor(cursor, page.passed + len(page.distinct), page.first_row, last)


def _by_offset(page: Page) -> Offset | None:
    if isinstance(page.position, Cursor):
        return None
    start = page.start
    return _after_offset(
        page, start if isinstance(start, Offset) else Offset(page.passed, page.size)
    )


def _after_offset(page: Page, offset: Offset) -> Offset:
    limit = max(1, page.received) if page.is_short else min(offset.limit, MAX_ROWS)
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
