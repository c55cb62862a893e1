"""Tries Redis out, for `incident-desk doctor`."""

import anyio

from server.http.leases.exchange import SCRIPT, Ask, Process
from server.http.leases.lease_client import LeaseClient
from server.http.leases.redis_client import RedisClient

_NAMES = ["{incident-desk}:budget:doctor"]


async def try_redis(url: str) -> float:
    """Ask for a lease of a key that nobody uses, and give it back.

    Returns how many seconds the script took.

    Raises:
        RedisFailure: that failed.
        ValueError: the URL cannot be used.
    """
    ask = Ask(rate=1, part=1, want=0, weight=1, holding=0, known=0)
    client = LeaseClient(RedisClient(url, SCRIPT), Process("doctor", "doctor", 1))
    try:
        await client.connect()
        began = anyio.current_time()
        await client.ask(_NAMES, [ask], began)
        ended = anyio.current_time()
        await client.ask(_NAMES, [ask.leaving], ended)
        return ended - began
    finally:
        await client.close()
