"""What hostile callers cost the others: `python -m benchmarks.fairness`, some four minutes.

1. How long one request holds the event loop, for each hostile shape. A callback that
   comes again in every round of the loop notes the longest round, in processor time, so that a busy machine does not count.
2. What a well-behaved account waits, alone and beside four hostile ones, in turn. The service is a process of its own, with
   the default limits. The well-behaved account makes sixty calls, one every 50 ms: more would pass its own limit. Each
   hostile account has 32 connections, and sends on each as soon as the last request was answered or refused: the large bodies
   of part 1, or small ones with hundreds of wrong values.

The exit code is 1 if a request held the loop for more than 20 ms, or a well-behaved call took more than 250 ms.
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
from pathlib import Path
from typing import Any

import uvicorn

from benchmarks.load import META, VERSION, started, wait_for
from benchmarks.load import request as ordinary
from benchmarks.table import spread
from evals.table import table
from sandbox.serving import serve
from server.http.accounts import new_account
from server.http.command import configured
from server.http.front_door import FrontDoor
from server.http.serving import service
from server.http.settings import HttpSettings
from server.settings import Settings

MOST_HELD_MS = 20
MOST_WAITED_MS = 250
BODY = 128 * 1024
"""Bytes: the default limit."""
ROOM = BODY - 1_000
"""Bytes for a hostile value, so that the message around it fits, too."""
HOSTILE_ACCOUNTS = 4
CONNECTIONS = 32
CALLS = 60
EVERY_S = 0.05
REFILL_S = 10
"""After so long every account may send a burst again."""


def values(item: str) -> str:
    """A list of as many *item*s as there is room for."""
    return "[" + ",".join([item] * (ROOM // (len(item.encode()) + 1))) + "]"


def members(name: str, value: str) -> str:
    """An object of as many members as there is room for."""
    each = len(name) + len(value) + 9
    return "{" + ",".join(f'"{name}{number:05}":{value}' for number in range(ROOM // each)) + "}"


def within(room: int, **lists: str) -> str:
    """An object with a list of 100 values under each name, as many lists as there is *room* for."""
    given = {name: [value] * 100 for name, value in lists.items()}
    while len(json.dumps(given, ensure_ascii=False).encode()) > room:
        given.popitem()
    return json.dumps(given, ensure_ascii=False)


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
BESIDE: Mapping[str, str] = {
    "client capabilities": members("n", "{}"),
    "deep client capabilities": '{"a":' * 900 + "1" + "}" * 900,
    "icons of the client": values("1"),
}
"""What can be long in a message besides the arguments."""


def hostile(token: str = "") -> dict[str, bytes]:
    """A request of each shape."""
    requests = {shape: _request(META, arguments, token) for shape, arguments in ARGUMENTS.items()}
    capabilities, client = (
        "io.modelcontextprotocol/clientCapabilities",
        "io.modelcontextprotocol/clientInfo",
    )
    for shape, text in BESIDE.items():
        part = json.loads(text)
        meta = (
            {client: {"name": "x", "version": "1", "icons": part}}
            if "icons" in shape
            else {capabilities: {"experimental": part}}
        )
        requests[shape] = _request({**META, **meta}, "{}", token)
    return requests


def small(token: str) -> bytes:
    """A request with as many wrong values as fit into the 4 KiB that need no turn of their own."""
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
    lines = [
        "POST /mcp HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        "Accept: application/json, text/event-stream",
        f"MCP-Protocol-Version: {VERSION}",
        "Mcp-Method: tools/call",
        "Mcp-Name: list_incidents",
        f"Content-Length: {len(body)}",
        *([f"Authorization: Bearer {token}"] if token else []),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


class Loop:
    """How long the event loop's rounds take."""

    def __init__(self) -> None:
        self.longest_s = 0.0

    def watch(self) -> None:
        """To be called in the loop."""
        self._loop = asyncio.get_running_loop()
        self._last = time.thread_time()
        self._round()

    def _round(self) -> None:
        now = time.thread_time()
        self.longest_s = max(self.longest_s, now - self._last)
        self._last = now
        self._loop.call_soon(self._round)


@contextmanager
def watched() -> Iterator[tuple[int, Loop]]:
    """The port of a service in a thread of this process, and its loop."""
    loop = Loop()

    def made() -> FrontDoor:
        app = service(
            Settings(keys={"rootly": "key"}, urls={"rootly": "http://127.0.0.1:9"}), HttpSettings()
        )
        loop.watch()
        return app

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(configured(made, HttpSettings()))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield listener.getsockname()[1], loop
        finally:
            server.should_exit = True
            thread.join()


def holds(repeats: int) -> dict[str, list[float]]:
    """For each shape, the longest round of the loop in milliseconds, *repeats* times."""
    found: dict[str, list[float]] = {shape: [] for shape in hostile()}
    with watched() as (port, loop):
        wait_for(port)
        for _ in range(repeats):
            for shape, sent in hostile().items():
                with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
                    loop.longest_s = 0.0
                    client.sendall(sent)
                    client.recv(65_536)
                    time.sleep(0.02)
                    found[shape].append(loop.longest_s * 1000)
    return found


def holds_in_a_process(repeats: int) -> dict[str, list[float]]:
    """The same from a process of its own, whose stdout gets the audit log."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "holds.json")
        command = [sys.executable, "-m", "benchmarks.fairness", "--holds", str(repeats), str(file)]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        found: dict[str, list[float]] = json.loads(file.read_text(encoding="utf-8"))
        return found


async def answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """The next head, and its body. After 15 s of waiting the SDK sends a stream of events instead, in chunks."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
    return head, await (
        reader.readexactly(int(length)) if length else reader.readuntil(b"\r\n0\r\n\r\n")
    )


