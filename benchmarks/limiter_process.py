"""One of the processes of `benchmarks.limiters`: it sends through a rate-limiting library.

`python -m benchmarks.limiter_process LIBRARY REDIS_URL SECONDS` prints `ready`, and begins when it
reads a line. At the end it prints JSON: when each request was sent (`time.monotonic()`), and for
each caller the seconds that each request waited for Redis.

If Redis fails, the libraries raise an exception. The request then takes its turn in the local part
of the rate, as it would in a copy of our server.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from benchmarks.limiters import CALLERS, PER_SECOND, PROCESSES
from benchmarks.redis_exchanges import Exchanges, exchanges_s
from tools.budget import Budget

Acquire = Callable[[], Awaitable[None]]
"""Waits until the library lets one request through."""


def throttled(url: str) -> Acquire:
    from throttled.asyncio import RedisStore, Throttled, rate_limiter

    options = {"REDIS_CLIENT_CLASS": "benchmarks.redis_exchanges.Exchanges"}
    quota = rate_limiter.per_sec(PER_SECOND, burst=PER_SECOND // 2)
    store = RedisStore(server=url, options=options)
    limiter = Throttled(key="key", using="gcra", quota=quota, store=store, timeout=3_600)

    async def acquire() -> None:
        await limiter.limit()

    return acquire


def limits(url: str) -> Acquire:
    from limits import RateLimitItemPerSecond
    from limits.aio.storage import RedisStorage
    from limits.aio.strategies import MovingWindowRateLimiter

    storage = RedisStorage(f"async+{url}", implementation="redispy")
    storage.bridge.storage = Exchanges.from_url(url)
    storage.bridge.register_scripts()
    limiter = MovingWindowRateLimiter(storage)
    item = RateLimitItemPerSecond(PER_SECOND)

    async def acquire() -> None:
        # The library does not wait: a program has to ask when to try again.
        while not await limiter.hit(item, "key"):
            stats = await limiter.get_window_stats(item, "key")
            await asyncio.sleep(max(stats.reset_time - time.time(), 0.05))

    return acquire


def pyrate_limiter(url: str) -> Acquire:
    from pyrate_limiter import Limiter, Rate, RedisBucket

    limiter: Any = None
    client = Exchanges.from_url(url)
    second = timedelta(seconds=1) // timedelta(milliseconds=1)

    async def acquire() -> None:
        nonlocal limiter
        if not limiter:
            bucket = await RedisBucket.init([Rate(PER_SECOND, second)], client, "key")
            limiter = Limiter(bucket)
        await limiter.try_acquire_async("key")

    return acquire


def leases(url: str) -> Acquire:
    from prometheus_client import CollectorRegistry

    from server.http.key_ring import KeyRing
    from server.http.leases.exchange import SCRIPT, Process
    from server.http.leases.lease_client import LeaseClient
    from server.http.leases.redis_client import RedisClient
    from server.http.leases.shared_budgets import SharedBudgets
    from server.http.leases.state import SharingState
    from server.http.pace_gauge import PaceGauge
    from server.vendor_key import VendorKey
    from tools.incident_io import INCIDENT_IO
    from tools.limits import Limits

    identity = str(os.getpid())
    process = Process(identity, identity, PROCESSES)
    limits = Limits(max_in_flight=CALLERS, requests_per_minute=PER_SECOND * 60)
    registry = CollectorRegistry()
    state = SharingState(registry, PROCESSES)
    pace = PaceGauge(registry, KeyRing({}))
    client = LeaseClient(RedisClient(url, SCRIPT), process)
    budgets = SharedBudgets(client, limits, state, pace)
    budget = budgets.budget(INCIDENT_IO, VendorKey("key"))

    async def renew() -> None:
        async with budgets:
            await asyncio.Event().wait()

    renewal = asyncio.get_running_loop().create_task(renew())

    async def acquire() -> None:
        assert not renewal.done()
        async with budget.place():
            pass

    return acquire


LIBRARIES = {
    "throttled-py": throttled,
    "limits": limits,
    "pyrate-limiter": pyrate_limiter,
    "leases": leases,
}


async def send_until(end: float, acquire: Acquire, part: Budget, sent: list[float]) -> list[float]:
    """Send requests one after the other; gives the seconds that each waited for Redis."""
    waits = []
    while time.monotonic() < end:
        exchanges: list[float] = []
        exchanges_s.set(exchanges)
        try:
            await acquire()
        except Exception:
            async with part.place():
                pass
        sent.append(time.monotonic())
        waits.append(sum(exchanges))
    return waits


async def main(library: str, url: str, seconds: float) -> None:
    acquire = LIBRARIES[library](url)
    print("ready", flush=True)
    sys.stdin.readline()
    part = Budget(CALLERS, PER_SECOND * 60 / PROCESSES, burst_s=0.6)
    sent: list[float] = []
    end = time.monotonic() + seconds
    callers = [asyncio.create_task(send_until(end, acquire, part, sent)) for _ in range(CALLERS)]
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.gather(*callers), seconds + 5)
    waits = [caller.result() for caller in callers if not caller.cancelled()]
    print(json.dumps({"sent": sent, "waits": waits}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3])))
