"""`total_count`, compared with lists whose length is known."""

from collections.abc import Iterable, Sequence

from server.commands.facts.fact import Fact, NotSeen
from server.commands.facts.rootly.account import SPARSE, Account, ids_of, meta_of

_DEEPEST = 50_000
_REASON = "the total_count of lists of known length"

Counts = Sequence[tuple[int, int]]
"""The length of a list, and its `total_count`."""


async def total(account: Account) -> Iterable[Fact]:
    if "meta" not in account.body:
        raise NotSeen("the list has no meta")
    whole = meta_of(account.answer).get("total_count")
    if whole is None and all(count.total_count is None for count in account.counts):
        return [Fact("total", "missing", "meta has no total_count")]
    counts = list[tuple[int, int]]()
    for count in account.counts:
        if isinstance(count.total_count, int):
            counts.append((count.length, count.total_count))
    if not isinstance(whole, int) or len(counts) < len(account.counts):
        raise NotSeen("some lists have a total_count, and others do not")
    if account.is_complete:
        counts.append((len(account.incidents), whole))
    if not counts:
        raise NotSeen("no list has a known length")
    return [await _fact(account, whole, counts)]


async def _fact(account: Account, whole: int, counts: Counts) -> Fact:
    if whole == 0 and all(total_count == 0 for _, total_count in counts):
        return Fact("total", "zero", _REASON)
    if all(total_count == length for length, total_count in counts):
        return await _exact_unless_cut(account, whole, counts)
    if all(total_count == whole for _, total_count in counts):
        return await _same_for_all(account, whole, counts)
    return _shifted(whole, counts)


def _shifted(whole: int, counts: Counts) -> Fact:
    """The value that fits all counts.

    Raises:
        NotSeen: none fits, or several do.
    """
    longest, total_of_longest = max(counts)
    number = total_of_longest - longest
    values = []
    if number > 0 and all(total_count - length == number for length, total_count in counts):
        values.append(f"more:{number}")
    if number < 0 and all(total_count == max(length + number, 0) for length, total_count in counts):
        values.append(f"fewer:{-number}")
    if number < 0 and all(total_count == min(length, whole) for length, total_count in counts):
        values.append(f"at_most:{whole}")
    # With a total_count of 0, more could be missing than the list has.
    if len(values) != 1 or total_of_longest == 0:
        raise NotSeen("total_count fits none of the sandbox's values, or several")
    return Fact("total", values[0], _REASON)


async def _exact_unless_cut(account: Account, whole: int, counts: Counts) -> Fact:
    if account.is_complete:
        if len({length for length, _ in counts}) < 2:
            raise NotSeen("all lists of known length have the same length")
        return Fact("total", "exact", _REASON)
    rest = await _rest(account, whole)
    if rest < 0 or whole < max(length for length, _ in counts):
        raise NotSeen("the whole list is not as long as its total_count")
    if rest > 0:
        return Fact("total", f"at_most:{whole}", "incidents follow the last one that is counted")
    return Fact("total", "exact", f"{_REASON}, and the end of the whole list")


async def _same_for_all(account: Account, whole: int, counts: Counts) -> Fact:
    shortest = min(length for length, _ in counts)
    if shortest >= min(whole, len(account.incidents)):
        raise NotSeen("no list of known length is shorter than others")
    if account.is_complete:
        is_true = whole == len(account.incidents)
    else:
        is_true = whole >= len(account.incidents) and await _rest(account, whole) == 0
    value = "unfiltered" if is_true else str(whole)
    return Fact("total", value, "total_count is the same for lists of different length")


async def _rest(account: Account, whole: int) -> int:
    """0 if the whole list has *whole* incidents, more if it is longer, less if it is shorter.

    Raises:
        NotSeen: the list changed meanwhile, or is too long for page numbers.
    """
    limit = int(account.dial_values.get("page_limit", "100"))
    # A page that is not full shows that nothing follows.
    sizes = [size for size in range(2, limit) if whole % size]
    if not sizes or whole + sizes[0] > _DEEPEST:
        raise NotSeen("the end of the whole list cannot be reached by page numbers")
    size = sizes[0]
    page = {"page[size]": str(size), "page[number]": str(whole // size + 1)}
    answer = await account.ask_for_rows({**SPARSE, **page})
    if meta_of(answer).get("total_count") != whole:
        raise NotSeen("the number of incidents changed meanwhile")
    return len(ids_of(answer)) - whole % size
