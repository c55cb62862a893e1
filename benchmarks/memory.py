"""Checks that the HTTP server does not leak memory.

`python -m benchmarks.memory [--calls 40000]` takes about six minutes. The server runs with
accounts, as in production. The sandbox, in a process of its own, adds a fault to a tenth of the
vendors' answers. Several clients send requests of every kind at once (`mixture.py`), over
connections that are kept alive, new or pipelined. Some clients disconnect before their answer.
Every 5,000 calls the clients pause, and the memory of the server is read.

The first 5,000 calls fill caches, pools and arenas. The exit code is 1 if memory grows by 10 MB or
more after them.
"""

import argparse
import asyncio
import contextlib
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from random import Random
from typing import NamedTuple

from benchmarks import mixture
from benchmarks.load import UNBOUNDED, content_length, running
from benchmarks.mixture import Kind
from benchmarks.soak.process import sandboxed
from benchmarks.table import counts
from server.http.accounts.verifier import new_account

STEP = 5_000
CLIENTS = 64
MAX_GROWTH_MB = 10
_ANSWER_WITHIN_S = 30
_PIPELINED = (1,) * 12 + (4,)
"""The number of requests that are sent before the first answer is read, drawn at random."""
_PAUSE_S = 12
"""In this time, abandoned calls end, and the allocator is trimmed."""
_ENVIRON = {
    **UNBOUNDED,
    "INCIDENT_DESK_HTTP_MAX_CALLS_PER_CALLER": "1000",
    "INCIDENT_DESK_TIMEOUT_S": "2",
    "INCIDENT_DESK_SUMMARY_TIMEOUT_S": "2",
    "INCIDENT_DESK_MAX_IN_FLIGHT": "64",
    "ROOTLY_API_TOKEN": "key",
    "INCIDENT_IO_API_KEY": "key",
}


class Memory(NamedTuple):
    """The memory of a process in MB, as in `smaps_rollup`.

    `resident`: All its pages in RAM.
    `proportional`: The same, with shared pages divided by the number of processes that share them.
    `private`: The pages that only this process has, and that it has written to.
    """

    resident: float
    proportional: float
    private: float

    @classmethod
    def of(cls, pid: int) -> "Memory":
        _, *lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
        sizes = {}
        for line in lines:
            name, size, *_ = line.split()
            sizes[name] = int(size) / 1024
        return cls(sizes["Rss:"], sizes["Pss:"], sizes["Private_Dirty:"])


class Tally:
    """The number of calls: `answers` by status, `abandoned` by the client, and `unexpected`."""

    def __init__(self) -> None:
        self.answers = Counter[int]()
        self.abandoned = 0
        self.unexpected = Counter[tuple[str, int]]()

    def add(self, kind: Kind, status: int) -> None:
        self.answers[status] += 1
        if status not in kind.statuses:
            self.unexpected[kind.name, status] += 1


