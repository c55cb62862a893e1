"""Finds the next position of a list that is sorted by `created_at`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from tools.rootly.document import Incident
from tools.rootly.identity import instant_of, number_of
from tools.rootly.page import Page
from tools.rootly.position import KEY, MAX_ROWS, CreatedSeconds, Keyset, Offset, Position
from tools.rootly.window import Window, second_of


def next_keyset(page: Page) -> Position | None:
    """The position after *page*, for a list that may continue.

    None if the rows do not show where to continue, or if the page has only known rows and nothing
    follows them.
    """
    if not page.rows:
        return _position_after_known_rows(page)
    window = last_window(page)
    if window is None:
        return None
    position = _position_after(page, page.rows, window)
    if isinstance(position, Offset) and _last_instant(page.rows) is None:
        # Page numbers would count these rows as rows of the window. Nothing shows that they are.
        return None
    return position


def last_window(page: Page) -> Window | None:
    """The window of the last row, where the list continues; None if no row shows its time.

    Normally it is a minute, because Rootly may sort and compare times only to the minute. If the
    current position is a second of the same minute, it is a second: that minute has too many rows
    for one answer. If no row of the page shows its time, it is the window of the current position.
    """
    current = page.keyset.window if page.keyset else None
    last_time = _last_instant(page.rows)
    if last_time is None:
        return current
    minute = Window.minute_of(last_time)
    if current and current.is_second and current.overlaps(minute):
        return Window.second_of(last_time)
    return minute


def _position_after(page: Page, rows: Sequence[Incident], window: Window) -> Position:
    """The position after *rows*, the last of which are in *window*."""
    numbers = _repeated_incidents(page, window)
    rows_inside = _count_inside(window, numbers.values())
    if rows_inside < _answer_capacity(page):
        return Keyset(window, numbers)
    last_time = _last_instant(rows)
    can_be_divided = not window.is_second and page.resolution == 1
    if last_time and can_be_divided:
        return _position_after(page, rows, Window.second_of(last_time))
    return _offset_in_full_window(page, rows, window)


def _position_after_known_rows(page: Page) -> Position | None:
    """The position after a page that has only rows of earlier pages.

    None if the list ends, or if Rootly did not continue at the requested second.
    """
    keyset = page.keyset
    if keyset is None or not page.received or page.left_its_place:
        return None
    rows = page.distinct_rows
    window = keyset.window
    last_time = _last_instant(rows)
    shows_seconds = window.is_second or page.resolution == 1
    if last_time and shows_seconds:
        window = Window.second_of(last_time)
    candidate = _position_after(page, rows, window)
    if isinstance(candidate, Keyset) and candidate.window == keyset.window:
        # A request at the same window would return the same rows.
        return _offset_in_full_window(page, rows, window)
    return candidate


def _offset_in_full_window(page: Page, rows: Sequence[Incident], window: Window) -> Offset:
    """The position after *rows*, in a window that has more rows than one answer."""
    end = page.distinct_rows.index(rows[-1]) + 1
    instants = [instant_of(row, KEY) for row in page.distinct_rows[:end]]
    return Offset(_count_inside(window, instants), _answer_capacity(page), window)


def _count_inside(window: Window, instants: Iterable[datetime | None]) -> int:
    """How many of these times may be in *window*. A time that is not readable counts."""
    return sum(map(window.may_contain, instants))


def _answer_capacity(page: Page) -> int:
    """The most rows that Rootly sends in one answer.

    100, or as many as in this answer if it is too small although more rows follow.
    """
    if page.promises_more and not page.is_full:
        return max(1, page.received)
    return MAX_ROWS


def _repeated_incidents(page: Page, window: Window) -> CreatedSeconds:
    """The incidents that Rootly may send again if the next request begins at *window*.

    They are of this page and of earlier ones. Those of earlier pages stay in the list even if this
    page does not have them: Rootly may change the order of incidents with the same `created_at`.
    """
    numbers = {**_new_numbers(page.rows), **_known_numbers(page, window)}
    again = {number: at for number, at in numbers.items() if _may_come_again(page, at, window)}
    return {number: second_of(at) for number, at in again.items()}


def _new_numbers(rows: Iterable[Incident]) -> Mapping[int, datetime | None]:
    """The rows that have a number, each with the time when it was created."""
    numbers: dict[int, datetime | None] = {}
    for row in rows:
        number = number_of(row)
        if number is not None:
            numbers[number] = instant_of(row, KEY)
    return numbers


def _known_numbers(page: Page, window: Window) -> CreatedSeconds:
    """The incidents of earlier pages that Rootly may send again in *window*.

    If the windows overlap, these are all of them. Otherwise these are the ones with a readable
    time, which `_may_come_again` compares, and the ones that this page shows near *window*.
    """
    keyset = page.keyset
    if keyset is None:
        return {}
    if keyset.window.overlaps(window):
        return keyset.numbers
    near = _numbers_near(page, window)
    return {number: at for number, at in keyset.numbers.items() if at or number in near}


def _numbers_near(page: Page, window: Window) -> set[int | None]:
    """The rows of this page that follow the last one that was created before *window*.

    Their own times may not be readable, so they may be in *window*, or after it.
    """
    rows = page.distinct_rows
    begin = 0
    for place, row in enumerate(rows):
        if page.is_before(instant_of(row, KEY), window):
            begin = place + 1
    return {number_of(row) for row in rows[begin:]}


def _may_come_again(page: Page, at: datetime | None, window: Window) -> bool:
    """Whether Rootly may send an incident of this time again at *window*.

    It is in *window*, or after it in the same minute, or not readable.
    """
    return window.minute.may_contain(at) and not page.is_before(at, window)


def _last_instant(rows: Sequence[Incident]) -> datetime | None:
    """The time of the last row that shows one."""
    instants = (instant_of(row, KEY) for row in reversed(rows))
    return next(filter(None, instants), None)
