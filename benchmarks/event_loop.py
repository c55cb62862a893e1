"""Measures how long the event loop is held."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

_INTERVAL_S = 0.001


@asynccontextmanager
async def turns() -> AsyncIterator[list[float]]:
    """The seconds between the turns of a task that asks for one every millisecond, in the block.

    They are seconds of the processor for this process, so that other programs do not count.
    """
    waits: list[float] = []

    async def measure() -> None:
        while True:
            began = time.process_time()
            await anyio.sleep(_INTERVAL_S)
            waits.append(time.process_time() - began)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(measure)
        # The first turn of the new task.
        await anyio.sleep(2 * _INTERVAL_S)
        yield waits
        # Its last turn, if the block has held the event loop.
        await anyio.sleep(2 * _INTERVAL_S)
        tasks.cancel_scope.cancel()
