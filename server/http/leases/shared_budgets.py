"""Makes the budget of each vendor key, and shares the rates with other processes through Redis."""

import logging
import random
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Protocol, Self

import anyio

from server.http.leases.exchange import (
    Answer,
    Ask,
    Process,
    parse_answer,
    redis_key,
    script_arguments,
)
from server.http.leases.failure import Reason, RedisFailure
from server.http.leases.lease import LEASE_S, Lease, Rates
from server.http.leases.redis_client import ANSWER_S
from server.http.leases.state import SharingState
from server.http.pace_gauge import PaceGauge
from server.vendor_key import VendorKey
from tools.budget import Budget
from tools.connection import requests_per_minute
from tools.limits import Limits
from tools.vendor import Vendor

logger = logging.getLogger(__name__)

_TICK_S = 0.1
"""Between two asks. What one process gives up is lost until the next asks of the others."""
_LONG_TICK_S = 0.25
_FEW_KEYS = 5
"""With more keys in use, the long tick spares Redis."""
_UNUSED_S = 30
"""After this time without a request, a process no longer asks for the key of an account.

The work of Redis grows with the number of keys, and with the square of the number of processes.
"""


class ScriptClient(Protocol):
    """What runs the script: see `RedisClient`."""

    async def open(self) -> bool: ...
    async def run(self, keys: Sequence[str], arguments: Sequence[str]) -> Sequence[bytes]: ...
    async def close(self) -> None: ...


class SharedBudgets:
    """The budgets of this process. Redis divides the rates among all processes.

    While the `async with` block runs, a task asks for the leases of all vendor keys in use, ten
    times a second, or four times if there are many. Requests to vendors never wait for Redis.
    """

    def __init__(
        self,
        client: ScriptClient,
        process: Process,
        limits: Limits,
        state: SharingState,
        pace: PaceGauge,
    ) -> None:
        self._client = client
        self._process = process
        self._limits = limits
        self._state = state
        self._pace = pace
        self._leases: dict[str, Lease] = {}
        """By the name of the hash in Redis."""
        self._clock_ahead: float | None = None
        """How far Redis' clock is ahead of ours, or a little less. None if that is not known."""
        self._answered_at = float("-inf")
        """When the last ask that was answered was sent."""
        self._is_needed = anyio.Event()

    @property
    def problem(self) -> str:
        return self._state.problem

    def budget(self, vendor: Vendor, key: VendorKey) -> Budget:
        """The budget of *key*."""
        name = redis_key(vendor.name, key.value)
        if name not in self._leases:
            setting = requests_per_minute(vendor, self._limits)
            rates = Rates.divide(setting, self._process.processes)
            now = anyio.current_time()
            lease = Lease(vendor, key, rates, self._limits.max_in_flight, now)
            lease.pace(now)
            self._leases[name] = lease
            self._is_needed.set()
        return self._leases[name].budget

    async def __aenter__(self) -> Self:
        self._tasks = await anyio.create_task_group().__aenter__()
        self._tasks.start_soon(self._renew_regularly)
        self._tasks.start_soon(self._pace_regularly)
        return self

    async def __aexit__(self, *exc_info: Any) -> None:
        self._tasks.cancel_scope.cancel()
        await self._tasks.__aexit__(*exc_info)
        with suppress(RedisFailure), anyio.move_on_after(1):
            await self._client.open()
            await self._learn_time()
            await self._leave([*self._leases])
        await self._client.close()

    async def _pace_regularly(self) -> None:
        """Let the leases end, also while an answer or a connection is waited for."""
        while True:
            now = anyio.current_time()
            for lease in self._leases.values():
                lease.pace(now)
            are_valid = now - self._answered_at <= LEASE_S
            self._state.record_leases(self._leases.values(), are_valid=are_valid)
            self._pace.record(
                {
                    (lease.vendor.name, lease.key.value): lease.per_minute
                    for lease in self._leases.values()
                }
            )
            await anyio.sleep(_TICK_S)

    async def _renew_regularly(self) -> None:
        await anyio.sleep(random.uniform(0, _TICK_S))  # noqa: S311
        while True:
            began = anyio.current_time()
            try:
                await self._renew()
            except RedisFailure as failure:
                self._clock_ahead = None
                self._state.record_failure(failure)
            except Exception:
                # Calls go on without leases.
                logger.exception("The leases could not be renewed.")
                self._state.record_failure(RedisFailure(Reason.OTHER))
            keys_in_use = sum(lease.is_in_use for lease in self._leases.values())
            # A key that is used for the first time needs a lease immediately.
            with anyio.CancelScope(deadline=began + tick_s(keys_in_use)):
                await self._is_needed.wait()
            self._is_needed = anyio.Event()

    async def _renew(self) -> None:
        """Ask for the leases of all vendor keys in use.

        Raises:
            RedisFailure: there was no answer.
        """
        if await self._client.open():
            # It may be another server than before, with another clock.
            self._clock_ahead = None
        if self._clock_ahead is None:
            await self._learn_time()
        await self._leave_unused()
        names = [name for name, lease in self._leases.items() if lease.is_in_use]
        asked_at = anyio.current_time()
        asks = [self._leases[name].ask(asked_at) for name in names]
        answer = await self._run(names, asks, asked_at)
        if len(answer.grants) < len(names):
            return
        self._answered_at = asked_at
        for name, grant in zip(names, answer.grants, strict=True):
            self._leases[name].renew(grant, asked_at, anyio.current_time())
        self._state.record_answer(answer.grants)

    async def _learn_time(self) -> None:
        """Ask with a deadline that has passed. The script then only tells the time."""
        await self._run([], [], asked_at=-ANSWER_S)

    async def _leave_unused(self) -> None:
        now = anyio.current_time()
        unused = []
        for name, lease in self._leases.items():
            lease.look(now)
            if lease.is_in_use and lease.is_unused_for(now, _UNUSED_S):
                unused.append(name)
        if unused:
            await self._leave(unused)

    async def _leave(self, names: Sequence[str]) -> None:
        """Tell the others that this process does not send with these keys any more.

        Raises:
            RedisFailure: there was no answer.
        """
        now = anyio.current_time()
        asks = [self._leases[name].ask(now).leaving for name in names]
        answer = await self._run(names, asks, now)
        if answer.grants:
            for name in names:
                self._leases[name].rest(now)

    async def _run(self, names: Sequence[str], asks: Sequence[Ask], asked_at: float) -> Answer:
        """Run the script. It changes nothing if it runs when nobody waits for it any more.

        Raises:
            RedisFailure: there was no answer.
        """
        deadline = asked_at + ANSWER_S + (self._clock_ahead or 0)
        arguments = script_arguments(self._process, deadline, asks)
        try:
            answer = parse_answer(await self._client.run(names, arguments))
        except ValueError:
            raise RedisFailure(Reason.OTHER) from None
        # At the latest now, so this is never too much.
        self._clock_ahead = answer.time - anyio.current_time()
        return answer


def tick_s(keys_in_use: int) -> float:
    """The seconds between two asks."""
    return _TICK_S if keys_in_use <= _FEW_KEYS else _LONG_TICK_S
