"""Shares requests to the vendors among the calls of this process."""

from collections.abc import Callable
from typing import Self

import anyio

from tools.answer_memory import AnswerMemory
from tools.flights import Flights, Source

ObserveReuse = Callable[[str, str, Source], None]
"""Called with the vendor, the short name of the key, and where the answer was found."""


class SingleFlight:
    """Makes the `Flights` of each vendor key. Their requests run while its `async with` block runs.

    An answer may be given again for *fresh_s* seconds.
    """

    def __init__(self, fresh_s: float = 0, observe: ObserveReuse = lambda *_: None) -> None:
        self._fresh_s = fresh_s
        self._observe = observe

    async def __aenter__(self) -> Self:
        self._tasks = anyio.create_task_group()
        await self._tasks.__aenter__()
        self._memory = AnswerMemory(self._tasks, self._fresh_s)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._tasks.cancel_scope.cancel()
        await self._tasks.__aexit__(None, None, None)

    def flights(self) -> Flights:
        """The flights of one vendor key."""
        return Flights(self._tasks, self._memory, self._observe)
