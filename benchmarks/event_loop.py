"""Measures how long the event loop is held."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

_INTERVAL_S = 0.001


@asynccontextmanager
async def turns() -> AsyncIterator[list[float]]:
    """The seconds that another task waited for each of its turns during the block.

    It asks for a turn every millisecond, and that time is not counted.
    """
    waits: list[float] = []

    async def measure() -> None:
        while True:
            began = time.perf_counter()
            await anyio.sleep(_INTERVAL_S)
            waits.append(time.perf_counter() - began - _INTERVAL_S)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(measure)
        # The first turn of the new task.
        await anyio.sleep(_INTERVAL_S)
        yield waits
        tasks.cancel_scope.cancel()
