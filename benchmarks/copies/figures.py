"""The figures of a run: requests a minute, fairness and latency."""

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import median, quantiles

from benchmarks.copies.client import Call
from benchmarks.copies.service import Arrival
from evals.arrivals import count_between, most_in

WINDOW_S = 60


def worst_window(arrivals: Sequence[Arrival]) -> int:
    """The most requests that arrived within 60 seconds."""
    return most_in(WINDOW_S, [arrival.at for arrival in arrivals])


def per_minute(arrivals: Iterable[Arrival], began: float, ended: float) -> float:
    """The mean rate of the requests between two times."""
    number = count_between([arrival.at for arrival in arrivals], began, ended)
    return number * 60 / (ended - began)


def fairness(calls: Iterable[Call], accounts: Sequence[str]) -> float:
    """The answered calls of the account with the fewest, over those of the one with the most."""
    answered = Counter(call.account for call in calls if call.outcome == "ok")
    numbers = [answered[account] for account in accounts]
    return min(numbers) / max(numbers) if max(numbers) else float("nan")


def latency(calls: Iterable[Call]) -> str:
    """The median and the 99th percentile of the calls that were answered."""
    times = [call.took_s for call in calls if call.outcome == "ok"]
    if len(times) < 2:
        return "–"
    return f"{median(times):,.2f} s, {quantiles(times, n=100)[98]:,.2f} s"


def outcomes(calls: Iterable[Call]) -> Counter[str]:
    return Counter(call.outcome for call in calls)
