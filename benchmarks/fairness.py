"""Measures how much hostile accounts slow down others.

`python -m benchmarks.fairness` takes about four minutes. It has two parts:

1. How long one request of each hostile shape blocks the event loop. A callback in every round of
   the loop records the longest round in processor time, so a busy machine does not matter.
2. How long the calls of a well-behaved account take, alone and beside four hostile accounts, in
   turn. The server is a process of its own with the default limits. The well-behaved account makes
   sixty calls, one every 50 ms. More calls would exceed its own limit. Each hostile account has 32
   connections. It sends the next request on a connection when the last one was answered or refused.
   It sends the large bodies of part 1, or small ones with hundreds of wrong values.

The exit code is 1 if a request blocked the loop for more than 20 ms, or a well-behaved call took
more than 250 ms.
"""

import argparse
import asyncio
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

import uvicorn

from benchmarks.load import META, call_request, content_length, request, started, wait_for
from benchmarks.table import counts, spread
from evals.table import table
from sandbox.serving import serve
from server.http.access import AccessMiddleware
from server.http.accounts.verifier import new_account
from server.http.application import create_app
from server.http.command import uvicorn_config
from server.http.settings import HttpSettings
from server.settings import Settings

MAX_BLOCKED_MS = 20
MAX_WAIT_MS = 250
BODY = 128 * 1024
"""Bytes: the default limit."""
ROOM = BODY - 1_000
"""Bytes for a hostile value. The rest is for the message around it."""
HOSTILE_ACCOUNTS = 4
CONNECTIONS = 32
CALLS = 60
EVERY_S = 0.05
REFILL_S = 10
"""After this time, every account can send a burst again."""


def values(item: str) -> str:
    """A list with copies of *item*, as long as `ROOM` allows."""
    count = ROOM // (len(item.encode()) + 1)
    return "[" + ",".join([item] * count) + "]"


def members(name: str, value: str) -> str:
    """An object with as many members as `ROOM` allows."""
    count = ROOM // (len(name) + len(value) + 9)
    return "{" + ",".join(f'"{name}{number:05}":{value}' for number in range(count)) + "}"


def within(room: int, **lists: str) -> str:
    """An object with a list of 100 values for each name, and as many lists as *room* allows."""
    arguments = {name: [value] * 100 for name, value in lists.items()}
    while len(json.dumps(arguments, ensure_ascii=False).encode()) > room:
        arguments.popitem()
    return json.dumps(arguments, ensure_ascii=False)


WORDS = (
    "services",
    "labels",
    "severity",
    "types",
    "environments",
    "functionalities",
    "teams",
    "cause",
    "severity_id",
    "type_ids",
    "environment_ids",
    "functionality_ids",
    "service_ids",
    "team_ids",
    "cause_ids",
    "service_names",
    "team_names",
)

