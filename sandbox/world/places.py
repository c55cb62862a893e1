"""Which incidents take the place of random ones."""

from bisect import bisect
from collections.abc import Callable, Sequence

from sandbox.world.cases import Case, cases

# With fewer incidents there are no cases: too few random ones would be left between them.
FEWEST = 300

# How many places around the right one are looked at. The ones nearest to it may not be free.
_REACH = 40

IsFree = Callable[[int, str], bool]
"""Whether the random incident at a place may be replaced by one with this status."""


def places(hours: list[float], is_free: IsFree) -> dict[int, Case]:
    """By place, the case that takes it: the place of the random incident nearest in time.

    Args:
        hours: the ages of the random incidents, oldest first. Those that are replaced get the age
            of the case, or another one that keeps the order.
        is_free: see `IsFree`.
    """
    chosen = dict[int, Case]()
    if len(hours) < FEWEST:
        return chosen
    last = -1
    for case in cases():
        last = _nearest(hours, case, last, is_free)
        hours[last] = _in_order(hours, last, case.hours)
        chosen[last] = case
    return chosen


def _nearest(hours: Sequence[float], case: Case, last: int, is_free: IsFree) -> int:
    """The free place after *last* whose age is the nearest to that of the case."""
    middle = bisect(hours, -case.hours, key=lambda age: -age)
    window = range(max(last + 1, middle - _REACH), min(middle + _REACH, len(hours)))
    free = [place for place in window if is_free(place, case.status)]
    return min(free, key=lambda place: abs(hours[place] - case.hours))


def _in_order(hours: Sequence[float], place: int, age: float) -> float:
    """*age*, if it is between the ages of the incidents before and after. Otherwise their mean."""
    older = hours[place - 1] if place > 0 else max(age, hours[place]) + 1
    newer = hours[place + 1] if place + 1 < len(hours) else 0
    if newer < age < older:
        return age
    return (newer + older) / 2
