"""A Redis client that measures how long it waits for Redis."""

import time
from contextvars import ContextVar
from typing import Any

import redis.asyncio

exchanges_s: ContextVar[list[float]] = ContextVar("exchanges_s")
"""The seconds of each exchange with Redis for the current request."""


class Exchanges(redis.asyncio.Redis):
    """Adds each exchange to `exchanges_s`, also if it fails."""

    async def execute_command(self, *words: Any, **options: Any) -> Any:
        began = time.monotonic()
        try:
            return await super().execute_command(*words, **options)
        finally:
            exchanges_s.get([]).append(time.monotonic() - began)
