"""The time from the start of a process to its answers, and its processor time and memory.

`python -m benchmarks.start [rounds]`
"""

import sys
import time
from dataclasses import dataclass, field
from statistics import median

from benchmarks.programs import BARE, MINIMAL, OURS, Program, peer, session, vendor
from benchmarks.table import spread
from evals.table import table

ROUNDS = 15
PEER_EVERY = 3
"""Rounds of the others for one of the peer, which takes seconds to start."""


@dataclass
class Starts:
    """Of each start: milliseconds to each answer, memory, and milliseconds of processor time."""

    handshake: list[float] = field(default_factory=list)
    tools: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    second: list[float] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)


def start(program: Program, url: str, into: Starts) -> None:
    with session(program, url) as running:

        def elapsed_ms() -> float:
            return (time.perf_counter() - running.began) * 1_000

        running.shake_hands()
        into.handshake.append(elapsed_ms())
        running.list_tools()
        into.tools.append(elapsed_ms())
        if program.url_name:
            running.list_incidents(page_size=25)
            first = elapsed_ms()
            into.first.append(first)
            running.list_incidents(page_size=25)
            into.second.append(elapsed_ms() - first)
        into.memory_mb.append(running.resident_mb)
        into.processor.append(running.leave()[0] * 1_000)


def measure(rounds: int = ROUNDS) -> dict[str, Starts]:
    programs = [*filter(None, (BARE, OURS, MINIMAL, peer()))]
    measured = {program.name: Starts() for program in programs}
    with vendor() as url:
        # The first run of a program compiles it, and reads its files from the disk.
        for program in programs:
            start(program, f"{url}/slim-25", Starts())
        for turn in range(rounds):
            for program in programs:
                if program in (BARE, OURS, MINIMAL) or turn % PEER_EVERY == 0:
                    start(program, f"{url}/slim-25", measured[program.name])
    return measured


def report(rounds: int = ROUNDS) -> str:
    measured = measure(rounds)
    ours, bare, minimal = measured[OURS.name], measured[BARE.name], measured[MINIMAL.name]
    head = [
        "from the start to …",
        "the handshake",
        "`tools/list`",
        "the first result",
        "the second after",
        "processor",
        "memory",
    ]
    rows = [[name, *cells(starts)] for name, starts in measured.items()]
    to_tools = median(ours.tools) / median(bare.tools)
    to_result = median(ours.first) / median(minimal.first)
    memory_mb = median(ours.memory_mb) - median(minimal.memory_mb)
    comparisons = [
        f"to `tools/list` {to_tools:.2f} × the bare loop",
        f"to the first result {to_result:.2f} × the SDK's minimal server",
        f"memory {memory_mb:+.0f} MB beside it",
    ]
    rootly = measured.get("Rootly's official server")
    if rootly:
        ratio = median(rootly.tools) / median(ours.tools)
        comparisons.insert(1, f"1/{ratio:.0f} of Rootly's server")
    return f"{table(head, rows)}\nIncident Desk: {', '.join(comparisons)}.\n"


def cells(starts: Starts) -> list[str]:
    return [
        spread(starts.handshake, " ms"),
        spread(starts.tools, " ms"),
        spread(starts.first, " ms"),
        spread(starts.second, " ms", 1),
        spread(starts.processor, " ms"),
        spread(starts.memory_mb, " MB"),
    ]


if __name__ == "__main__":
    print(report(*map(int, sys.argv[1:])))
