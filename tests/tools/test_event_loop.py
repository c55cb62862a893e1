"""What lets the event loop take its turns while a call reads thousands of incidents."""

from itertools import pairwise

import anyio
import httpx
import pytest
from anyio.lowlevel import checkpoint

from tests.tools.mocked import mocked, reply
from tools.request import get

pytestmark = pytest.mark.anyio


async def test_between_two_answers_that_arrive_together_other_work_gets_a_round() -> None:
    """Eight pages of 100 incidents in one round of the event loop would hold it for 60 ms."""
    arrived = anyio.Event()
    rounds = 0
    parsed_in: list[int] = []

    async def answer_together(_: httpx.Request) -> httpx.Response:
        await arrived.wait()
        return reply()

    async def count_rounds() -> None:
        nonlocal rounds
        while True:
            rounds += 1
            await checkpoint()

    def parse(_: bytes) -> None:
        parsed_in.append(rounds)

    async with mocked(answer_together) as connection, anyio.create_task_group() as tasks:
        async with anyio.create_task_group() as requests:
            for _ in range(8):
                requests.start_soon(get, connection, "/page", {}, parse)
            await anyio.wait_all_tasks_blocked()
            tasks.start_soon(count_rounds)
            arrived.set()
        tasks.cancel_scope.cancel()
    assert len(parsed_in) == 8
    assert all(later - earlier >= 2 for earlier, later in pairwise(parsed_in))
