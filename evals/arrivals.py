"""How requests are spread over time. All times are in seconds, and in ascending order."""

from bisect import bisect_left
from collections.abc import Sequence


def most_in(seconds: float, times: Sequence[float]) -> int:
    """The most requests in any window of this length."""
    counts = (bisect_left(times, begin + seconds) - at for at, begin in enumerate(times))
    return max(counts, default=0)


def count_between(times: Sequence[float], begin: float, end: float) -> int:
    return bisect_left(times, end) - bisect_left(times, begin)


def largest_burst(times: Sequence[float], per_second: float) -> float:
    """The most requests, in any window, over what *per_second* allows in its length.

    It is the fill of the smallest token bucket that would have let all of them through.
    """
    largest = level = 0.0
    last = times[0]
    for now in times:
        level = max(level - (now - last) * per_second, 0) + 1
        largest = max(largest, level)
        last = now
    return largest
