"""The leases keep to the rate, whatever happens to processes, Redis and the network.

The processes, with the real script, run in virtual time.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

import pytest

from tests.server.http.misfortunes import ENDLESS, Misfortunes, repeat
from tests.server.http.simulation import World

PER_MINUTE = 600
LEASED = 594
"""What is leased of 600 requests a minute."""


@pytest.fixture
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    world = World(per_minute=PER_MINUTE, copies=4, seed=getattr(request, "param", 0))
    yield world
    world.end()


def most_in_a_minute(times: Sequence[float]) -> int:
    return max(
        (bisect_left(times, time + 60) - index for index, time in enumerate(times)), default=0
    )


def count_since(times: Sequence[float], begin: float) -> int:
    return len(times) - bisect_left(times, begin)


SLOW = pytest.mark.slow


@pytest.mark.parametrize("busy", [1, pytest.param(2, marks=SLOW), pytest.param(4, marks=SLOW)])
def test_all_of_the_rate_is_used_wherever_the_callers_are(world: World, busy: int) -> None:
    for number in range(4):
        world.start(f"host{number}", clients=5 if number < busy else 0)
    world.run(64)
    assert most_in_a_minute(world.sent) <= 1.02 * PER_MINUTE
    assert count_since(world.sent, world.now - 60) >= 0.98 * PER_MINUTE


def test_callers_get_equal_parts_wherever_they_are(world: World) -> None:
    sent = [world.start(f"host{number}", clients=number + 1).sent for number in range(4)]
    world.run(64)
    shares = [count_since(times, world.now - 60) / (index + 1) for index, times in enumerate(sent)]
    assert min(shares) / max(shares) >= 0.9


@pytest.mark.parametrize("misfortune", ENDLESS)
@pytest.mark.parametrize(
    "clients",
    [
        pytest.param((8, 8, 1, 0), id="some are idle"),
        pytest.param((8, 1, 8, 8), id="all are busy", marks=SLOW),
    ],
)
@pytest.mark.parametrize(
    "period",
    [pytest.param((1.5, 0.7), id="often"), pytest.param((4.0, 1.5), id="long", marks=SLOW)],
)
def test_the_paces_together_never_exceed_the_rate(
    world: World, misfortune: str, clients: Sequence[int], period: tuple[float, float]
) -> None:
    """It happens again and again: for the first time of *period*, with pauses of the second."""
    processes = [world.start(f"host{index}", count) for index, count in enumerate(clients)]
    world.run(3)
    repeat(world, ENDLESS[misfortune](world, processes), *period)
    world.run(12)
    assert world.highest_pace <= LEASED + 0.01
    assert world.sent


@SLOW
@pytest.mark.parametrize("world", range(6), indirect=True)
def test_the_rate_is_kept_whatever_happens_and_used_again_afterwards(world: World) -> None:
    for number in range(4):
        world.start(f"host{number}", clients=world.random.choice((0, 3, 6)))
    misfortunes = Misfortunes(world)
    world.run(120)
    misfortunes.end()
    world.run(20)
    for process in world.processes:
        if process.is_alive:
            process.set_clients(4)
    world.run(65)
    assert most_in_a_minute(world.sent) <= 1.02 * PER_MINUTE
    assert count_since(world.sent, world.now - 60) >= 0.98 * PER_MINUTE
