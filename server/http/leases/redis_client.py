"""A connection to Redis that runs one script. It is opened again after a failure."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from hashlib import sha1

import anyio
from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.exceptions import NoScriptError, RedisError

from server.http.leases.failure import Reason, RedisFailure, redis_failure

ANSWER_S = 0.2
"""How long an answer is waited for."""
_CONNECT_S = 2.0
"""How long a connection may take: with TLS and a password, it takes several exchanges."""


class RedisClient:
    """Runs *script* in the Redis at *url*. Only one method may run at a time.

    Raises:
        ValueError: the URL cannot be used. The text does not contain it.
    """

    def __init__(self, url: str, script: str) -> None:
        self._script = script
        self._digest = sha1(script.encode(), usedforsecurity=False).hexdigest()
        try:
            pool = ConnectionPool.from_url(url, protocol=2, driver_info=None)
            self._connection: AbstractConnection = pool.make_connection()  # type: ignore[no-untyped-call]
        except (RedisError, TypeError, ValueError):
            raise ValueError("not a valid URL of Redis") from None
        self._is_open = False

    async def open(self) -> bool:
        """Connect if there is no connection. Returns whether a new one was made.

        Raises:
            RedisFailure: that failed.
        """
        if self._is_open:
            return False
        async with self._closing_on_failure():
            try:
                with anyio.fail_after(_CONNECT_S):
                    await self._connection.connect()  # type: ignore[no-untyped-call]
            except TimeoutError:
                text = f"Redis accepts no connection within {_CONNECT_S:g} s"
                raise RedisFailure(Reason.TIMEOUT, text=text) from None
        self._is_open = True
        return True

    async def run(self, keys: Sequence[str], arguments: Sequence[str]) -> Sequence[bytes]:
        """Run the script. Every failure closes the connection.

        Raises:
            RedisFailure: there was no answer in time, or it was an error.
        """
        words = [str(len(keys)), *keys, *arguments]
        async with self._closing_on_failure():
            with anyio.fail_after(ANSWER_S):
                answer = await self._run(words)
            if not isinstance(answer, list):
                raise RedisFailure(Reason.OTHER)
            return answer

    @asynccontextmanager
    async def _closing_on_failure(self) -> AsyncIterator[None]:
        """Close the connection if the block fails or is cancelled.

        An answer that comes later would be taken for that of the next script.

        Raises:
            RedisFailure: the block failed.
        """
        try:
            yield
        except (RedisError, OSError) as error:
            await self.close()
            raise redis_failure(error) from None
        except BaseException:
            await self.close()
            raise

    async def _run(self, words: Sequence[str]) -> object:
        try:
            return await self._execute("EVALSHA", self._digest, *words)
        except NoScriptError:
            # A server that was started again does not know the script.
            return await self._execute("EVAL", self._script, *words)

    async def _execute(self, *words: str) -> object:
        await self._connection.send_command(*words, check_health=False)
        return await self._connection.read_response()

    async def close(self) -> None:
        self._is_open = False
        with anyio.CancelScope(shield=True):
            await self._connection.disconnect(nowait=True)
