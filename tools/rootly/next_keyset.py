"""Where a list by `created_at` goes on after a page."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from tools.rootly.document import Incident
from tools.rootly.identity import instant_of, number_of
from tools.rootly.page import Page
from tools.rootly.position import KEY, MAX_ROWS, Keyset, Numbers, Offset, Position
from tools.rootly.window import Window


def next_keyset(page: Page) -> Position | None:
    """The position after *page*, if its list goes on.

    None if no row shows its time, or if the page shows that the list ends here after all.
    """
    if not page.rows:
        return _after_known_rows(page)
    window = last_window(page)
    if window is None:
        return None
    return _after(page, page.rows, window)


def last_window(page: Page) -> Window | None:
    """The window of the last row, where the list goes on; None if no row shows its time.

    It is a minute, because Rootly may sort and compare by the minute. Once a minute had more rows
    than one answer holds, the list goes on by its seconds. If no row of a later page shows its
    time, the list is still where it was.
    """
    current = page.keyset.window if page.keyset else None
    last = _last_instant(page.rows)
    if last is None:
        return current
    minute = Window.minute_of(last)
    if current and current.is_second and current.overlaps(minute):
        return Window.second_of(last)
    return minute


def _after(page: Page, rows: Sequence[Incident], window: Window) -> Position:
    """The position after *rows*, the last of which are in *window*."""
    numbers = _numbers_from(page, window)
    rows_inside = _count_inside(window, numbers.values())
    if rows_inside < _answer_capacity(page):
        return Keyset(window, numbers)
    last = _last_instant(rows)
    can_be_divided = not window.is_second and page.resolution == 1
    if last and can_be_divided:
        return _after(page, rows, Window.second_of(last))
    return _in_crowd(page, rows, window)


def _after_known_rows(page: Page) -> Position | None:
    """The position after a page that only has rows of earlier pages; None if the list ends here."""
    keyset = page.keyset
    if keyset is None or not page.received or page.left_its_place:
        return None
    rows = page.distinct_rows
    window = keyset.window
    last = _last_instant(rows)
    shows_seconds = window.is_second or page.resolution == 1
    if last and shows_seconds:
        window = Window.second_of(last)
    following = _after(page, rows, window)
    if isinstance(following, Keyset) and following.window == keyset.window:
        # The same request would bring the same rows.
        return _in_crowd(page, rows, window)
    return following


def _in_crowd(page: Page, rows: Sequence[Incident], window: Window) -> Offset:
    """The position after *rows*, in a window that has more rows than one answer."""
    end = page.distinct_rows.index(rows[-1]) + 1
    instants = [instant_of(row, KEY) for row in page.distinct_rows[:end]]
    return Offset(_count_inside(window, instants), _answer_capacity(page), window)


def _count_inside(window: Window, instants: Iterable[datetime | None]) -> int:
    """How many of these times are in *window*. One that is not readable may be."""
    return sum(map(window.may_contain, instants))


def _answer_capacity(page: Page) -> int:
    """How many rows Rootly sends in one answer: fewer than 100 if this answer is short."""
    if page.promises_more and not page.is_full:
        return max(1, page.received)
    return MAX_ROWS


def _numbers_from(page: Page, window: Window) -> Numbers:
    """The incidents so far that come again if the list goes on at *window*.

    Some of them may be missing from this page: Rootly need not keep the order of incidents with the
    same `created_at`.
    """
    numbers = {**_new_numbers(page.rows), **_known_numbers(page, window)}
    again = {number: at for number, at in numbers.items() if _comes_again(page, at, window)}
    return {number: _second(at) for number, at in again.items()}


def _new_numbers(rows: Iterable[Incident]) -> Numbers:
    """The rows that have a number, each with the time when it was created."""
    numbers: dict[int, datetime | None] = {}
    for row in rows:
        number = number_of(row)
        if number is not None:
            numbers[number] = instant_of(row, KEY)
    return numbers


def _second(at: datetime | None) -> datetime | None:
    """The second that *at* is in; None if the time is not readable."""
    if at is None:
        return None
    return at.replace(microsecond=0)


def _known_numbers(page: Page, window: Window) -> Numbers:
    """The incidents of earlier pages that may come again in *window*.

    One without a readable time only comes again if *window* is near the one that it came from.
    """
    keyset = page.keyset
    if keyset is None:
        return {}
    if keyset.window.overlaps(window):
        return keyset.numbers
    return {number: at for number, at in keyset.numbers.items() if at}


def _comes_again(page: Page, at: datetime | None, window: Window) -> bool:
    """Whether this time is in *window*, or after it in the same minute."""
    return window.minute.may_contain(at) and not page.is_before(at, window)


def _last_instant(rows: Sequence[Incident]) -> datetime | None:
    """The last time that is readable."""
    instants = (instant_of(row, KEY) for row in reversed(rows))
    return next(filter(None, instants), None)
