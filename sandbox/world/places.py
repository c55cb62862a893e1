"""Which incidents take the place of random ones."""

from bisect import bisect
from collections.abc import Callable, Mapping, Sequence

from sandbox.world.cases import Case, cases

# How many places on either side of the right one are looked at. The nearest ones may not be free.
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
    by_place, by_title = dict[int, Case](), dict[str, int]()
    for case in cases():
        # A part comes after the incident that it is a part of.
        first = by_title.get(case.parent or "", -1) + 1
        free = _free(hours, case, first, is_free, by_place)
        place = min(free, key=lambda place: abs(hours[place] - case.hours))
        hours[place] = _in_order(hours, place, case.hours)
        by_place[place] = case
        by_title[case.title] = place
    return by_place


def _free(
    hours: Sequence[float],
    case: Case,
    first: int,
    is_free: IsFree,
    by_place: Mapping[int, Case],
) -> list[int]:
    """The places from *first* on that are near the case's time, and that no case has yet."""
    middle = bisect(hours, -case.hours, key=lambda age: -age)
    window = range(max(first, middle - _REACH), min(middle + _REACH, len(hours)))
    return [place for place in window if place not in by_place and is_free(place, case.status)]


def _in_order(hours: Sequence[float], place: int, age: float) -> float:
    """*age*, if it is between the ages of the incidents before and after. Otherwise their mean."""
    older = hours[place - 1] if place > 0 else max(age, hours[place]) + 1
    newer = hours[place + 1] if place + 1 < len(hours) else 0
    if newer < age < older:
        return age
    return (newer + older) / 2