async def attack(bodies: str, port: int, tokens: list[str], seconds: float) -> Counter[str]:
    """Send `large` or `small` *bodies*, each connection in its own order; how many were answered with which status."""
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
            requests = [*hostile(token).values()] if bodies == "large" else [small(token)]
            for number in range(CONNECTIONS):
                tasks.create_task(connection(number, requests))
    return statuses


@contextmanager
def attacked(bodies: str, port: int, tokens: list[str], seconds: float) -> Iterator[Counter[str]]:
    """A process that attacks while the block runs, and what it was answered, when the block has ended."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.fairness",
        "--attack",
        bodies,
        str(port),
        str(seconds),
        *tokens,
    ]
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


async def wait_well_behaved(port: int, sent: bytes) -> list[float]:
    """How long each of the calls takes, in milliseconds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    took = []
    for _ in range(CALLS):
        began = time.perf_counter()
        writer.write(sent)
        head, body = await answer(reader)
        took.append((time.perf_counter() - began) * 1000)
        if b" 200 " not in head[:15] or b'"isError":true' in body:
            raise SystemExit(f"a well-behaved call failed: {head.decode()}{body.decode()}")
        await asyncio.sleep(max(0, began + EVERY_S - time.perf_counter()))
    writer.close()
    return took


@dataclass
class Waits:
    """What a well-behaved account waited, a list a round, in milliseconds."""

    rounds: list[list[float]] = field(default_factory=list)

    @property
    def worst(self) -> float:
        return max(max(one) for one in self.rounds)

    def row(self, name: str) -> tuple[str, ...]:
        medians = [statistics.median(one) for one in self.rounds]
        worst = [max(one) for one in self.rounds]
        p99 = statistics.quantiles([wait for one in self.rounds for wait in one], n=100)[98]
        return (
            name,
            spread(medians, " ms", 1),
            f"{p99:,.0f} ms",
            f"{self.worst:,.0f} ms ({min(worst):,.0f}–{max(worst):,.0f})",
        )


def waits(rounds: int) -> tuple[Waits, dict[str, Waits], Counter[str]]:
    """Alone; beside hostile accounts, by the bodies that these send; and what these were answered."""
    accounts = [
        new_account(f"account-{number}", date(2999, 1, 1), [])
        for number in range(HOSTILE_ACCOUNTS + 1)
    ]
    tokens = [token for token, _ in accounts]
    alone, beside, statuses = Waits(), {"large": Waits(), "small": Waits()}, Counter[str]()
    with ExitStack() as stack:
        file = Path(stack.enter_context(tempfile.TemporaryDirectory()), "accounts.toml")
        file.write_text("\n".join(entry for _, entry in accounts), encoding="utf-8")
        sandbox = stack.enter_context(serve())
        vendor = stack.enter_context(started("benchmarks.load", "--stub", sandbox.url("rootly")))
        environ = {
            "ROOTLY_API_URL": f"http://127.0.0.1:{vendor}",
            "ROOTLY_API_TOKEN": "key",
            "INCIDENT_DESK_HTTP_ACCOUNTS_FILE": str(file),
        }
        port = stack.enter_context(started("server", "http", "--port", "0", **environ))
        wait_for(port)
        sent = ordinary(port, "list_incidents", tokens[0])
        for number in range(rounds):
            alone.rounds.append(asyncio.run(wait_well_behaved(port, sent)))
            time.sleep(REFILL_S)
            for bodies, waited in beside.items():
                with attacked(bodies, port, tokens[1:], CALLS * EVERY_S + 1) as answered:
                    waited.rounds.append(asyncio.run(wait_well_behaved(port, sent)))
                statuses += answered
                time.sleep(REFILL_S)
            print(f"round {number + 1} of {rounds} is done", file=sys.stderr, flush=True)
    return alone, beside, statuses


def main(rounds: int) -> int:
    shapes = holds_in_a_process(rounds)
    rows = [
        (shape, f"{statistics.median(ms):.1f} ms", f"{max(ms):.1f} ms")
        for shape, ms in shapes.items()
    ]
    print(table(("the event loop is held by", "median", "longest"), rows), flush=True)
    alone, beside, statuses = waits(rounds)
    print(
        table(
            ("a well-behaved account waits", "median", "99th percentile", "worst"),
            [
                alone.row("alone"),
                *(
                    one.row(f"beside {HOSTILE_ACCOUNTS} that send {bodies} bodies")
                    for bodies, one in beside.items()
                ),
            ],
        )
    )
    print(
        f"The hostile ones were answered {', '.join(f'{status} {n:,} times' for status, n in sorted(statuses.items()))}."
    )
    longest = max(max(ms) for ms in shapes.values())
    worst = max(one.worst for one in beside.values())
    return 1 if longest > MOST_HELD_MS or worst > MOST_WAITED_MS else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--holds", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--attack", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.holds:
        Path(options.holds[1]).write_text(
            json.dumps(holds(int(options.holds[0]))), encoding="utf-8"
        )
    elif options.attack:
        print(flush=True)
        sys.stdin.readline()
        bodies_, port_, seconds_, *tokens_ = options.attack
        print(json.dumps(asyncio.run(attack(bodies_, int(port_), tokens_, float(seconds_)))))
    else:
        sys.exit(main(options.rounds))
