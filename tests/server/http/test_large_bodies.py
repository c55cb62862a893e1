"""Bodies of the largest size, in shapes that are made to take long."""

import asyncio
import json
from typing import Any

import anyio
import pytest

from server.http.callers import Caller
from server.http.turns import Turns
from tests.server.http.served import META, ask, call, request

ALICE, BOB = Caller("alice"), Caller("bob")


def error(port: int, arguments: dict[str, Any]) -> dict[str, Any]:
    status, _, body = ask(port, call(arguments))
    assert status == 200
    text = json.loads(body)["result"]["content"][0]["text"]
    assert len(text) <= 4_000
    found: dict[str, Any] = json.loads(text)["error"]
    return found


@pytest.mark.parametrize("value", ["normal", "x", None])
def test_twelve_thousand_values_are_a_wrong_argument(port: int, value: str | None) -> None:
    told = error(port, {"kind": [value] * 12_000})
    assert told["code"] == "invalid_arguments"
    assert told["details"] == [
        {"argument": "kind", "problem": "has 12000 values: give at most 100, got a list"}
    ]


def test_of_thousands_of_wrong_arguments_most_are_counted(port: int) -> None:
    told = error(port, {f"argument_{number}": 1 for number in range(5_000)})
    assert told["message"].startswith("5000 arguments are wrong")
    assert len(told["details"]) + told["more_details"] == 5_000


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
        "Besides a tool's arguments, a message has at most 1,000 values, at most 20 deep."
    )


def test_arguments_of_another_method_are_no_exception(port: int) -> None:
    params = {"name": "x", "arguments": {f"x{number}": 1 for number in range(2_000)}, "_meta": META}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "prompts/get", "params": params})
    assert (
        "at most 1,000 values"
        in ask(port, request(body, Mcp_Method="prompts/get", Mcp_Name="x"))[2]
    )


def test_callers_take_turns_whoever_came_first() -> None:
    async def order() -> list[str]:
        turns, served = Turns(rounds=1), list[str]()

        async def work(caller: Caller) -> None:
            await turns.turn(caller)
            served.append(caller.name)

        async with anyio.create_task_group() as tasks:
            for caller in (ALICE, ALICE, ALICE, ALICE, BOB, BOB):
                tasks.start_soon(work, caller)
        return served

    assert anyio.run(order) == ["alice", "alice", "bob", "alice", "bob", "alice"]


def test_only_one_has_a_turn_at_a_time() -> None:
    async def most() -> int:
        turns, at_work, most_at_work = Turns(rounds=8), 0, 0

        async def work() -> None:
            nonlocal at_work, most_at_work
            await turns.turn(ALICE)
            at_work += 1
            most_at_work = max(most_at_work, at_work)
            # The SDK takes a few rounds of the event loop to validate a body.
            for _ in range(5):
                await asyncio.sleep(0)
            at_work -= 1

        async with anyio.create_task_group() as tasks:
            for _ in range(10):
                tasks.start_soon(work)
        return most_at_work

    assert anyio.run(most) == 1


def test_who_goes_away_while_waiting_holds_up_no_one() -> None:
    async def serve() -> None:
        turns = Turns(rounds=8)
        await turns.turn(ALICE)
        async with anyio.create_task_group() as gone:
            gone.start_soon(turns.turn, ALICE)
            await asyncio.sleep(0)
            gone.cancel_scope.cancel()
        with anyio.fail_after(5):
            await turns.turn(BOB)
            await turns.turn(BOB)

    anyio.run(serve)
