"""incident.io as a process that records when requests arrive, and answers with empty lists."""

import asyncio
import json
import subprocess
import sys
import time
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path

from server.settings import KEYS, URLS

_BODY = b'{"incident_attachments":[]}'
_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    + f"Content-Length: {len(_BODY)}\r\n\r\n".encode()
    + _BODY
)


class RecordingVendor:
    """The process. `environ` has the settings of a server that uses it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.recording_vendor"],
            cwd=Path(__file__).parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.environ = {
            URLS["incident_io"]: f"http://127.0.0.1:{json.loads(self._line())}",
            KEYS["incident_io"]: "key-of-incident-io",
        }

    def arrivals(self) -> list[float]:
        """When each request arrived, by `time.monotonic`."""
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        times: list[float] = json.loads(self._line())
        return times

    def _line(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()

    def __enter__(self) -> "RecordingVendor":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


def count_between(times: Sequence[float], begin: float, end: float) -> int:
    return sum(begin <= time_ < end for time_ in times)


def largest_burst(times: Sequence[float], per_second: float) -> float:
    """The most requests, in any window, over what *per_second* allows in its length.

    It is the fill of the smallest token bucket that would have let all of them through.
    """
    largest = level = 0.0
    last = times[0]
    for now in times:
        level = max(level - (now - last) * per_second, 0) + 1
        largest = max(largest, level)
        last = now
    return largest


def most_in(seconds: float, times: Sequence[float]) -> int:
    """The most requests in any window of this length."""
    return max(bisect_right(times, begin + seconds) - at for at, begin in enumerate(times))


class _Connection(asyncio.Protocol):
    def __init__(self, times: list[float]) -> None:
        self._times = times
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            _, _, self._received = self._received.partition(b"\r\n\r\n")
            self._times.append(time.monotonic())
            self._transport.write(_ANSWER)


async def _serve() -> None:
    times: list[float] = []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(times), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(times), flush=True)
    server.close()


if __name__ == "__main__":
    asyncio.run(_serve())
