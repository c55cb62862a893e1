"""The leases keep to the rate, whatever happens to processes, Redis and the network.

The processes, with the real script, run in virtual time.
"""

from collections.abc import Callable, Iterator, Sequence

import pytest

from evals.arrivals import count_between, most_in
from server.vendor_key import VendorKey
from tests.server.http.misfortunes import ENDLESS, Misfortunes, repeat
from tests.server.http.simulation import SimulatedProcess, World

PER_MINUTE = 600
LEASED = 597
"""What is leased of 600 requests a minute."""


@pytest.fixture
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    world = World(per_minute=PER_MINUTE, copies=4, seed=getattr(request, "param", 0))
    yield world
    world.end()


SLOW = pytest.mark.slow


@pytest.mark.parametrize("busy", [1, pytest.param(2, marks=SLOW), pytest.param(4, marks=SLOW)])
def test_all_of_the_rate_is_used_wherever_the_callers_are(world: World, busy: int) -> None:
    for number in range(4):
        world.start(f"host{number}", clients=5 if number < busy else 0)
    world.run(64)
    assert most_in(60, world.sent) <= 1.02 * PER_MINUTE
    assert count_between(world.sent, world.now - 60, world.now) >= 0.98 * PER_MINUTE


@SLOW
def test_the_rate_is_used_while_a_balancer_sends_each_request_to_another_process() -> None:
    world = World(per_minute=2_700, copies=3, seed=0)
    processes = [world.start(f"host{number}", clients=0) for number in range(3)]

    def send(caller: str) -> None:
        if not world.is_over:
            world.random.choice(processes).send(caller, lambda: send(caller))

    for number in range(40):
        send(str(number))
    world.run(66)
    world.end()
    assert most_in(60, world.sent) <= 1.02 * 2_700
    assert count_between(world.sent, world.now - 60, world.now) >= 0.98 * 2_700


def test_callers_get_equal_parts_wherever_they_are(world: World) -> None:
    sent = [world.start(f"host{number}", clients=number + 1).sent for number in range(4)]
    world.run(34)
    counts = [count_between(times, world.now - 30, world.now) for times in sent]
    shares = [count / clients for clients, count in enumerate(counts, start=1)]
    assert min(shares) / max(shares) >= 0.9


# Callers that move use all of the rate, so they have to wait.
@pytest.mark.parametrize("misfortune", [name for name in ENDLESS if name != "moving callers"])
def test_a_request_does_not_wait_for_redis(world: World, misfortune: str) -> None:
    processes = [world.start(f"host{number}", clients=0) for number in range(4)]
    world.run(1)
    for process in processes:
        process.send_every(0.7)
    repeat(world, ENDLESS[misfortune](world, processes), 1.5, 0.7)
    world.run(12)
    waits = [wait_s for process in processes for wait_s in process.waits_s]
    assert len(waits) > 20
    assert max(waits) <= 0.25


def test_callers_who_come_to_an_idle_process_are_not_judged_by_the_pace_of_that_moment(
    world: World,
) -> None:
    processes = [world.start(f"host{number}", clients=20) for number in range(4)]
    processes[3].set_clients(0)
    world.run(4)
    # Nothing was left for the idle one.
    assert processes[3].pace() < 1
    processes[3].set_clients(25)
    world.run(20)
    assert world.refused == []
    assert len(processes[3].sent) > 25


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
    world.run(8)
    assert world.highest_pace <= LEASED + 0.01
    assert world.sent
    assert world.refused == []


@pytest.mark.parametrize("seconds", [0.9, 3600])
def test_a_redis_whose_clock_is_set_back_shares_the_rate_again(
    world: World, seconds: float
) -> None:
    processes = [world.start(f"host{number}", clients=0) for number in range(4)]
    processes[0].set_clients(8)
    world.run(5)
    world.set_clock(-seconds)
    world.run(3)
    processes[0].set_clients(0)
    processes[1].set_clients(8)
    world.run(6)
    assert processes[1].pace() == pytest.approx(LEASED, rel=0.01)
    assert world.highest_pace <= LEASED + 0.01


