"""How calls share what a vendor takes: requests in flight, and requests a minute."""

import json
from typing import Any

import anyio
import httpx
import pytest
from anyio.lowlevel import checkpoint

from tests.tools.mocked import mocked_desk, reply
from tools.budget import Budget
from tools.errors import RateLimited
from tools.incident_io import INCIDENT_IO

pytestmark = pytest.mark.anyio


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

    async with mocked_desk(handler, in_flight=3) as desk, anyio.create_task_group() as calls:
        for size in range(1, 13):
            calls.start_soon(desk.call, "list_incidents", {"page_size": size})
            await anyio.wait_all_tasks_blocked()
        assert in_flight == 3
        gate.set()
    assert most == 3
    # One row more than is shown tells whether the list goes on.
    assert order == [str(size + 1) for size in range(1, 13)]


async def test_a_full_budget_of_one_vendor_does_not_hold_up_the_other() -> None:
    async def hang(_: httpx.Request) -> httpx.Response:
        await anyio.sleep_forever()
        raise AssertionError

    def empty(_: httpx.Request) -> httpx.Response:
        return reply(200, {"incident_attachments": []})

    async with (
        mocked_desk(hang, in_flight=1) as rootly,
        mocked_desk(empty, vendor=INCIDENT_IO, in_flight=1) as incident_io,
        anyio.create_task_group() as calls,
    ):
        calls.start_soon(rootly.call, "list_incidents", {})
        await anyio.wait_all_tasks_blocked()
        result = await incident_io.call("list_attachments", {"incident_id": "01KAM4V5QW8XY2ZB3CD6EF7GH9"})
        assert not result.is_error
        calls.cancel_scope.cancel()


async def test_requests_beyond_the_pace_wait_their_turn_in_order() -> None:
    budget, order = Budget(in_flight=200, per_minute=6_000), list[int]()  # One in 10 ms, after 600 at once.

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


async def test_a_turn_beyond_the_deadline_is_told_at_once() -> None:
    asked = 0

    def handler(_: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        return reply()

    async with mocked_desk(handler, per_minute=10) as desk:
        results: list[dict[str, Any]] = [json.loads((await desk.call("list_incidents", {"page_size": 5})).text) for _ in range(5)]
    refused = [result["error"] for result in results if "error" in result]
    assert {error["code"] for error in refused} == {"rate_limited"}
    assert all(0 < error["retry_after_s"] <= 7 for error in refused)
    assert len(refused) == 5 - asked
    assert 0 < asked < 5


async def test_a_request_that_never_had_its_turn_costs_none() -> None:
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
    # However often one asks, the next turn does not move away.
    assert await refusals() >= 18
    with pytest.raises(RateLimited) as told, anyio.move_on_after(0.1):
        async with budget.place():
            pass
    assert told.value.retry_after_s in (1, 2)


async def test_a_call_that_is_cancelled_frees_its_place() -> None:
    hanging = True

    async def handler(_: httpx.Request) -> httpx.Response:
        if hanging:
            await anyio.sleep_forever()
        return reply()

    async with mocked_desk(handler, in_flight=1) as desk:
        async with anyio.create_task_group() as calls:
            for _ in range(3):  # One in flight, two in the queue.
                calls.start_soon(desk.call, "list_incidents", {})
            await anyio.wait_all_tasks_blocked()
            calls.cancel_scope.cancel()
        hanging = False
        with anyio.fail_after(2):
            assert not (await desk.call("list_incidents", {})).is_error


async def test_one_who_leaves_the_queue_holds_up_nobody() -> None:
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

    async with mocked_desk(handler, in_flight=1) as desk:
        for _ in range(3):
            assert (await desk.call("list_incidents", {})).is_error
        failing = False
        assert not (await desk.call("list_incidents", {})).is_error
