"""A page of matches: the part of a sorted list in memory that an answer shows, and what follows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from tools.rootly.list_request import ListRequest
from tools.rootly.match import Match
from tools.rootly.position import KEY, CreatedSeconds, Keyset, Offset, Position
from tools.rootly.window import Window, second_of

_MAX_NUMBERS = 250
"""The most incident numbers in a continuation, which would be too long with more of them."""


@dataclass(frozen=True)
class MatchPage:
    """A page of the list that *request* asks for.

    * `matches`: all matches that were read, in order.
    * `since`: older incidents than this one were not read; None if all were read.
    """

    request: ListRequest
    matches: Sequence[Match]
    since: datetime | None

    @property
    def rows(self) -> Sequence[Match]:
        """The matches on this page, if all of them fit in the answer."""
        return self.matches[self._start : self._start + self.request.size]

    @property
    def is_after_the_end(self) -> bool:
        """Whether the call asked for a page number after the last page."""
        if self.request.position or not self.matches or self.since:
            return False
        return self._start >= len(self.matches)

    @property
    def continues_into_older(self) -> bool:
        """Whether `next` leads to the older incidents that were not read."""
        if self.since is None or not self.request.is_newest_first:
            return False
        return self.next_position(len(self.rows)) is not None

    @property
    def _start(self) -> int:
        """How many of the matches are on earlier pages."""
        position = self.request.position
        if position:
            return position.passed
        return ((self.request.page_number or 1) - 1) * self.request.size

    def next_position(self, count: int) -> Position | None:
        """The position after the first *count* rows of this page; None at the end."""
        end = self._start + count
        if end < len(self.matches):
            return self._position_after(end)
        return self._position_after_everything()

    def _position_after(self, end: int) -> Position:
        """The position after the first *end* matches, if others follow."""
        position = self.request.position
        if isinstance(position, Offset) and position.window:
            return Offset(end, window=position.window)
        window = self._window_after(end)
        if window is None:
            return Offset(end)
        return self._position_in(window, end)

    def _window_after(self, end: int) -> Window | None:
        """The minute in which the list continues; None if it cannot continue by keyset."""
        if self.request.sort_key != KEY:
            return None
        for match in reversed(self.matches[:end]):
            if match.created_at:
                return Window.minute_of(match.created_at)
        keyset = self._keyset
        return keyset.window if keyset else None

    def _position_in(self, window: Window, end: int) -> Position:
        """The position in *window* after the first *end* matches."""
        numbers = self._numbers_in(window, end)
        if len(numbers) <= _MAX_NUMBERS:
            is_noted = self.since is None or not self.request.is_descending
            return Keyset(window, numbers, is_noted)
        return Offset(len(numbers), window=window)

    def _position_after_everything(self) -> Position | None:
        """Where incidents follow that were not read; None if there are none."""
        position = self.request.position
        if isinstance(position, Offset) and position.window:
            # Only this window was read.
            is_descending = self.request.is_descending
            return Keyset(position.window.before if is_descending else position.window.after)
        if self.since is None or not self.request.is_newest_first:
            return None
        older = self._position_in(Window.minute_of(self.since), len(self.matches))
        # If the minute has more incidents than a call may read, there is no way past it.
        return None if older == position else older

    @property
    def _keyset(self) -> Keyset | None:
        position = self.request.position
        return position if isinstance(position, Keyset) else None

    def _numbers_in(self, window: Window, end: int) -> CreatedSeconds:
        """The incidents up to *end*, and on earlier pages, that may come again in *window*."""
        numbers = self._numbers_until(end)
        return {number: at for number, at in numbers if window.may_contain(at)}

    def _numbers_until(self, end: int) -> Iterator[tuple[int, datetime | None]]:
        if self._keyset:
            yield from self._keyset.numbers.items()
        for match in self.matches[:end]:
            if match.number is not None:
                yield match.number, second_of(match.created_at)


def new_matches(matches: Sequence[Match], request: ListRequest) -> Sequence[Match]:
    """*matches* without those that an earlier page of the list had."""
    keyset = request.position
    if not isinstance(keyset, Keyset):
        return matches
    new = []
    for match in matches:
        number, at = match.number, match.created_at
        if not keyset.has_passed(number, at, descending=request.is_descending):
            new.append(match)
    return new