def test_each_process_uses_its_part_while_redis_loses_its_data_again_and_again(
    world: World,
) -> None:
    processes = [world.start(f"host{number}", clients=0) for number in range(4)]
    processes[0].set_clients(8)
    world.run(5)
    repeat(world, ENDLESS["emptied redis"](world, processes), 0.3, 0.3)
    world.run(5)
    assert [process.pace() for process in processes] == pytest.approx([LEASED / 4] * 4)
    assert world.highest_pace <= LEASED + 0.01
    assert "loses its data" in processes[0].problem


def test_a_redis_that_lost_its_data_once_has_not_failed(world: World) -> None:
    process = world.start("host0", clients=4)
    world.run(3)
    world.redis.clear()
    world.run(3)
    reason = {"reason": "other"}
    failures = process.registry.get_sample_value("incident_desk_redis_failures_total", reason)
    assert failures == 0


def start_with_one_that_uses_the_key(world: World) -> list[SimulatedProcess]:
    """Processes of which all but the first have not used the key of an account for 30 s."""
    world.key = VendorKey("key", "ada")
    processes = [world.start(f"host{number}", clients=0) for number in range(4)]
    processes[0].set_clients(2)
    world.run(32)
    assert processes[0].pace() == pytest.approx(LEASED, rel=0.01)
    return processes


def test_a_process_that_uses_a_key_again_waits_for_its_lease(world: World) -> None:
    processes = start_with_one_that_uses_the_key(world)
    for process in processes[1:]:
        process.set_clients(2)
    world.run(5)
    assert world.highest_pace <= LEASED + 0.01
    assert world.pace() == pytest.approx(LEASED, rel=0.01)
    assert world.refused == []


@SLOW
@pytest.mark.parametrize("stop", [World.stop_redis, World.pause_redis])
def test_a_process_that_uses_a_key_again_has_its_part_if_redis_does_not_answer(
    world: World, stop: Callable[[World], None]
) -> None:
    processes = start_with_one_that_uses_the_key(world)
    stop(world)
    world.run(5)
    assert world.pace() == pytest.approx(LEASED / 4, rel=0.01)
    processes[1].set_clients(2)
    world.run(0.25)
    assert world.pace() == pytest.approx(LEASED / 2, rel=0.01)


REST_OF_FOUR = 0.75 * LEASED
"""What three of four processes may lease while the part of one is kept free."""


def test_the_part_of_a_killed_process_is_kept_free_until_another_one_takes_its_place(
    world: World,
) -> None:
    processes = [world.start(f"host{number}", clients=4) for number in range(4)]
    world.run(5)
    processes[0].kill()
    world.run(5)
    assert world.pace() == pytest.approx(REST_OF_FOUR, rel=0.01)
    processes[1].stop()
    world.run(3)
    # A process that stops says so, and its part is not kept free.
    assert world.pace() == pytest.approx(REST_OF_FOUR, rel=0.01)
    world.start("host0", clients=4)
    world.run(5)
    assert world.pace() == pytest.approx(LEASED, rel=0.01)


@SLOW
def test_a_namesake_that_was_there_before_does_not_take_the_place_of_one_that_is_cut_off(
    world: World,
) -> None:
    processes = [world.start("localhost:8000", clients=0) for _ in range(4)]
    # The hash is older than the ten minutes in which it knows how many processes there were.
    world.run(605)
    processes[0].connect(send=False, receive=False)
    world.run(10)
    assert world.pace() == pytest.approx(LEASED, rel=0.01)
    assert processes[0].pace() == pytest.approx(LEASED / 4, rel=0.01)


@SLOW
@pytest.mark.parametrize("world", range(3), indirect=True)
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
    assert most_in(60, world.sent) <= 1.02 * PER_MINUTE
    assert count_between(world.sent, world.now - 60, world.now) >= 0.98 * PER_MINUTE
    # At most 8 callers wait in each process: a turn takes some seconds, even without Redis.
    assert world.refused == []
