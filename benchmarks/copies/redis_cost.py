"""The time that Redis takes to run the script of the leases, for many processes and keys."""

import asyncio
from collections.abc import Sequence
from itertools import cycle

from redis.asyncio import Redis as Client

from benchmarks.copies.service import running_redis
from evals.capacity import ROOTLY, set_rate
from evals.table import table
from server.http.leases.exchange import SCRIPT, Ask, Process, redis_key, script_arguments
from server.http.leases.lease import Rates
from server.http.leases.shared_budgets import tick_s

RUNS = 400
PROCESSES = (3, 10, 30, 100)
KEYS = (1, 20)
"""Keys in use."""


async def microseconds(url: str, processes: int, keys: int) -> float:
    """The mean time of a run, by Redis' own statistics, when all processes have a lease."""
    rates = Rates.divide(set_rate(ROOTLY), processes)
    ask = Ask(rates.leased, rates.part, want=100, weight=3, holding=rates.part, known=processes)
    names = [redis_key(ROOTLY, f"{processes}-{key}") for key in range(keys)]
    arguments = [
        script_arguments(Process(f"{number:032x}", f"{number}", processes), 1e12, [ask] * keys)
        for number in range(processes)
    ]
    async with Client.from_url(url) as client:
        await _run(client, names, arguments)
        await client.config_resetstat()
        for _, one in zip(range(RUNS), cycle(arguments), strict=False):
            await _run(client, names, [one])
        statistics = await client.info("commandstats")
    return float(statistics["cmdstat_eval"]["usec_per_call"])


async def _run(client: Client, names: Sequence[str], arguments: Sequence[Sequence[str]]) -> None:
    for one in arguments:
        await client.eval(SCRIPT, len(names), *names, *one)


async def report() -> str:
    rows = []
    with running_redis() as redis:
        for processes in PROCESSES:
            cells = [f"{processes}"]
            for keys in KEYS:
                took = await microseconds(redis.url, processes, keys)
                part = took / 1e6 * processes / tick_s(processes * keys)
                cells += [f"{took:,.0f} µs", f"{part:.1%}"]
            rows.append(cells)
    head = ["processes"]
    for keys in KEYS:
        key = "1 key" if keys == 1 else f"{keys} keys"
        head += [f"{key} in use: a script", "of one processor"]
    return table(head, rows)


if __name__ == "__main__":
    print(asyncio.run(report()))
