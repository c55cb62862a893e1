"""The resolution at which times are sorted, from incidents whose times are close together."""

import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from server.commands.facts.fact import Fact, NotSeen
from server.commands.facts.rootly.account import Account
from server.commands.facts.rootly.incident import Incident
from server.commands.facts.rootly.sorting import SIZE, Numbers, sorted_numbers
from server.commands.facts.rootly.time_unit import FINER, cut
from tools.rootly.vocabulary import SORTS

_SORTABLE = tuple(key for key in SORTS if not key.startswith("-"))
_MOST_CLOSE = 10
_FEWEST_PAIRS = 8
"""With so many, a random order hardly ever looks like the right one in both directions."""
Times = dict[int, datetime]
"""By the number of an incident, one of its times."""


async def resolution(account: Account) -> Iterable[Fact]:
    """The dial `sorted`, from incidents whose times are close together."""
    key, times = _closest(account.incidents)
    close = [one for one in account.incidents if one.number in times]
    upwards = await sorted_numbers(account, close, key, SIZE)
    downwards = await sorted_numbers(account, close, f"-{key}", SIZE)
    wrong = set[str]()
    for unit in FINER:
        for order in (upwards, downwards[::-1]):
            if _is_wrong(order, _pairs(times, unit)):
                wrong.add(unit)
    return [_sorted_to(account, times, wrong)]


def _sorted_to(account: Account, times: Times, wrong: Collection[str]) -> Fact:
    """The dial, from the units within which incidents came in the wrong order.

    Raises:
        NotSeen: there are too few incidents to tell.
    """
    reason = "a sort by times that are close together"
    stored = account.dial_values.get("stored")
    if "minute" in wrong:
        return Fact("sorted", "minute", reason)
    if "second" in wrong or stored == "s":
        _check_number(account, times, "minute")
        return Fact("sorted", "s" if "second" in wrong else "stored", reason)
    _check_number(account, times, "second")
    if stored == "us":
        _check_number(account, times, "millisecond")
    return Fact("sorted", "ms" if "millisecond" in wrong else "stored", reason)


def _check_number(account: Account, times: Times, unit: str) -> None:
    """Check that the right order of incidents in the same unit cannot be a coincidence.

    Raises:
        NotSeen: too few incidents are in the same one.
    """
    # If equal incidents are sorted by number, their order is wrong in one of the directions.
    fewest = 1 if account.dial_values.get("ties") == "number" else _FEWEST_PAIRS
    if len(_pairs(times, unit)) < fewest:
        raise NotSeen(f"too few incidents have a time in the same {unit}")


def _closest(incidents: Sequence[Incident]) -> tuple[str, Times]:
    """A time, and some incidents in which it is close together, by number.

    Raises:
        NotSeen: there are none.
    """
    best, best_rank = ("", Times()), (0, 0, 0)
    for key in _SORTABLE:
        for times in _neighbours(key, incidents):
            milliseconds, seconds = _pairs(times, "millisecond"), _pairs(times, "second")
            rank = len(milliseconds), len(seconds), len(_pairs(times, "minute"))
            if rank > best_rank:
                best, best_rank = (key, times), rank
    if not best[0]:
        raise NotSeen("no two incidents have a time in the same minute")
    return best


def _neighbours(key: str, incidents: Sequence[Incident]) -> Iterator[Times]:
    """For each incident, those of the same minute that follow it: at most `_MOST_CLOSE`."""
    times = []
    for incident in incidents:
        at = incident.time(key)
        if at:
            times.append((at, incident.number))
    times.sort()
    for place, (first, _) in enumerate(times):
        nearest = times[place : place + _MOST_CLOSE]
        yield {number: at for at, number in nearest if cut(at, "minute") == cut(first, "minute")}


def _pairs(times: Times, unit: str) -> list[tuple[int, int]]:
    """Each two incidents in the same unit, but not in the same finer one; the earlier one first."""
    pairs = []
    for (one, one_at), (other, other_at) in itertools.permutations(times.items(), 2):
        is_near = cut(one_at, unit) == cut(other_at, unit)
        if is_near and cut(one_at, FINER[unit]) < cut(other_at, FINER[unit]):
            pairs.append((one, other))
    return pairs


def _is_wrong(order: Numbers, pairs: Iterable[tuple[int, int]]) -> bool:
    return any(order.index(earlier) > order.index(later) for earlier, later in pairs)
