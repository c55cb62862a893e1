"""From the start of a process to its answers, in processor time, and in memory: `python -m benchmarks.start [rounds]`."""

import sys
import time
from dataclasses import dataclass, field
from statistics import median

from benchmarks.programs import BARE, MINIMAL, OURS, Program, peer, session, vendor
from benchmarks.table import spread
from evals.table import table

ROUNDS = 15
PEER_EVERY = 3
"""The peer takes seconds to start."""


@dataclass
class Started:
    """Milliseconds from the start, and what it took."""

    handshake: list[float] = field(default_factory=list)
    tools: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    second: list[float] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)


def start(program: Program, url: str, into: Started) -> None:
    with session(program, url) as running:

        def passed() -> float:
            return (time.perf_counter() - running.began) * 1_000

        running.shake_hands()
        into.handshake.append(passed())
        running.list_tools()
        into.tools.append(passed())
        if program.url_name:
            running.list_incidents(page_size=25)
            into.first.append(passed())
            begun = passed()
            running.list_incidents(page_size=25)
            into.second.append(passed() - begun)
        into.memory_mb.append(running.resident_mb)
        into.processor.append(running.leave()[0] * 1_000)


def measure(rounds: int = ROUNDS) -> dict[str, Started]:
    programs = [program for program in (BARE, OURS, MINIMAL, peer()) if program]
    measured = {program.name: Started() for program in programs}
    with vendor() as url:
        for (
            program
        ) in programs:  # What was never run before is neither compiled nor in the page cache.
            start(program, f"{url}/slim-25", Started())
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
    rows = [
        [
            name,
            *(spread(values, " ms") for values in (found.handshake, found.tools, found.first)),
            spread(found.second, " ms", 1),
            spread(found.processor, " ms"),
            spread(found.memory_mb, " MB"),
        ]
        for name, found in measured.items()
    ]
    told = [
        f"to `tools/list` {median(ours.tools) / median(bare.tools):.2f} × the bare loop",
        f"to the first result {median(ours.first) / median(minimal.first):.2f} × the SDK's minimal server",
        f"memory {median(ours.memory_mb) - median(minimal.memory_mb):+.0f} MB beside it",
    ]
    if found := measured.get("Rootly's official server"):
        told.insert(1, f"1/{median(found.tools) / median(ours.tools):.0f} of Rootly's server")
    return f"{table(head, rows)}\nIncident Desk: {', '.join(told)}.\n"


if __name__ == "__main__":
    print(report(*(int(rounds) for rounds in sys.argv[1:])))
