"""The leases keep to the rate, whatever happens to processes, Redis and the network."""

from bisect import bisect_left, bisect_right

import pytest

from tests.server.http.misfortunes import Misfortunes
from tests.server.http.simulation import World


def most_in_a_minute(times: list[float]) -> int:
    return max(
        (bisect_left(times, time + 60) - index for index, time in enumerate(times)), default=0
    )


def count_between(times: list[float], begin: float, end: float) -> int:
    return bisect_right(times, end) - bisect_left(times, begin)


@pytest.mark.parametrize("busy", [1, 2, 4])
def test_all_of_the_rate_is_used_wherever_the_callers_are(busy: int) -> None:
    world = World(per_minute=600, copies=4, seed=busy)
    for number in range(4):
        world.start(f"host{number}", clients=5 if number < busy else 0)
    world.run(140)
    world.end()
    assert most_in_a_minute(world.sent) <= 612
    assert count_between(world.sent, world.now - 60, world.now) >= 588


@pytest.mark.parametrize(
    "seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 12))]
)
def test_the_rate_is_never_exceeded_whatever_happens(seed: int) -> None:
    world = World(per_minute=600, copies=4, seed=seed)
    for number in range(4):
        world.start(f"host{number}", clients=world.random.choice((0, 3, 6)))
    misfortunes = Misfortunes(world)
    world.run(120)
    misfortunes.end()
    world.run(20)
    for process in world.processes:
        if process.is_alive:
            process.set_clients(4)
    world.run(70)
    world.end()
    assert most_in_a_minute(world.sent) <= 612
    # All is well again, so the rate is used again.
    assert count_between(world.sent, world.now - 60, world.now) >= 588
