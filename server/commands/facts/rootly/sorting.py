"""Sorted lists: the place of missing times, the order of equal ones, and the resolution."""

import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from server.commands.facts.fact import Fact, NotSeen
from server.commands.facts.rootly.account import Account
from server.commands.facts.rootly.incident import Incident

_NULLABLE = ("resolved_at", "mitigated_at", "in_triage_at", "started_at")
_SORTABLE = ("created_at", "updated_at", *_NULLABLE)
_FEWEST_MISSING, _MOST_MISSING = 4, 8
_PRESENT = 4
_FEWEST_TO_TRUST = 4
"""In so many incidents, a random order does not look like the right one in both directions."""
_MOST_CLOSE = 10
_SIZE = 50
# By whether the incidents without a time come first, upwards and downwards.
_PLACES = {
    (True, True): "first",
    (False, False): "last",
    (True, False): "low",
    (False, True): "high",
}
# Units of time, each with the next finer one.
_FINER = {"minute": "second", "second": "millisecond", "millisecond": "microsecond"}
Numbers = list[int]
Times = dict[int, datetime]
"""By the number of an incident, one of its times."""


async def missing_times(account: Account) -> Iterable[Fact]:
    """The dials `nulls` and `ties`: incidents that lack a time are equal for a sort by it."""
    key, missing, present = _mixture(account.incidents)
    incidents = [*missing, *present]
    lacking = {one.number for one in missing}
    upwards = await _sorted(account, incidents, key, _SIZE)
    downwards = await _sorted(account, incidents, f"-{key}", _SIZE)
    _check_order(key, present, upwards, downwards)
    nulls = _nulls(upwards, downwards, lacking)
    orders = [_only(upwards, lacking), _only(downwards, lacking)]
    orders.append(_only(await _sorted(account, incidents, key, _SIZE - 1), lacking))
    if all(order == sorted(lacking) for order in orders):
        return [nulls, Fact("ties", "number", "incidents without a time are sorted by number")]
    if orders[0] == orders[2]:
        reason = "equal incidents have a fixed order, but not by number"
        return [nulls, Fact("ties", None, reason)]
    again = _only(await _sorted(account, incidents, key, _SIZE), lacking)
    if again == orders[0]:
        return [nulls, Fact("ties", "page_size", "another page size gives them another order")]
    return [nulls, Fact("ties", "request", "the same request gives them another order")]


def _mixture(incidents: Sequence[Incident]) -> tuple[str, list[Incident], list[Incident]]:
    """A time, some incidents that lack it, and some that have it in different minutes.

    Raises:
        NotSeen: there are too few.
    """
    for key in _NULLABLE:
        missing = [one for one in incidents if one.attributes.get(key) is None]
        present = dict[datetime, Incident]()
        for one in incidents:
            at = one.time(key)
            if at is not None:
                present.setdefault(at.replace(second=0, microsecond=0), one)
        if len(missing) >= _FEWEST_MISSING and len(present) >= 2:
            return key, missing[:_MOST_MISSING], [*present.values()][:_PRESENT]
    raise NotSeen("too few incidents with and without a time")


async def _sorted(account: Account, incidents: Sequence[Incident], sort: str, size: int) -> Numbers:
    """The numbers of these incidents, in the order of an answer.

    Raises:
        NotSeen: the answer does not have exactly these incidents.
    """
    by_id = {one.id: one.number for one in incidents}
    params = {
        "filter[sequential_id]": ",".join(str(number) for number in by_id.values()),
        "sort": sort,
        "page[size]": str(size),
    }
    ids = await account.ids(params)
    if sorted(ids) != sorted(by_id):
        raise NotSeen("filter[sequential_id] does not find exactly the incidents that were named")
    return [by_id[id_] for id_ in ids]


def _check_order(
    key: str, present: Sequence[Incident], upwards: Numbers, downwards: Numbers
) -> None:
    """Raises:
    NotSeen: the incidents that have the time are not sorted by it.
    """
    times = {one.number: one.time(key) for one in present}
    order = sorted(times, key=lambda number: str(times[number]))
    if _only(upwards, times) != order or _only(downwards, times) != order[::-1]:
        raise NotSeen("sort does not sort")


def _only(numbers: Numbers, some: Iterable[int]) -> Numbers:
    chosen = set(some)
    return [number for number in numbers if number in chosen]


def _nulls(upwards: Numbers, downwards: Numbers, lacking: set[int]) -> Fact:
    places = []
    for numbers in (upwards, downwards):
        are_first = set(numbers[: len(lacking)]) == lacking
        are_last = set(numbers[-len(lacking) :]) == lacking
        if not are_first and not are_last:
            return Fact("nulls", None, "incidents without a time are between the others")
        places.append(are_first)
    return Fact("nulls", _PLACES[places[0], places[1]], "a sort by a time that some do not have")


async def resolution(account: Account) -> Iterable[Fact]:
    """The dial `sorted`, from incidents whose times are close together."""
    key, times = _closest(account.incidents)
    close = [one for one in account.incidents if one.number in times]
    upwards = await _sorted(account, close, key, _SIZE)
    downwards = await _sorted(account, close, f"-{key}", _SIZE)
    wrong = set[str]()
    for unit in _FINER:
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
    if "minute" in wrong:
        return Fact("sorted", "minute", reason)
    if "second" in wrong:
        if not _pairs(times, "minute"):
            raise NotSeen("no two incidents have a time in the same minute, but another second")
        return Fact("sorted", "s", reason)
    if account.facts.get("ties") != "number" and len(times) < _FEWEST_TO_TRUST:
        raise NotSeen("too few incidents have times that are close together")
    stored = account.facts.get("stored")
    if stored != "s" and not _pairs(times, "second"):
        raise NotSeen("no two incidents have a time in the same second")
    if stored == "us" and not _pairs(times, "millisecond"):
        raise NotSeen("no two incidents have a time in the same millisecond")
    return Fact("sorted", "ms" if "millisecond" in wrong else "stored", reason)


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
    times = [(at, one.number) for one in incidents if (at := one.time(key))]
    times.sort()
    for place, (first, _) in enumerate(times):
        nearest = times[place : place + _MOST_CLOSE]
        yield {number: at for at, number in nearest if _cut(at, "minute") == _cut(first, "minute")}


def _pairs(times: Times, unit: str) -> list[tuple[int, int]]:
    """Each two incidents in the same unit, but not in the same finer one; the earlier one first."""
    pairs = []
    for (one, one_at), (other, other_at) in itertools.permutations(times.items(), 2):
        is_near = _cut(one_at, unit) == _cut(other_at, unit)
        if is_near and _cut(one_at, _FINER[unit]) < _cut(other_at, _FINER[unit]):
            pairs.append((one, other))
    return pairs


def _is_wrong(order: Numbers, pairs: Iterable[tuple[int, int]]) -> bool:
    return any(order.index(earlier) > order.index(later) for earlier, later in pairs)


def _cut(at: datetime, unit: str) -> datetime:
    match unit:
        case "minute":
            return at.replace(second=0, microsecond=0)
        case "second":
            return at.replace(microsecond=0)
        case "millisecond":
            return at.replace(microsecond=at.microsecond // 1000 * 1000)
    return at