ARGUMENTS: Mapping[str, str] = {
    "wrong statuses": '{"status":' + values('"x"') + "}",
    "right statuses": '{"status":' + values('"started"') + "}",
    "wrong fields, which have most alternatives": '{"fields":' + values('"titel"') + "}",
    "nulls in a list": '{"services":' + values("null") + "}",
    "numbers in a list": '{"sequential_id":' + values("1") + "}",
    "lists in a list": '{"labels":' + values("[]") + "}",
    "objects in a list": '{"labels":' + values("{}") + "}",
    "deep lists in a list": '{"labels":' + values("[" * 300 + "]" * 300) + "}",
    "unknown arguments": members("status", "1"),
    "unknown arguments that are null": members("n", "null"),
    "unknown arguments that are objects": members("n", "{}"),
    "unknown keys of a time": '{"created_at":' + members("gte", "1") + "}",
    "unknown keys of exclude": '{"exclude":' + members("status", "[]") + "}",
    "nulls within exclude": '{"exclude":{"status":' + values("null") + "}}",
    "a wrong value 100 times in each list": within(ROOM, **dict.fromkeys(WORDS, " ")),
    "invisible characters in each list": within(ROOM, **dict.fromkeys(WORDS, "\u0645\u200c" * 7)),
    "a long text in each argument": json.dumps(
        dict.fromkeys(WORDS[:16], "\u0645\u200c" * 1_550), ensure_ascii=False
    ),
    "one long unknown name": json.dumps({"\u115f" * (ROOM // 3 - 10): 1}, ensure_ascii=False),
    "one long time": json.dumps({"created_at": {"gte": "9" * (ROOM - 100)}}),
    "one long continuation": json.dumps({"after": "k0.5.1." + "-" * (ROOM - 100)}),
    "huge numbers": '{"page_size":' + values("9" * 4_300) + "}",
}
CAPABILITIES: Mapping[str, str] = {
    "client capabilities": members("n", "{}"),
    "deep client capabilities": '{"a":' * 900 + "1" + "}" * 900,
}


def hostile(token: str = "") -> dict[str, bytes]:
    """A request of each shape: long arguments, capabilities or icons."""
    requests = {shape: _request(META, arguments, token) for shape, arguments in ARGUMENTS.items()}
    for shape, text in CAPABILITIES.items():
        capabilities = {"experimental": json.loads(text)}
        meta = {**META, "io.modelcontextprotocol/clientCapabilities": capabilities}
        requests[shape] = _request(meta, "{}", token)
    client = {"name": "x", "version": "1", "icons": json.loads(values("1"))}
    meta = {**META, "io.modelcontextprotocol/clientInfo": client}
    requests["icons of the client"] = _request(meta, "{}", token)
    return requests


def small(token: str) -> bytes:
    """A request with as many wrong values as fit into the 4 KiB of a small body."""
    lists = {
        "fields": ["titel"] * 100,
        "labels": [1] * 100,
        "kind": ["x"] * 100,
        "services": [None] * 100,
        "sort": ["x"] * 100,
    }
    return _request(META, json.dumps(lists), token)


def _request(meta: Mapping[str, Any], arguments: str, token: str) -> bytes:
    envelope = json.dumps(meta, separators=(",", ":"))
    body = (
        '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_incidents",'
        f'"_meta":{envelope},"arguments":{arguments}}}}}'
    ).encode()
    assert len(body) <= BODY
    return call_request(80, "list_incidents", body, token)


class LoopMonitor:
    """Measures the longest round of the event loop."""

    def __init__(self) -> None:
        self.longest_s = 0.0

    def start(self) -> None:
        """Must be called in the loop."""
        self._loop = asyncio.get_running_loop()
        self._last = time.thread_time()
        self._round()

    def _round(self) -> None:
        now = time.thread_time()
        self.longest_s = max(self.longest_s, now - self._last)
        self._last = now
        self._loop.call_soon(self._round)


@contextmanager
def monitored_server() -> Iterator[tuple[int, LoopMonitor]]:
    """The port of a server in a thread of this process, and the monitor of its loop."""
    monitor = LoopMonitor()
    settings = Settings(keys={"rootly": "key"}, urls={"rootly": "http://127.0.0.1:9"})

    def app_factory() -> AccessMiddleware:
        app = create_app(settings, HttpSettings())
        monitor.start()
        return app

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn_config(app_factory, HttpSettings()))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield listener.getsockname()[1], monitor
        finally:
            server.should_exit = True
            thread.join()


def longest_rounds(repeats: int) -> dict[str, list[float]]:
    """For each shape, the longest round of the loop in milliseconds, *repeats* times."""
    longest_ms: dict[str, list[float]] = {shape: [] for shape in hostile()}
    with monitored_server() as (port, monitor):
        wait_for(port)
        for _ in range(repeats):
            for shape, data in hostile().items():
                with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
                    monitor.longest_s = 0.0
                    client.sendall(data)
                    client.recv(65_536)
                    time.sleep(0.02)
                    longest_ms[shape].append(monitor.longest_s * 1000)
    return longest_ms


def longest_rounds_in_a_process(repeats: int) -> dict[str, list[float]]:
    """The same in a process of its own, because the server writes its audit log to stdout."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "rounds.json")
        command = [
            sys.executable,
            "-m",
            "benchmarks.fairness",
            "--rounds-to",
            str(repeats),
            str(file),
        ]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        longest_ms: dict[str, list[float]] = json.loads(file.read_text(encoding="utf-8"))
        return longest_ms


async def answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """The head and the body of the next answer.

    After 15 s the SDK answers with an event stream instead, in chunks.
    """
    head = await reader.readuntil(b"\r\n\r\n")
    length = content_length(head)
    if length is None:
        return head, await reader.readuntil(b"\r\n0\r\n\r\n")
    return head, await reader.readexactly(length)


async def attack(bodies: str, port: int, tokens: list[str], seconds: float) -> Counter[str]:
    """Send `large` or `small` *bodies* on many connections. Returns the answers by status."""
    statuses = Counter[str]()
    until = time.perf_counter() + seconds

    async def connection(number: int, requests: list[bytes]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < until:
            writer.write(requests[number % len(requests)])
            head, _ = await answer(reader)
            statuses[head[9:12].decode()] += 1
            number += 1
        writer.close()

    async with asyncio.TaskGroup() as tasks:
        for token in tokens:
            requests = [small(token)]
            if bodies == "large":
                requests = [*hostile(token).values()]
            for number in range(CONNECTIONS):
                tasks.create_task(connection(number, requests))
    return statuses


@contextmanager
def attacked(bodies: str, port: int, tokens: list[str], seconds: float) -> Iterator[Counter[str]]:
    """Attack from another process during the block.

    After the block, the value has the number of answers by status.
    """
    command = [sys.executable, "-m", "benchmarks.fairness"]
    command += ["--attack", bodies, str(port), str(seconds), *tokens]
    statuses = Counter[str]()
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdout.readline()
        process.stdin.write("\n")
        process.stdin.flush()
        yield statuses
        statuses.update(json.loads(process.stdout.readline()))


async def call_well_behaved(port: int, data: bytes) -> list[float]:
    """The times of well-behaved calls, in milliseconds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    times_ms = []
    for _ in range(CALLS):
        started_at = time.perf_counter()
        writer.write(data)
        head, body = await answer(reader)
        times_ms.append((time.perf_counter() - started_at) * 1000)
        if b" 200 " not in head[:15] or b'"isError":true' in body:
            raise SystemExit(f"a well-behaved call failed: {head.decode()}{body.decode()}")
        await asyncio.sleep(max(0, started_at + EVERY_S - time.perf_counter()))
    writer.close()
    return times_ms


@dataclass
class Waits:
    """The times of a well-behaved account's calls in milliseconds, one list a round."""

    rounds: list[list[float]] = field(default_factory=list)

    @property
    def worst(self) -> float:
        return max(map(max, self.rounds))

    def row(self, name: str) -> tuple[str, ...]:
        medians = [*map(statistics.median, self.rounds)]
        worst = [*map(max, self.rounds)]
        p99 = statistics.quantiles(chain.from_iterable(self.rounds), n=100)[98]
        return (
            name,
            spread(medians, " ms", 1),
            f"{p99:,.0f} ms",
            f"{self.worst:,.0f} ms ({min(worst):,.0f}–{max(worst):,.0f})",
        )


def waits(rounds: int) -> tuple[Waits, dict[str, Waits], Counter[str]]:
    """Measure the well-behaved account alone, and beside hostile ones.

    Returns its times alone, its times by the bodies of the hostile accounts, and the number of
    their answers by status.
    """
    tokens, entries = [], []
    for number in range(HOSTILE_ACCOUNTS + 1):
        token, entry = new_account(f"account-{number}", date(2999, 1, 1), [])
        tokens.append(token)
        entries.append(entry)
    alone, beside, statuses = Waits(), {"large": Waits(), "small": Waits()}, Counter[str]()
    with ExitStack() as stack:
        file = Path(stack.enter_context(tempfile.TemporaryDirectory()), "accounts.toml")
        file.write_text("\n".join(entries), encoding="utf-8")
        sandbox = stack.enter_context(serve())
        vendor = stack.enter_context(started("benchmarks.load", "--stub", sandbox.url("rootly")))
        environ = {
            "ROOTLY_API_URL": f"http://127.0.0.1:{vendor}",
            "ROOTLY_API_TOKEN": "key",
            "INCIDENT_DESK_HTTP_ACCOUNTS_FILE": str(file),
        }
        port = stack.enter_context(started("server", "http", "--port", "0", **environ))
        wait_for(port)
        data = request(port, "list_incidents", tokens[0])
        for number in range(rounds):
            alone.rounds.append(asyncio.run(call_well_behaved(port, data)))
            time.sleep(REFILL_S)
            for bodies, times in beside.items():
                with attacked(bodies, port, tokens[1:], CALLS * EVERY_S + 1) as answers:
                    times.rounds.append(asyncio.run(call_well_behaved(port, data)))
                statuses += answers
                time.sleep(REFILL_S)
            print(f"round {number + 1} of {rounds} is done", file=sys.stderr, flush=True)
    return alone, beside, statuses


def main(rounds: int) -> int:
    shapes = longest_rounds_in_a_process(rounds)
    rows: list[tuple[str, ...]] = []
    for shape, times_ms in shapes.items():
        rows.append((shape, f"{statistics.median(times_ms):.1f} ms", f"{max(times_ms):.1f} ms"))
    print(table(("the event loop is blocked by", "median", "longest"), rows), flush=True)
    alone, beside, statuses = waits(rounds)
    rows = [alone.row("alone")]
    for bodies, times in beside.items():
        rows.append(times.row(f"beside {HOSTILE_ACCOUNTS} that send {bodies} bodies"))
    head = ("a well-behaved account waits", "median", "99th percentile", "worst")
    print(table(head, rows))
    print(f"Answers to the hostile accounts by status: {counts(statuses)}.")
    longest = max(map(max, shapes.values()))
    worst = max(times.worst for times in beside.values())
    return 1 if longest > MAX_BLOCKED_MS or worst > MAX_WAIT_MS else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rounds-to", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--attack", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.rounds_to:
        repeats, path = options.rounds_to
        Path(path).write_text(json.dumps(longest_rounds(int(repeats))), encoding="utf-8")
    elif options.attack:
        print(flush=True)
        sys.stdin.readline()
        kind, port, seconds, *tokens = options.attack
        print(json.dumps(asyncio.run(attack(kind, int(port), tokens, float(seconds)))))
    else:
        sys.exit(main(options.rounds))
