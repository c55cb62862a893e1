"""Calls per second, and the time of a call compared with a bare GET of the same page.

`python -m benchmarks.calls [rounds]`
"""

import json
import operator
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
PAGES = {
    "slim-10": 10,
    "slim-25": 25,
    "slim-100": 100,
    "unslimmed-10": 10,
    "unslimmed-25": 25,
    "unslimmed-100": 100,
}
"""The name of each page of the stub vendor, and the number of its incidents."""
AT_ONCE = (1, 8, 64)
CALLS = 256

Work = Callable[[], object]


def milliseconds(work: Work) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1_000


def costs(programs: list[Program], rounds: int) -> str:
    """Milliseconds of a call. The programs take turns, with a new process for each page."""
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
    """By name, the milliseconds of each round."""
    work: dict[str, Work] = {}
    with ExitStack() as stack:
        for program in programs:
            running = stack.enter_context(session(program, url))
            running.shake_hands()
            work[program.name] = partial(running.list_incidents, page_size=size)
        # The bare GET comes last. The first request for a page decides the fields of its answers,
        # and must come from our program.
        work[BARE_GET] = get_page
        for call in [*work.values()] * WARM_UP:
            call()
        times: dict[str, list[float]] = {name: [] for name in work}
        for _ in range(rounds):
            for name, call in work.items():
                times[name].append(milliseconds(call))
    return times


def cells(times: dict[str, list[float]]) -> list[str]:
    """The time of the bare GET, then the additional time of each program."""
    bare = times[BARE_GET]
    row = [spread(bare, " ms", 1)]
    for name, values in times.items():
        if name != BARE_GET:
            additional = [*map(operator.sub, values, bare)]
            row.append(spread(additional, " ms", 1))
    return row


def per_second(running: Session, at_once: int) -> float:
    """Calls per second, with *at_once* calls in flight."""

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


def one_round(sessions: list[Session], at_once: int) -> list[float]:
    return [per_second(running, at_once) for running in sessions]


def rates(programs: list[Program], rounds: int) -> str:
    """Calls per second, by calls in flight."""
    head = ["calls per second, 25 slim incidents", *(program.name for program in programs)]
    rows = []
    with vendor() as url, ExitStack() as stack:
        sessions = []
        for program in programs:
            running = stack.enter_context(session(program, f"{url}/slim-25"))
            running.shake_hands()
            for _ in range(WARM_UP):
                running.list_incidents(page_size=25)
            sessions.append(running)
        for at_once in AT_ONCE:
            # The sessions take turns, so that a busy machine slows down all of them.
            rates_by_round = [one_round(sessions, at_once) for _ in range(rounds)]
            columns = zip(*rates_by_round, strict=True)
            rows.append([f"{at_once} at once", *map(spread, columns)])
    return table(head, rows)


def report(rounds: int = ROUNDS) -> str:
    programs = [*filter(None, (OURS, MINIMAL, peer()))]
    return f"{costs(programs, rounds)}\n{rates(programs, max(3, rounds // 8))}"


if __name__ == "__main__":
    print(report(*map(int, sys.argv[1:])))
