"""Tries Redis out, for `incident-desk doctor`."""

import time

from server.http.leases.exchange import SCRIPT, Ask, Process, parse_answer, script_arguments
from server.http.leases.redis_client import RedisClient

_KEY = "{incident-desk}:budget:doctor"
_MAX_WAIT_S = 5


async def try_redis(url: str) -> float:
    """Ask for a lease of a key that nobody uses, and give it back.

    Returns how many seconds the script took.

    Raises:
        RedisFailure: that failed.
        ValueError: the URL cannot be used.
    """
    process = Process("doctor", "doctor", 1)
    ask = Ask(rate=1, part=1, want=0, weight=1, holding=0, known=0)
    client = RedisClient(url, SCRIPT)
    try:
        await client.open()
        clock = parse_answer(await client.run([], script_arguments(process, 0, [])))
        deadline = clock.time + _MAX_WAIT_S
        began = time.monotonic()
        await client.run([_KEY], script_arguments(process, deadline, [ask]))
        took_s = time.monotonic() - began
        await client.run([_KEY], script_arguments(process, deadline, [ask.leaving]))
        return took_s
    finally:
        await client.close()
