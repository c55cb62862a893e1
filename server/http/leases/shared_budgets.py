"""Makes the budget of each vendor key, and shares the rates with other processes through Redis."""

import logging
import random
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Self

import anyio

from server.http.leases.exchange import redis_key
from server.http.leases.failure import Reason, RedisFailure
from server.http.leases.lease import LEASE_S, Lease, Rates
from server.http.leases.lease_client import LeaseClient
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
_FEW_LEASES = 60
"""With more leases in all processes, the long tick spares Redis."""
_LOSES_DATA = "Redis loses its data again and again (see its maxmemory-policy)"


class SharedBudgets:
    """The budgets of this process. Redis divides the rates among all processes.

    While the `async with` block runs, a task asks for the leases of all vendor keys in use, ten
    times a second, or four times if there are many. Requests to vendors never wait for Redis.
    """

    def __init__(
        self, client: LeaseClient, limits: Limits, state: SharingState, pace: PaceGauge
    ) -> None:
        self._client = client
        self._limits = limits
        self._state = state
        self._pace = pace
        self._leases: dict[str, Lease] = {}
        """By the name of the hash in Redis."""
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
            rates = Rates.divide(setting, self._client.process.processes)
            in_flight = self._limits.max_in_flight
            self._leases[name] = Lease(vendor, key, rates, in_flight, anyio.current_time())
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
            await self._client.connect()
            await self._leave([*self._leases])
        await self._client.close()

    async def _pace_regularly(self) -> None:
        """Pace the budgets. So leases end in time, also while the process waits for Redis."""
        while True:
            now = anyio.current_time()
            for lease in self._leases.values():
                lease.pace(now)
                if lease.is_in_use and not lease.grant:
                    self._is_needed.set()
            are_valid = now - self._answered_at <= LEASE_S
            self._state.record_leases(self._leases.values(), are_valid=are_valid)
            self._pace.record(
                {
                    (lease.vendor.name, lease.key.value): lease.budget.per_minute(now)
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
                self._state.record_failure(failure)
            except Exception:
                # Calls go on without leases.
                logger.exception("The leases could not be renewed.")
                self._state.record_failure(RedisFailure(Reason.OTHER))
            live = [lease.grant.live for lease in self._leases.values() if lease.grant]
            # A key that was not in use needs a lease immediately.
            with anyio.CancelScope(deadline=began + tick_s(sum(live))):
                await self._is_needed.wait()
            self._is_needed = anyio.Event()

    async def _renew(self) -> None:
        """Ask for the leases of all vendor keys in use.

        Raises:
            RedisFailure: there was no answer, or Redis loses its data before leases are certain.
        """
        await self._client.connect()
        now = anyio.current_time()
        for lease in self._leases.values():
            lease.update_demand(now)
        unused = [name for name, lease in self._leases.items() if lease.is_unused(now)]
        if unused:
            await self._leave(unused)
        names = [name for name, lease in self._leases.items() if lease.is_in_use]
        asked_at = anyio.current_time()
        asks = [self._leases[name].ask(asked_at) for name in names]
        answer = await self._client.ask(names, asks, asked_at)
        if len(answer.grants) < len(names):
            return
        for name, grant in zip(names, answer.grants, strict=True):
            self._leases[name].renew(grant, asked_at, anyio.current_time())
        self._state.record_answer(answer.grants)
        # A young hash renews no lease, which may then end. It does not stay young for so long.
        if any(self._leases[name].has_ended(asked_at - LEASE_S) for name in names):
            raise RedisFailure(Reason.OTHER, text=_LOSES_DATA)
        self._answered_at = asked_at

    async def _leave(self, names: Sequence[str]) -> None:
        """Tell the others that this process does not send with these keys any more.

        Raises:
            RedisFailure: there was no answer.
        """
        now = anyio.current_time()
        asks = [self._leases[name].ask(now).leaving for name in names]
        answer = await self._client.ask(names, asks, now)
        if answer.grants:
            for name in names:
                self._leases[name].rest(now)


def tick_s(leases: int) -> float:
    """The seconds between two asks, if all processes have so many *leases* of the keys in use."""
    return _TICK_S if leases <= _FEW_LEASES else _LONG_TICK_S
