"""What callers get who are refused, and come back when they are told to.

The time of these tests is virtual.
"""

from collections import Counter
from collections.abc import Hashable
from random import Random
from typing import Any

import anyio
import pytest

from tests.slow import slow
from tests.virtual_time import VIRTUAL_TIME
from tools.budget import Budget
from tools.errors import RateLimited

pytestmark = pytest.mark.anyio
PER_MINUTE = 60
TIMEOUT_S = 50
PAUSE_S = 180
"""Between two questions of a person, on average."""
MINUTES = 10


@pytest.fixture
def anyio_backend() -> Any:
    return VIRTUAL_TIME


async def ask(budget: Budget, caller: Hashable) -> int:
    """Send one request. Zero, or the time after which the caller may try again."""
    try:
        with anyio.fail_after(TIMEOUT_S):
            async with budget.place(caller):
                return 0
    except RateLimited as refusal:
        return refusal.retry_after_s or 0


class People:
    """People who ask for *load* times the rate, each on one of the copies.

    This part *returns* when they were refused, and the others ask something else later. `first` and
    `returned` count the outcomes of first tries and of those after the wait.
    """

    def __init__(self, copies: int, load: float, returns: float = 1) -> None:
        self.first = Counter[bool]()
        self.returned = Counter[bool]()
        self._budgets = [Budget(1_000, PER_MINUTE / copies, burst_s=0.6) for _ in range(copies)]
        self._number = int(load * PER_MINUTE * PAUSE_S / 60)
        self._returns = returns
        self._random = Random(1)

    async def ask(self) -> None:
        async with anyio.create_task_group() as tasks:
            for number in range(self._number):
                tasks.start_soon(self._person, number)
            # A deadline around the calls would be theirs, too.
            await anyio.sleep(MINUTES * 60)
            tasks.cancel_scope.cancel()

    async def _person(self, number: int) -> None:
        budget = self._budgets[number % len(self._budgets)]
        while True:
            await anyio.sleep(self._random.expovariate(1 / PAUSE_S))
            wait_s = await ask(budget, number)
            self.first[not wait_s] += 1
            while wait_s and self._random.random() < self._returns:
                await anyio.sleep(wait_s)
                wait_s = await ask(budget, number)
                self.returned[not wait_s] += 1


@pytest.mark.parametrize("copies", [1, 3])
@pytest.mark.parametrize("load", [1.5, *slow([3])])
async def test_those_who_return_when_they_are_told_to_get_their_answer(
    copies: int, load: float
) -> None:
    people = People(copies, load)
    await people.ask()
    assert people.returned.total() > 100
    assert people.returned[True] >= 0.99 * people.returned.total()
    assert people.first[True] + people.returned[True] >= 0.98 * PER_MINUTE * MINUTES


@pytest.mark.slow
@pytest.mark.parametrize("returns", [0, 0.3])
async def test_no_turn_is_lost_if_those_who_were_refused_do_not_return(returns: float) -> None:
    people = People(1, 3, returns)
    await people.ask()
    assert people.first[True] + people.returned[True] >= 0.98 * PER_MINUTE * MINUTES


async def fill(budget: Budget, tasks: anyio.abc.TaskGroup) -> None:
    """Let so many others wait that the next caller is refused."""
    for other in range(TIMEOUT_S * PER_MINUTE // 60 + 10):
        tasks.start_soon(ask, budget, ("other", other))
    await anyio.wait_all_tasks_blocked()


async def test_calls_that_are_refused_at_once_have_different_turns() -> None:
    budget = Budget(1_000, PER_MINUTE)
    async with anyio.create_task_group() as tasks:
        await fill(budget, tasks)
        turns = {await ask(budget, "a") for _ in range(4)}
        turns |= {await ask(budget, caller) for caller in "bcd"}
        tasks.cancel_scope.cancel()
    assert len(turns) == 7
    assert min(turns) > TIMEOUT_S


async def test_a_caller_that_asks_a_hundred_times_does_not_move_the_turns_of_others() -> None:
    waits_s = []
    for times in (4, 100):
        budget = Budget(1_000, PER_MINUTE)
        async with anyio.create_task_group() as tasks:
            await fill(budget, tasks)
            turns = [await ask(budget, "impatient") for _ in range(times)]
            assert turns[4:] == [turns[0]] * (times - 4)
            waits_s.append(await ask(budget, "another"))
            tasks.cancel_scope.cancel()
    assert waits_s[0] == waits_s[1]


async def test_turns_come_earlier_after_the_pace_has_risen_much() -> None:
    budget = Budget(1_000, PER_MINUTE / 30)
    async with anyio.create_task_group() as tasks:
        for other in range(100):
            tasks.start_soon(ask, budget, ("other", other))
        await anyio.wait_all_tasks_blocked()
        assert await ask(budget, "another") > 3_000
        budget.set_pace(PER_MINUTE)
        await fill(budget, tasks)
        waits_s = [await ask(budget, caller) for caller in ("another", "new")]
        tasks.cancel_scope.cancel()
    assert max(waits_s) < 2 * TIMEOUT_S