class Client:
    """Sends requests one after another, sometimes on a new connection."""

    def __init__(self, port: int, tokens: list[str], rng: Random, tally: Tally) -> None:
        self._port = port
        self._tokens = tokens
        self._rng = rng
        self._tally = tally
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, count: int) -> None:
        """Send *count* requests at once."""
        kinds = [mixture.draw(self._rng) for _ in range(count)]
        requests = [self._encode(kind) for kind in kinds]
        if self._rng.random() < 0.1:
            self.close()
        reader, writer = self._streams = self._streams or await self._connect()
        if self._rng.random() < 0.05:
            await self._abandon(writer, b"".join(requests))
            self._tally.abandoned += len(kinds)
            return
        with contextlib.suppress(ConnectionError):
            writer.write(b"".join(requests))
            await writer.drain()
        for number, kind in enumerate(kinds):
            status = await _status(reader)
            if status == 0 and number:
                # An earlier answer closed the connection, for example after a refused body.
                self._tally.abandoned += len(kinds) - number
                break
            self._tally.add(kind, status)
        if reader.at_eof():
            self.close()

    def close(self) -> None:
        if self._streams:
            self._streams[1].close()
            self._streams = None

    def _encode(self, kind: Kind) -> bytes:
        question = kind.make(self._rng)
        token = self._rng.choice(self._tokens)
        return mixture.encode(question, self._rng, port=self._port, token=token)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self._port, limit=2**20)

    async def _abandon(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        """Disconnect in the middle of the request, just after it, or during the answer."""
        writer.write(data[: self._rng.choice((len(data) // 2, len(data)))])
        await asyncio.sleep(self._rng.choice((0, 0.005, 0.05)))
        writer.transport.abort()
        self._streams = None


async def _status(reader: asyncio.StreamReader) -> int:
    """Read the next answer, and return its status.

    The result is 0 if the connection ended, and -1 if no answer came within 30 s.
    """
    try:
        async with asyncio.timeout(_ANSWER_WITHIN_S):
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            if b"transfer-encoding: chunked" in head:
                while size := int(await reader.readline(), 16):
                    await reader.readexactly(size + 2)
                await reader.readline()
            else:
                await reader.readexactly(content_length(head) or 0)
    except (asyncio.IncompleteReadError, ConnectionError):
        return 0
    except TimeoutError:
        return -1
    return int(head.split()[1])


async def send(port: int, tokens: list[str], calls: int, tally: Tally, rng: Random) -> None:
    """Send *calls* requests from `CLIENTS` clients at once."""
    remaining = calls

    async def client(number: int) -> None:
        nonlocal remaining
        client_rng = Random(f"{rng.random()} {number}")
        client = Client(port, tokens, client_rng, tally)
        while remaining > 0:
            count = min(client_rng.choice(_PIPELINED), remaining)
            remaining -= count
            await client.send(count)
        client.close()

    await asyncio.gather(*(client(number) for number in range(CLIENTS)))


@contextmanager
def service() -> Iterator[tuple[int, int, list[str]]]:
    """The process id and the port of the server, and the tokens of its accounts."""
    token_for_all, account_for_all = new_account("all", date(2999, 1, 1), [])
    token_for_one, account_for_one = new_account("one", date(2999, 1, 1), ["list_incidents"])
    with tempfile.TemporaryDirectory() as folder, sandboxed() as sandbox:
        path = Path(folder, "accounts.toml")
        path.write_text(account_for_all + account_for_one, encoding="utf-8")
        urls = {
            "ROOTLY_API_URL": f"http://127.0.0.1:{sandbox}/rootly;fault=mix;rate=0.1",
            "INCIDENT_IO_API_URL": f"http://127.0.0.1:{sandbox}/incident_io;fault=mix;rate=0.1",
        }
        environ = {**_ENVIRON, **urls, "INCIDENT_DESK_HTTP_ACCOUNTS_FILE": str(path)}
        with running("server", "http", "--port", "0", **environ) as (pid, port):
            yield pid, port, [token_for_all, token_for_one]


def main(calls: int, seed: int) -> int:
    rng, tally = Random(seed), Tally()
    print("| calls | resident | proportional | private | calls per second |")
    print("|---|---|---|---|---|", flush=True)
    with service() as (pid, port, tokens):
        resident = []
        for done in range(0, calls, STEP):
            started_at = time.perf_counter()
            asyncio.run(send(port, tokens, min(STEP, calls - done), tally, rng))
            rate = STEP / (time.perf_counter() - started_at)
            time.sleep(_PAUSE_S)
            memory = Memory.of(pid)
            resident.append(memory.resident)
            cells = " | ".join(f"{size:.1f} MB" for size in memory)
            print(f"| {done + STEP:,} | {cells} | {rate:,.0f} |", flush=True)
    answers = counts(tally.answers)
    print(f"\nAnswers by status: {answers}. Abandoned by the client: {tally.abandoned:,}.")
    for (kind, status), count in tally.unexpected.items():
        print(f"Unexpected: {kind} was answered with {status}, {count} times.")
    growth = resident[-1] - resident[0]
    print(f"Growth after the first {STEP:,}: {growth:.1f} MB.")
    return 1 if growth >= MAX_GROWTH_MB or tally.unexpected else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=40_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    sys.exit(main(options.calls, options.seed))
