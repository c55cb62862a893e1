"""Remembers which turns were promised to callers that were refused."""

from collections import deque
from collections.abc import Hashable

_SPACING = 1.1
"""Turns are promised a little more slowly than they come, so that one that is late finds room."""
_NEW_CALLERS_SHARE = 0.9
"""The part of their time that new callers may wait. The rest is room for those who come back."""
_MOST = 4
"""A caller that makes several calls at once gets so many different turns."""
_KEEP_S = 60
"""How long a turn is kept for a caller that comes late."""
_MUCH_FASTER = 2
"""If turns come so many times as fast as promised, those that were promised are useless."""


class PromisedTurns:
    """The turns that were promised to callers that were refused.

    Everybody gets another turn, so those who come back do not come together. A caller that asks
    again and again soon hears of its first turn again, and does not move the turns of others. All
    times are seconds of one clock.
    """

    def __init__(self) -> None:
        self._turns: dict[Hashable, deque[float]] = {}
        """By caller. The one with the last turn comes last."""
        self._last = float("-inf")
        self._interval_s = 0.0
        """The longest time between two turns at which they were promised."""

    def promise(self, caller: Hashable, earliest: float, interval_s: float, now: float) -> float:
        """A turn of *caller*. A new one is not before *earliest*.

        *interval_s* is the present time between two turns.
        """
        self._notice_pace(interval_s)
        turns = self._turns.setdefault(caller, deque())
        while turns and turns[0] <= now:
            turns.popleft()
        if len(turns) < _MOST:
            self._last = max(earliest, self._last + interval_s * _SPACING)
            turns.append(self._last)
            self._turns[caller] = self._turns.pop(caller)
            return self._last
        return turns[0]

    def time_share(self, caller: Hashable, now: float) -> float:
        """The part of its time that *caller* may wait for its turn."""
        self._forget(now - _KEEP_S)
        return 1 if self._is_due(caller, now) or not self._turns else _NEW_CALLERS_SHARE

    def take(self, caller: Hashable, now: float) -> None:
        """Use up the turn of *caller*, if its time has come."""
        if self._is_due(caller, now):
            self._turns[caller].popleft()

    def _notice_pace(self, interval_s: float) -> None:
        """Forget all turns if turns come much faster now. New ones would be far too late."""
        if interval_s * _MUCH_FASTER < self._interval_s:
            self._turns.clear()
            self._last = float("-inf")
            self._interval_s = 0
        self._interval_s = max(self._interval_s, interval_s)

    def _is_due(self, caller: Hashable, now: float) -> bool:
        turns = self._turns.get(caller, ())
        return any(turn <= now for turn in turns)

    def _forget(self, before: float) -> None:
        """Forget callers whose turns were all before that time."""
        while self._turns:
            caller, turns = next(iter(self._turns.items()))
            if turns and turns[-1] >= before:
                return
            del self._turns[caller]
