"""Asks Redis for leases. A late ask changes nothing."""

from collections.abc import Sequence
from typing import Protocol

import anyio

from server.http.leases.exchange import Answer, Ask, Process, parse_answer, script_arguments
from server.http.leases.failure import Reason, RedisFailure
from server.http.leases.redis_client import ANSWER_S


class ScriptClient(Protocol):
    """What runs the script: see `RedisClient`."""

    async def open(self) -> bool: ...
    async def run(self, keys: Sequence[str], arguments: Sequence[str]) -> Sequence[bytes]: ...
    async def close(self) -> None: ...


class LeaseClient:
    """Asks for the leases of *process*. `connect` must come before each `ask`.

    Each ask has a deadline by Redis' clock: the time when nobody waits for its answer any more.
    """

    def __init__(self, client: ScriptClient, process: Process) -> None:
        self.process = process
        self._client = client
        self._clock_ahead = 0.0
        """How far Redis' clock is ahead of ours, or a little less.

        It is 0 before the first answer. All deadlines have then passed by Redis' clock.
        """

    async def connect(self) -> None:
        """Connect if there is no connection.

        Raises:
            RedisFailure: that failed.
        """
        if await self._client.open():
            # It may be another server than before. Without asks, the script only tells the time.
            await self.ask([], [], anyio.current_time())

    async def ask(self, names: Sequence[str], asks: Sequence[Ask], asked_at: float) -> Answer:
        """Ask for the leases of the keys whose hashes have these *names*.

        *asked_at* is the time from which the answer is waited for. There are no grants if the
        script ran too late.

        Raises:
            RedisFailure: there was no answer.
        """
        deadline = asked_at + ANSWER_S + self._clock_ahead
        arguments = script_arguments(self.process, deadline, asks)
        try:
            answer = parse_answer(await self._client.run(names, arguments))
        except ValueError:
            raise RedisFailure(Reason.OTHER) from None
        # At the latest now, so this is never too much.
        self._clock_ahead = answer.time - anyio.current_time()
        return answer

    async def close(self) -> None:
        await self._client.close()
