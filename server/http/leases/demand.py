"""How many requests a process could send, from what it sent lately and from what waits."""

from math import exp

from tools.budget import Demand

_MEMORY_S = 1.0
_CLEARING_S = 0.5
"""Waiting requests should be sent within this time."""


class SmoothDemand:
    """The demand of the last seconds, in which older looks count less.

    If the rates changed with every look, a part of them would be lost: what one process gives up,
    another one can use only after its next ask.

    * `per_minute`: the requests that could be sent.
    * `callers`: the number of callers that sent or waited, at least 1.
    """

    def __init__(self) -> None:
        self.per_minute = 0.0
        self.callers = 1.0
        self._sent_per_s = 0.0
        self._looked_at: float | None = None

    def add(self, demand: Demand, now: float) -> None:
        """Add the demand since the last look."""
        seconds = 0.25 if self._looked_at is None else max(now - self._looked_at, 0.001)
        self._looked_at = now
        weight = 1 - exp(-seconds / _MEMORY_S)
        self._sent_per_s += (demand.sent / seconds - self._sent_per_s) * weight
        self.callers += (max(demand.callers, 1) - self.callers) * weight
        self.per_minute = 60 * (self._sent_per_s + demand.waiting / _CLEARING_S)
