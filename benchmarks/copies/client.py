"""A client of one copy: makes calls on a connection that is kept alive, and reads the answers."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.fairness import answer
from benchmarks.load import META, call_request


@dataclass(frozen=True)
class Call:
    """A finished call. Times are in seconds of the monotonic clock.

    * `outcome`: `ok`, the code of an error, or the status of a response that is not 200.
    * `retry_after_s`: how long the answer asks to wait, if it does.
    * `is_retry`: whether the caller has waited that long after the call before.
    """

    account: str
    began: float
    ended: float
    outcome: str
    retry_after_s: float = 0
    is_retry: bool = False

    @property
    def took_s(self) -> float:
        return self.ended - self.began


class Client:
    """A connection of an account to one copy. It opens with the first call, or with `connect`."""

    def __init__(self, account: str, token: str, port: int) -> None:
        self._account = account
        self._token = token
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def call(self, arguments: Mapping[str, Any], *, is_retry: bool = False) -> Call:
        """Call list_incidents."""
        message = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/call",
            "params": {"name": "list_incidents", "arguments": arguments, "_meta": META},
        }
        body = json.dumps(message).encode()
        began = time.monotonic()
        reader, writer = await self.connect()
        writer.write(call_request(self._port, "list_incidents", body, self._token))
        head, answered = await answer(reader)
        outcome, retry_after_s = read(head, answered)
        return Call(self._account, began, time.monotonic(), outcome, retry_after_s, is_retry)

    def close(self) -> None:
        if self._streams:
            self._streams[1].close()

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port, limit=2**20)
        return self._streams


def read(head: bytes, body: bytes) -> tuple[str, float]:
    """The outcome of a call, and how long its answer asks to wait.

    A call that takes long is answered with an event stream, in chunks.
    """
    status = head[9:12].decode()
    if status != "200":
        return status, 1
    [message] = [line for line in body.splitlines() if b'"jsonrpc"' in line]
    result = json.loads(message.removeprefix(b"data: "))["result"]
    if not result.get("isError"):
        return "ok", 0
    error = json.loads(result["content"][0]["text"])["error"]
    return error["code"], error.get("retry_after_s", 0)
