"""How rate-limiting libraries share one rate among processes, while things happen to Redis.

The libraries are not among our dependencies. In an environment of their own:

    python -m venv /tmp/limiters
    /tmp/limiters/bin/pip install 'throttled-py[redis]' limits pyrate-limiter anyio
    /tmp/limiters/bin/python -m benchmarks.limiters
    .venv/bin/python -m benchmarks.limiters leases   # our own way

Four processes want as many requests as they can get of 600 a minute, for 75 s. In the second 30
something happens to a real Redis, which is over in the second 45. All scenarios of a library run at
the same time. It takes two minutes for each library.
"""

import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from signal import SIGCONT, SIGSTOP
from typing import Any

import redis

from evals.arrivals import count_between, most_in

PER_SECOND = 10
PROCESSES = 4
CALLERS = 2
"""In each process. Each sends its next request when it has sent the one before."""
SECONDS = 75
FAULT = (30, 45)
CALL = 74
"""The requests of a call that reads 5,000 incidents."""


class Server:
    """A Redis server with a user for each process, so that one of them can be cut off."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.start()

    def start(self) -> None:
        options = ("--port", str(self.port), "--bind", "127.0.0.1", "--save", "")
        self.process = subprocess.Popen(
            ["redis-server", *options, "--dir", tempfile.gettempdir()],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        while "Ready to accept connections" not in self.process.stdout.readline():
            pass
        for number in range(PROCESSES):
            self.command("ACL", "SETUSER", f"copy-{number}", "on", ">secret", "+@all", "~*")

    def url(self, number: int) -> str:
        timeouts = "socket_timeout=0.25&socket_connect_timeout=0.25"
        return f"redis://copy-{number}:secret@127.0.0.1:{self.port}/0?{timeouts}"

    def command(self, *words: str) -> Any:
        with redis.Redis(port=self.port) as client:
            return client.execute_command(*words)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def restart(self) -> None:
        self.kill()
        self.start()

    def stop(self) -> None:
        self.process.send_signal(SIGSTOP)

    def go_on(self) -> None:
        self.process.send_signal(SIGCONT)

    def cut_off(self) -> None:
        self.command("ACL", "SETUSER", "copy-0", "off")
        self.command("CLIENT", "KILL", "USER", "copy-0")

    def let_in(self) -> None:
        self.command("ACL", "SETUSER", "copy-0", "on")


Act = Callable[[Server], object]
SCENARIOS: dict[str, tuple[Act, Act]] = {
    "nothing happens": (lambda _: None, lambda _: None),
    "killed": (Server.kill, Server.start),
    "hung": (Server.stop, Server.go_on),
    "restarted empty": (Server.restart, lambda _: None),
    "one process cut off": (Server.cut_off, Server.let_in),
}


@dataclass(frozen=True)
class Run:
    """When each process sent its requests, and what each request of a caller waited for Redis."""

    began: float
    sent: list[list[float]]
    waits: list[list[float]]

    def worst_minute(self) -> int:
        """The most requests in any 60 s."""
        times = sorted(time for times in self.sent for time in times)
        return most_in(60, times)

    def share_before_fault(self) -> float:
        """The part of the rate that was used while nothing had happened."""
        begin, end = self.began + 5, self.began + FAULT[0]
        count = sum(count_between(times, begin, end) for times in self.sent)
        return count / ((FAULT[0] - 5) * PER_SECOND)

    def longest_wait_s(self) -> float:
        """The most that a call waited for Redis."""
        sums = [
            sum(waits[at : at + CALL])
            for waits in self.waits
            for at in range(max(len(waits) - CALL, 1))
        ]
        return max(sums)

    def fairness(self) -> float:
        """The requests of the process that sent the fewest, over those of the one with the most."""
        counts = [len(times) for times in self.sent]
        return min(counts) / max(counts)


def run(library: str, scenario: str) -> Run:
    server = Server()
    try:
        processes = [start(library, server.url(number)) for number in range(PROCESSES)]
        for process in processes:
            assert process.stdout
            process.stdout.readline()
        began = time.monotonic()
        for process in processes:
            assert process.stdin
            process.stdin.write("begin\n")
            process.stdin.flush()
        for second, act in zip(FAULT, SCENARIOS[scenario], strict=True):
            time.sleep(began + second - time.monotonic())
            act(server)
        results = [json.loads(process.communicate()[0]) for process in processes]
    finally:
        server.kill()
    waits = [waits for result in results for waits in result["waits"]]
    return Run(began, [result["sent"] for result in results], waits)


def start(library: str, url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.limiter_process", library, url, str(SECONDS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def main(libraries: list[str]) -> None:
    print("| library | what happens | worst 60 s | used before | wait for Redis | fairness |")
    print("|---|---|---|---|---|---|")
    for library in libraries:
        with ThreadPoolExecutor() as pool:
            runs = pool.map(lambda scenario, library=library: run(library, scenario), SCENARIOS)
        for scenario, result in zip(SCENARIOS, runs, strict=True):
            print(
                f"| {library} | {scenario} | {result.worst_minute() / PER_SECOND / 60:.0%}"
                f" | {result.share_before_fault():.0%} | {result.longest_wait_s():.1f} s"
                f" | {result.fairness():.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main(sys.argv[1:] or ["throttled-py", "limits", "pyrate-limiter"])
