"""Calls per second, and what a call costs over a bare GET and `json.loads` of the same page.

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

Work = Callable[[], object]


def milliseconds(work: Work) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1_000


def costs(programs: list[Program], rounds: int) -> str:
    """Milliseconds of a call: all programs in turn, a process of each for each page."""
    head = ["a call", BARE_GET, *(f"{program.name}, over that" for program in programs)]
    rows = []
    with vendor() as url, httpx.Client() as client:
        for page, size in PAGES.items():
            get_page = partial(get, client, f"{url}/{page}/v1/incidents")
            times = times_of_calls(programs, f"{url}/{page}", size, get_page, rounds)
            kind = page.partition("-")[0]
            name = f"{size} {kind} incidents, {len(get_page()) / 1_000:,.0f} kB"
            rows.append([name, *cells(times)])
    return table(head, rows)


def get(client: httpx.Client, address: str) -> bytes:
    content = client.get(address).content
    json.loads(content)
    return content


def times_of_calls(
    programs: list[Program], url: str, size: int, get_page: Work, rounds: int
) -> dict[str, list[float]]:
    """By name, milliseconds of each round."""
    work: dict[str, Work] = {}
    with ExitStack() as stack:
        for program in programs:
            running = stack.enter_context(session(program, url))
            running.shake_hands()
            work[program.name] = partial(running.list_incidents, page_size=size)
        # The programs come first: the vendor answers the page with the fields that ours asks for.
        work[BARE_GET] = get_page
        for call in [*work.values()] * WARM_UP:
            call()
        times: dict[str, list[float]] = {name: [] for name in work}
        for _ in range(rounds):
            for name, call in work.items():
                times[name].append(milliseconds(call))
    return times


def cells(times: dict[str, list[float]]) -> list[str]:
    """The bare GET, then what each program takes over that."""
    bare = times[BARE_GET]
    row = [spread(bare, " ms", 1)]
    for name, values in times.items():
        if name != BARE_GET:
            extra = [value - base for value, base in zip(values, bare, strict=True)]
            row.append(spread(extra, " ms", 1))
    return row


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

    return CALLS / milliseconds(all_calls) * 1_000


def rates(programs: list[Program], rounds: int) -> str:
    """Calls per second, by calls in flight."""
    head = ["calls per second, 25 slim incidents", *(program.name for program in programs)]
    rows = []
    with vendor() as url, ExitStack() as stack:
        sessions = [stack.enter_context(session(program, f"{url}/slim-25")) for program in programs]
        for running in sessions:
            running.shake_hands()
            for _ in range(WARM_UP):
                running.list_incidents(page_size=25)
        for at_once in AT_ONCE:
            # One round of all sessions after the other, so that a busy machine is busy for all.
            values = [[per_second(running, at_once) for running in sessions] for _ in range(rounds)]
            columns = [[*column] for column in zip(*values, strict=True)]
            rows.append([f"{at_once} at once", *(spread(column) for column in columns)])
    return table(head, rows)


def report(rounds: int = ROUNDS) -> str:
    programs = [program for program in (OURS, MINIMAL, peer()) if program]
    return f"{costs(programs, rounds)}\n{rates(programs, max(3, rounds // 8))}"


if __name__ == "__main__":
    print(report(*(int(rounds) for rounds in sys.argv[1:])))
