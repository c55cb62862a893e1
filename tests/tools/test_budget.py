"""How calls share the limits of a vendor: requests in flight, and requests a minute."""

import json
from itertools import pairwise
from typing import Any

import anyio
import httpx
import pytest
from anyio.lowlevel import checkpoint

from tests.tools.mocked import mocked_dispatcher, reply
from tests.virtual_time import VIRTUAL_TIME
from tools.budget import Budget, Demand
from tools.errors import RateLimited
from tools.rootly import ROOTLY

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> Any:
    return VIRTUAL_TIME


async def test_only_so_many_requests_are_in_flight_and_the_others_follow_in_their_order() -> None:
    in_flight, most, order = 0, 0, []
    gate = anyio.Event()

    async def handler(request: httpx.Request) -> httpx.Response:
        nonlocal in_flight, most
        order.append(request.url.params["page[size]"])
        in_flight += 1
        most = max(most, in_flight)
        await gate.wait()
        await checkpoint()
        in_flight -= 1
        return reply()

    async with (
        mocked_dispatcher(handler, max_in_flight=3) as dispatcher,
        anyio.create_task_group() as calls,
    ):
        for size in range(1, 13):
            calls.start_soon(dispatcher.call, "list_incidents", {"page_size": size})
            await anyio.wait_all_tasks_blocked()
        assert in_flight == 3
        gate.set()
    assert most == 3
    # One row more is requested: it shows whether the list goes on.
    assert order == [str(size + 1) for size in range(1, 13)]


async def test_a_full_budget_of_one_vendor_does_not_hold_up_the_other() -> None:
    async def hang_for_rootly(request: httpx.Request) -> httpx.Response:
        if request.url.path == ROOTLY.probe_path:
            await anyio.sleep_forever()
        return reply(200, {"incident_attachments": []})

    async with (
        mocked_dispatcher(hang_for_rootly, max_in_flight=1) as dispatcher,
        anyio.create_task_group() as calls,
    ):
        calls.start_soon(dispatcher.call, "list_incidents", {})
        await anyio.wait_all_tasks_blocked()
        result = await dispatcher.call(
            "list_attachments", {"incident_id": "01KAM4V5QW8XY2ZB3CD6EF7GH9"}
        )
        assert not result.is_error
        calls.cancel_scope.cancel()


async def test_requests_beyond_the_pace_wait_their_turn_in_order() -> None:
    budget, order = (
        Budget(in_flight=200, per_minute=6_000),
        list[int](),
    )  # One in 10 ms, after 600 at once.

    async def request(number: int) -> None:
        async with budget.place():
            order.append(number)

    began = anyio.current_time()
    for number in range(600):
        await request(number)
    async with anyio.create_task_group() as requests:
        for number in range(600, 606):
            requests.start_soon(request, number)
            await checkpoint()
    assert order == [*range(606)]
    assert anyio.current_time() - began >= 0.05


