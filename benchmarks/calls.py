"""What a call costs over a bare `httpx` GET and `json.loads` of the same page, and how many go through at once.

`python -m benchmarks.calls [rounds]`
"""

import json
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

import httpx

from benchmarks.programs import MINIMAL, OURS, Program, Session, peer, session, vendor
from benchmarks.table import spread
from evals.table import table

BARE_GET = "a bare `httpx` GET and `json.loads`"
ROUNDS = 40
WARM_UP = 3
PAGES = {f"{kind}-{size}": size for kind in ("slim", "unslimmed") for size in (10, 25, 100)}
AT_ONCE = (1, 8, 64)
CALLS = 256


def timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1_000


def costs(programs: list[Program], rounds: int) -> str:
    """Milliseconds of a call: all programs in turn, a process of each for each page."""
    rows = []
    with vendor() as url, httpx.Client() as client:
        for page, size in PAGES.items():
            address = f"{url}/{page}/v1/incidents"
            with ExitStack() as stack:
                sessions = {
                    program.name: stack.enter_context(session(program, f"{url}/{page}"))
                    for program in programs
                }
                for running in sessions.values():
                    running.shake_hands()
                # Ours is asked first: what it asks for is what the page then has.
                work: dict[str, Callable[[], object]] = {
                    **{
                        name: partial(running.list_incidents, page_size=size)
                        for name, running in sessions.items()
                    },
                    BARE_GET: partial(get, client, address),
                }
                for call in [*work.values()] * WARM_UP:
                    call()
                took: dict[str, list[float]] = {name: [] for name in work}
                for _ in range(rounds):
                    for name, call in work.items():
                        took[name].append(timed(call))
            bare = took.pop(BARE_GET)
            kilobytes = len(client.get(address).content) / 1_000
            over = (
                [mine - its for mine, its in zip(times, bare, strict=True)]
                for times in took.values()
            )
            name = f"{size} {page.partition('-')[0]} incidents, {kilobytes:,.0f} kB"
            rows.append(
                [name, spread(bare, " ms", 1), *(spread(times, " ms", 1) for times in over)]
            )
    return table(
        ["a call", BARE_GET, *(f"{program.name}, over that" for program in programs)], rows
    )


def get(client: httpx.Client, address: str) -> object:
    return json.loads(client.get(address).content)


def per_second(running: Session, at_once: int) -> float:
    def ask() -> None:
        running.ask("tools/call", name="list_incidents", arguments={"page_size": 25})

    def all_calls() -> None:
        for _ in range(at_once):
            ask()
        for left in range(CALLS, 0, -1):
            running.hear()
            if left > at_once:
                ask()

    return CALLS / timed(all_calls) * 1_000


def rates(programs: list[Program], rounds: int) -> str:
    rows = []
    with vendor() as url, ExitStack() as stack:
        sessions = {
            program.name: stack.enter_context(session(program, f"{url}/slim-25"))
            for program in programs
        }
        for running in sessions.values():
            running.shake_hands()
            for _ in range(WARM_UP):
                running.list_incidents(page_size=25)
        for at_once in AT_ONCE:
            found: dict[str, list[float]] = {name: [] for name in sessions}
            for _ in range(rounds):
                for name, running in sessions.items():
                    found[name].append(per_second(running, at_once))
            rows.append([f"{at_once} at once", *(spread(values) for values in found.values())])
    return table(
        ["calls per second, 25 slim incidents", *(program.name for program in programs)], rows
    )


def report(rounds: int = ROUNDS) -> str:
    programs = [program for program in (OURS, MINIMAL, peer()) if program]
    return f"{costs(programs, rounds)}\n{rates(programs, max(3, rounds // 8))}"


if __name__ == "__main__":
    print(report(*(int(rounds) for rounds in sys.argv[1:])))
