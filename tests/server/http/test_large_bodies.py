"""Bodies of the maximum size, in shapes that take long to process."""

import asyncio
import json
from typing import Any

import anyio
import pytest

from server.http.principal import Principal
from server.http.round_robin import RoundRobin
from tests.server.http.served import META, ask, call, request

ALICE, BOB = Principal("alice"), Principal("bob")


def call_error(port: int, arguments: dict[str, Any]) -> dict[str, Any]:
    status, _, body = ask(port, call(arguments))
    assert status == 200
    text = json.loads(body)["result"]["content"][0]["text"]
    assert len(text) <= 4_000
    error: dict[str, Any] = json.loads(text)["error"]
    return error


@pytest.mark.parametrize("value", ["normal", "x", None])
def test_twelve_thousand_values_are_a_wrong_argument(port: int, value: str | None) -> None:
    error = call_error(port, {"kind": [value] * 12_000})
    assert error["code"] == "invalid_arguments"
    assert error["details"] == [
        {"argument": "kind", "problem": "has 12000 values: give at most 100, got a list"}
    ]


def test_of_thousands_of_wrong_arguments_most_are_counted(port: int) -> None:
    error = call_error(port, {f"argument_{number}": 1 for number in range(5_000)})
    assert error["message"].startswith("5000 arguments are wrong")
    assert len(error["details"]) + error["more_details"] == 5_000


DEEP: Any = 1
for _ in range(30):
    DEEP = {"a": DEEP}


@pytest.mark.parametrize(
    "part", [[1] * 2_000, {f"x{number}": 1 for number in range(2_000)}, [[[]] * 400] * 3, DEEP]
)
@pytest.mark.parametrize("method", ["tools/call", "tools/list", "ping"])
def test_besides_the_arguments_a_message_is_small(port: int, method: str, part: Any) -> None:
    meta = {**META, "io.modelcontextprotocol/clientCapabilities": {"experimental": {"x": part}}}
    params = {"name": "list_incidents", "arguments": {}, "_meta": meta}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    status, _, answer = ask(port, request(body, Mcp_Method=method, Mcp_Name="list_incidents"))
    assert status == 400
    assert json.loads(answer)["error"]["message"] == (
        "A message may have at most 1,000 values, at most 20 deep, besides a tool's arguments."
    )


def test_arguments_of_another_method_are_no_exception(port: int) -> None:
    params = {"name": "x", "arguments": {f"x{number}": 1 for number in range(2_000)}, "_meta": META}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "prompts/get", "params": params})
    assert (
        "at most 1,000 values"
        in ask(port, request(body, Mcp_Method="prompts/get", Mcp_Name="x"))[2]
    )


def test_principals_take_turns_in_whatever_order_they_arrive() -> None:
    async def order() -> list[str]:
        round_robin, served = RoundRobin(rounds=1), list[str]()

        async def work(principal: Principal) -> None:
            await round_robin.wait_for_turn(principal)
            served.append(principal.name)

        async with anyio.create_task_group() as tasks:
            for principal in (ALICE, ALICE, ALICE, ALICE, BOB, BOB):
                tasks.start_soon(work, principal)
        return served

    assert anyio.run(order) == ["alice", "alice", "bob", "alice", "bob", "alice"]


def test_only_one_request_has_a_turn_at_a_time() -> None:
    async def most() -> int:
        round_robin, running, most_running = RoundRobin(rounds=8), 0, 0

        async def work() -> None:
            nonlocal running, most_running
            await round_robin.wait_for_turn(ALICE)
            running += 1
            most_running = max(most_running, running)
            # The SDK takes a few rounds of the event loop to validate a body.
            for _ in range(5):
                await asyncio.sleep(0)
            running -= 1

        async with anyio.create_task_group() as tasks:
            for _ in range(10):
                tasks.start_soon(work)
        return most_running

    assert anyio.run(most) == 1


def test_a_request_that_is_cancelled_while_it_waits_blocks_no_other() -> None:
    async def serve() -> None:
        round_robin = RoundRobin(rounds=8)
        await round_robin.wait_for_turn(ALICE)
        async with anyio.create_task_group() as gone:
            gone.start_soon(round_robin.wait_for_turn, ALICE)
            await asyncio.sleep(0)
            gone.cancel_scope.cancel()
        with anyio.fail_after(5):
            await round_robin.wait_for_turn(BOB)
            await round_robin.wait_for_turn(BOB)

    anyio.run(serve)