async def test_a_turn_after_the_deadline_is_refused_at_once() -> None:
    asked = 0

    def handler(_: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        return reply()

    async with mocked_dispatcher(handler, requests_per_minute=10) as dispatcher:
        results: list[dict[str, Any]] = [
            json.loads((await dispatcher.call("list_incidents", {"page_size": 5})).text)
            for _ in range(5)
        ]
    refused = [result["error"] for result in results if "error" in result]
    assert {error["code"] for error in refused} == {"rate_limited"}
    turns = [0, *(error["retry_after_s"] for error in refused)]
    # There is a turn every six seconds, and each refusal promises another one.
    assert all(0 < later - earlier <= 7 for earlier, later in pairwise(turns))
    assert len(refused) == 5 - asked
    assert 0 < asked < 5


async def test_a_request_that_is_refused_or_cancelled_costs_no_turn() -> None:
    budget = Budget(in_flight=5, per_minute=60)

    async def refusals() -> int:
        refused = 0
        for _ in range(20):
            try:
                with anyio.move_on_after(0.01):
                    async with budget.place():
                        pass
            except RateLimited:
                refused += 1
        return refused

    first = await refusals()
    assert 0 < first < 20
    # The next turn does not move away, however many requests are refused.
    assert await refusals() >= 18
    with pytest.raises(RateLimited) as refusal, anyio.move_on_after(0.1):
        async with budget.place():
            pass
    assert refusal.value.retry_after_s in (1, 2)


async def test_a_call_that_is_cancelled_frees_its_place() -> None:
    hanging = True

    async def handler(_: httpx.Request) -> httpx.Response:
        if hanging:
            await anyio.sleep_forever()
        return reply()

    async with mocked_dispatcher(handler, max_in_flight=1) as dispatcher:
        async with anyio.create_task_group() as calls:
            for _ in range(3):  # One in flight, two in the queue.
                calls.start_soon(dispatcher.call, "list_incidents", {})
            await anyio.wait_all_tasks_blocked()
            calls.cancel_scope.cancel()
        hanging = False
        with anyio.fail_after(2):
            assert not (await dispatcher.call("list_incidents", {})).is_error


async def test_a_request_that_leaves_the_queue_holds_up_nobody() -> None:
    budget, order = Budget(in_flight=1, per_minute=100_000), list[str]()
    done = anyio.Event()

    async def holding(name: str, until: anyio.Event | None = None) -> None:
        async with budget.place():
            order.append(name)
            if until:
                await until.wait()

    async with anyio.create_task_group() as all_of_them:
        all_of_them.start_soon(holding, "first", done)
        await anyio.wait_all_tasks_blocked()
        async with anyio.create_task_group() as leaving:
            leaving.start_soon(holding, "leaves")
            await anyio.wait_all_tasks_blocked()
            all_of_them.start_soon(holding, "stays")
            await anyio.wait_all_tasks_blocked()
            leaving.cancel_scope.cancel()
        done.set()
    assert order == ["first", "stays"]


async def test_a_failure_frees_its_place() -> None:
    failing = True

    def handler(_: httpx.Request) -> httpx.Response:
        if failing:
            raise httpx.ReadError("reset")
        return reply()

    async with mocked_dispatcher(handler, max_in_flight=1) as dispatcher:
        for _ in range(3):
            assert (await dispatcher.call("list_incidents", {})).is_error
        failing = False
        assert not (await dispatcher.call("list_incidents", {})).is_error


async def test_callers_take_turns_for_a_place_and_each_keeps_its_order() -> None:
    budget, order, gate = Budget(in_flight=2, per_minute=100_000), list[str](), anyio.Event()

    async def request(caller: str, number: int) -> None:
        async with budget.place(caller):
            order.append(f"{caller}{number}")
            await gate.wait()

    async with anyio.create_task_group() as requests:
        for caller, count in {"a": 6, "b": 2, "c": 1}.items():
            for number in range(count):
                requests.start_soon(request, caller, number)
                await anyio.wait_all_tasks_blocked()
        # Nobody else was there yet.
        assert order == ["a0", "a1"]
        gate.set()
    assert order[2:] == ["a2", "b0", "c0", "a3", "b1", "a4", "a5"]


async def test_callers_take_turns_in_the_pace() -> None:
    budget, order = Budget(in_flight=200, per_minute=6_000), list[str]()

    async def request(caller: str, number: int) -> None:
        async with budget.place(caller):
            order.append(f"{caller}{number}")

    for number in range(600):
        await request("a", number)
    order.clear()
    async with anyio.create_task_group() as requests:
        for caller, count in {"a": 4, "b": 1, "c": 2}.items():
            for number in range(count):
                requests.start_soon(request, caller, number)
    assert order == ["a0", "b0", "c0", "a1", "c1", "a2", "a3"]


async def test_a_caller_that_is_alone_gets_every_place() -> None:
    budget, in_flight = Budget(in_flight=5, per_minute=100_000), 0

    async def request() -> None:
        nonlocal in_flight
        async with budget.place("a"):
            in_flight += 1
            await anyio.sleep_forever()

    async with anyio.create_task_group() as requests:
        for _ in range(9):
            requests.start_soon(request)
        await anyio.wait_all_tasks_blocked()
        assert in_flight == 5
        requests.cancel_scope.cancel()


async def test_a_request_that_leaves_the_queue_does_not_cost_its_caller_the_turn() -> None:
    budget, order, gate = Budget(in_flight=1, per_minute=100_000), list[str](), anyio.Event()
    leaving = anyio.CancelScope()

    async def request(name: str) -> None:
        async with budget.place(name[0]):
            order.append(name)
            await gate.wait()

    async def leaves() -> None:
        with leaving:
            await request("a-leaves")

    async with anyio.create_task_group() as requests:
        requests.start_soon(request, "a-first")
        await anyio.wait_all_tasks_blocked()
        requests.start_soon(leaves)
        for name in ("a-second", "b-first", "a-third"):
            requests.start_soon(request, name)
        await anyio.wait_all_tasks_blocked()
        leaving.cancel()
        await anyio.wait_all_tasks_blocked()
        gate.set()
    assert order == ["a-first", "a-second", "b-first", "a-third"]


async def refused_for_s(budget: Budget, caller: str, fits_s: float = 1) -> int:
    with pytest.raises(RateLimited) as refusal, anyio.fail_after(fits_s):
        async with budget.place(caller):
            pass
    assert refusal.value.retry_after_s
    return refusal.value.retry_after_s


@pytest.mark.parametrize(
    ("caller", "fits_s", "expected_s"),
    [
        pytest.param("c", 150, (174, 175), id="one of each other caller: a, b"),
        pytest.param("b", 200, (234, 235), id="a, b, a"),
        pytest.param("a", 250, (294, 295), id="a, b, a, a"),
    ],
)
async def test_a_refusal_counts_the_requests_that_come_before(
    caller: str, fits_s: float, expected_s: tuple[int, int]
) -> None:
    budget = Budget(in_flight=8, per_minute=1)  # The second request has its turn after 54 s.

    async def request(caller: str) -> None:
        async with budget.place(caller):
            pass

    await request("a")
    async with anyio.create_task_group() as requests:
        for other in ("a", "a", "a", "b"):
            requests.start_soon(request, other)
        await anyio.wait_all_tasks_blocked()
        assert await refused_for_s(budget, caller, fits_s) in expected_s
        requests.cancel_scope.cancel()


async def test_requests_that_were_cancelled_have_used_up_nothing() -> None:
    budget = Budget(in_flight=8, per_minute=1)
    await waiting_for_its_turn(budget, timeout_s=1)
    async with anyio.create_task_group() as requests:
        for _ in range(4):
            requests.start_soon(waiting_for_its_turn, budget, 1_000)
        await anyio.wait_all_tasks_blocked()
        requests.cancel_scope.cancel()
    assert await refused_for_s(budget, "b") in (54, 55)


async def waiting_for_its_turn(budget: Budget, timeout_s: float) -> None:
    with anyio.fail_after(timeout_s):
        async with budget.place():
            pass


async def test_a_waiting_request_notices_a_faster_pace_immediately() -> None:
    budget = Budget(in_flight=8, per_minute=1)
    await waiting_for_its_turn(budget, timeout_s=1)
    async with anyio.create_task_group() as requests:
        requests.start_soon(waiting_for_its_turn, budget, 100)
        await anyio.wait_all_tasks_blocked()
        budget.set_pace(60_000)


async def test_a_waiting_request_is_refused_as_soon_as_a_slower_pace_makes_it_too_late() -> None:
    budget = Budget(in_flight=8, per_minute=2)  # The second request has its turn after 24 s.
    refusals = []

    async def request() -> None:
        try:
            await waiting_for_its_turn(budget, timeout_s=30)
        except RateLimited as refusal:
            refusals.append(refusal.retry_after_s)

    await waiting_for_its_turn(budget, timeout_s=1)
    async with anyio.create_task_group() as requests:
        requests.start_soon(request)
        await anyio.wait_all_tasks_blocked()
        budget.set_pace(1)
    # A fifth of a token was left, so four fifths of a minute are missing.
    assert refusals == [48]


async def test_a_slow_moment_does_not_refuse_a_request_whose_turn_is_later() -> None:
    budget = Budget(in_flight=8, per_minute=2)
    await waiting_for_its_turn(budget, timeout_s=1)
    async with anyio.create_task_group() as requests:
        requests.start_soon(waiting_for_its_turn, budget, 1_000)
        await anyio.wait_all_tasks_blocked()
        # It has its turn after 54 s, and after 108 s at the slower pace.
        requests.start_soon(waiting_for_its_turn, budget, 100)
        await anyio.wait_all_tasks_blocked()
        budget.set_pace(1)
        await anyio.wait_all_tasks_blocked()
        budget.set_pace(60_000)


async def test_the_expected_pace_decides_what_is_too_late() -> None:
    budget = Budget(in_flight=8, per_minute=0)
    budget.set_pace(0, expected=600)
    await waiting_for_its_turn(budget, timeout_s=1)
    with anyio.fail_after(2):
        async with anyio.create_task_group() as requests:
            requests.start_soon(waiting_for_its_turn, budget, 1)
            await anyio.wait_all_tasks_blocked()
            budget.set_pace(60_000)


async def test_nothing_is_added_after_the_end_of_a_pace() -> None:
    budget = Budget(in_flight=8, per_minute=0)
    now = anyio.current_time()
    budget.set_pace(60_000, until=now)
    assert budget.per_minute(now) == 0
    await waiting_for_its_turn(budget, timeout_s=1)
    with pytest.raises(TimeoutError):
        await waiting_for_its_turn(budget, timeout_s=0.05)
    budget.set_pace(60_000)
    await waiting_for_its_turn(budget, timeout_s=1)


async def test_the_demand_is_what_was_sent_and_what_could_be_sent() -> None:
    budget = Budget(in_flight=3, per_minute=0)
    budget.set_pace(0, expected=60)

    async def request(caller: str) -> None:
        async with budget.place(caller):
            pass

    await request("a")
    async with anyio.create_task_group() as requests:
        for caller in ("b", "b", "b", "b", "c"):
            requests.start_soon(request, caller)
        await anyio.wait_all_tasks_blocked()
        # Only three requests may be in flight.
        assert budget.take_demand() == Demand(sent=1, waiting=3, callers=3)
        assert budget.take_demand() == Demand(sent=0, waiting=3, callers=2)
        requests.cancel_scope.cancel()
    assert budget.take_demand() == Demand(sent=0, waiting=0, callers=0)
