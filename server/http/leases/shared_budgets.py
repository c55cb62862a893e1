"""Makes the budget of each vendor key, and shares them with other processes through Redis."""

import logging
import random
from collections.abc import Callable, Sequence
from typing import Any, Protocol, Self

import anyio

from server.http.leases.exchange import (
    Answer,
    Process,
    leaving,
    parse_answer,
    redis_key,
    script_arguments,
)
from server.http.leases.failure import Reason, RedisFailure
from server.http.leases.lease import Lease, Rates
from server.http.leases.redis_client import ANSWER_S
from tools.budget import Budget
from tools.connection import requests_per_minute
from tools.limits import Limits
from tools.vendor import Vendor

logger = logging.getLogger(__name__)

_TICK_S = 0.25
_UNUSED_S = 600
"""After this time without a request, a process no longer asks for a vendor key."""


class ScriptClient(Protocol):
    """What runs the script: see `RedisClient`."""

    async def open(self) -> bool: ...
    async def run(self, keys: Sequence[str], arguments: Sequence[str]) -> Sequence[bytes]: ...
    async def close(self) -> None: ...


class SharedBudgets:
    """The budgets of this process. Redis divides the rate among all processes.

    Every quarter of a second, a task asks for the leases of all vendor keys in use. Requests never
    wait for Redis.
    """

    def __init__(self, client: ScriptClient, process: Process, limits: Limits) -> None:
        self._client = client
        self._process = process
        self._limits = limits
        self._leases: dict[str, Lease] = {}
        """By the name of the hash in Redis."""
        self._clock_ahead: float | None = None
        """How far Redis' clock is ahead of ours, or less. None if that is not known."""
        self._is_needed = anyio.Event()
        self._tasks = anyio.create_task_group()

    def budget(self, vendor: Vendor, key: str) -> Budget:
        name = redis_key(vendor.name, key)
        setting = requests_per_minute(vendor, self._limits)
        rates = Rates.divide(setting, self._process.processes)
        lease = Lease(vendor, rates, self._limits.max_in_flight, anyio.current_time())
        self._leases[name] = lease
        lease.pace(anyio.current_time())
        self._is_needed.set()
        return lease.budget
