"""Sorted lists: the place of incidents that lack a time, and the order of equal ones."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from server.commands.facts.fact import Fact, NotSeen
from server.commands.facts.rootly.account import SPARSE, Account, Count, ids_of, meta_of
from server.commands.facts.rootly.incident import Incident
from server.commands.facts.rootly.time_unit import cut

_NULLABLE = ("resolved_at", "mitigated_at", "in_triage_at", "started_at")
_FEWEST_MISSING, _MOST_MISSING = 4, 8
_PRESENT = 4
SIZE = 50
# By whether the incidents without a time come first, upwards and downwards.
_PLACES = {
    (True, True): "first",
    (False, False): "last",
    (True, False): "low",
    (False, True): "high",
}
Numbers = list[int]


async def missing_times(account: Account) -> Iterable[Fact]:
    """The dials `nulls` and `ties`: incidents that lack a time are equal for a sort by it."""
    key, without_time, with_time = _mixture(account.incidents)
    incidents = [*without_time, *with_time]
    null_numbers = {incident.number for incident in without_time}
    upwards = await sorted_numbers(account, incidents, key, SIZE)
    downwards = await sorted_numbers(account, incidents, f"-{key}", SIZE)
    _check_order(key, with_time, upwards, downwards)
    nulls = _nulls(upwards, downwards, null_numbers)
    orders = [_only(upwards, null_numbers), _only(downwards, null_numbers)]
    orders.append(_only(await sorted_numbers(account, incidents, key, SIZE - 1), null_numbers))
    if all(order == sorted(null_numbers) for order in orders):
        return [nulls, Fact("ties", "number", "incidents without a time are sorted by number")]
    if orders[0] == orders[2]:
        reason = "equal incidents have a fixed order, but not by number"
        return [nulls, Fact("ties", None, reason)]
    again = _only(await sorted_numbers(account, incidents, key, SIZE), null_numbers)
    if again == orders[0]:
        return [nulls, Fact("ties", "page_size", "another page size gives them another order")]
    return [nulls, Fact("ties", "request", "the same request gives them another order")]


def _mixture(incidents: Sequence[Incident]) -> tuple[str, list[Incident], list[Incident]]:
    """A time, some incidents that lack it, and some that have it in different minutes.

    Raises:
        NotSeen: there are too few.
    """
    for key in _NULLABLE:
        without_time = [one for one in incidents if one.attributes.get(key) is None]
        with_time = dict[datetime, Incident]()
        for one in incidents:
            at = one.time(key)
            if at is not None:
                with_time.setdefault(cut(at, "minute"), one)
        if len(without_time) >= _FEWEST_MISSING and len(with_time) >= 2:
            return key, without_time[:_MOST_MISSING], [*with_time.values()][:_PRESENT]
    raise NotSeen("too few incidents with and without a time")


async def sorted_numbers(
    account: Account, incidents: Sequence[Incident], sort: str, size: int
) -> Numbers:
    """The numbers of these incidents, in the order of an answer.

    Raises:
        NotSeen: the answer does not have exactly these incidents.
    """
    by_id = {incident.id: incident.number for incident in incidents}
    params = {
        "filter[sequential_id]": ",".join(str(number) for number in by_id.values()),
        "sort": sort,
        "page[size]": str(size),
    }
    answer = await account.ask_for_rows({**SPARSE, "page[number]": "1", **params})
    ids = ids_of(answer)
    if sorted(ids) != sorted(by_id):
        raise NotSeen("filter[sequential_id] does not find exactly the incidents that were named")
    account.counts.append(Count(len(ids), meta_of(answer).get("total_count")))
    return [by_id[id_] for id_ in ids]


def _check_order(
    key: str, with_time: Sequence[Incident], upwards: Numbers, downwards: Numbers
) -> None:
    """Check that the incidents that have the time are sorted by it, in both directions.

    Raises:
        NotSeen: they are not.
    """
    times = {incident.number: incident.time(key) for incident in with_time}
    order = sorted(times, key=lambda number: str(times[number]))
    if _only(upwards, times) != order or _only(downwards, times) != order[::-1]:
        raise NotSeen("sort has no effect")


def _only(numbers: Numbers, selection: Collection[int]) -> Numbers:
    """Those of *numbers* that are in *selection*, in their order."""
    return [number for number in numbers if number in selection]


def _nulls(upwards: Numbers, downwards: Numbers, null_numbers: set[int]) -> Fact:
    places = []
    for numbers in (upwards, downwards):
        are_first = set(numbers[: len(null_numbers)]) == null_numbers
        are_last = set(numbers[-len(null_numbers) :]) == null_numbers
        if not are_first and not are_last:
            return Fact("nulls", None, "incidents without a time are between the others")
        places.append(are_first)
    return Fact("nulls", _PLACES[places[0], places[1]], "a sort by a time that some do not have")
