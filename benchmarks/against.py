"""Compares another checkout with this one: start, calls over stdio and HTTP, tokens.

`python -m benchmarks.against CHECKOUT [ROUNDS]`. CHECKOUT is the folder of a `git worktree`, for
example of the last release. Both take turns, so that a busy machine slows down both. The ratio
is this checkout over the other one, in the same round.
"""

import asyncio
import operator
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path

from benchmarks.load import UNBOUNDED, load, request, started, wait_for
from benchmarks.programs import OURS, Program, Session, session, vendor
from benchmarks.table import spread
from evals.table import table

HERE = str(Path(__file__).parents[1])
ROUNDS = 15
CLIENTS = (1, 8, 64)
LOAD_S = 2
CALLS = 30
"""Calls over stdio in each round. Their median counts."""
_TOKENS = "from evals.tokens import tools_list; print(tools_list())"
_BYTECODE = tempfile.TemporaryDirectory(prefix="bytecode-")

Figures = dict[str, list[float]]
"""The value of each round, by what was measured."""


def environ_of(checkout: str) -> dict[str, str]:
    """Variables with which Python imports the packages of *checkout*, whatever the folder is.

    Bytecode is written beside neither checkout, so that both have it after the first round.
    """
    return {
        "PYTHONPATH": checkout,
        "PYTHONSAFEPATH": "1",
        "PYTHONPYCACHEPREFIX": _BYTECODE.name,
        "PYTHONDONTWRITEBYTECODE": "",
    }


def measure_stdio(checkout: str, url: str, figures: Figures) -> None:
    program = Program(checkout, OURS.command, OURS.url_name, environ_of(checkout))
    with session(program, url) as running:
        running.shake_hands()
        running.list_tools()
        figures["start to `tools/list`, ms"].append(_ms_since(running.began))
        running.list_incidents(page_size=25)
        figures["start to the first result, ms"].append(_ms_since(running.began))
        figures["a call over stdio, ms"].append(_median_call_ms(running))
        figures["memory, MB"].append(running.resident_mb)
        processor_s, _ = running.leave()
        figures["processor time of all that, ms"].append(processor_s * 1_000)


def _median_call_ms(running: Session) -> float:
    times = []
    for _ in range(CALLS):
        began = time.perf_counter()
        running.list_incidents(page_size=25)
        times.append(_ms_since(began))
    return statistics.median(times)


def _ms_since(began: float) -> float:
    return (time.perf_counter() - began) * 1_000


def measure_http(port: int, figures: Figures) -> None:
    data = request(port, "list_incidents")
    for clients in CLIENTS:
        rate, latencies, failed = asyncio.run(load(port, data, clients, LOAD_S))
        if failed:
            raise SystemExit(f"{failed} calls failed")
        figures[f"calls a second over HTTP, {clients} at once"].append(rate)
        figures[f"a call over HTTP, {clients} at once, ms"].append(
            statistics.median(latencies) * 1_000
        )


def tokens(checkout: str) -> float:
    """The tokens of `tools/list`."""
    environ = {**os.environ, **environ_of(checkout)}
    command = [sys.executable, "-c", _TOKENS]
    return float(subprocess.run(command, env=environ, capture_output=True, check=True).stdout)


def measure(checkouts: list[str], rounds: int) -> list[Figures]:
    """The figures of each checkout."""
    measured: list[Figures] = [defaultdict(list) for _ in checkouts]
    with ExitStack() as stack:
        url = f"{stack.enter_context(vendor())}/slim-5"
        ports = []
        for checkout in checkouts:
            variables = {**UNBOUNDED, **environ_of(checkout), "ROOTLY_API_TOKEN": "key"}
            variables["ROOTLY_API_URL"] = url
            ports.append(stack.enter_context(started("server", "http", "--port", "0", **variables)))
        for port in ports:
            wait_for(port)
        for number in range(rounds + 1):
            # The first round only warms up: it compiles the modules.
            into = measured if number else [defaultdict(list) for _ in checkouts]
            turns = [*zip(checkouts, ports, into, strict=True)]
            # Each is the first one in every other round.
            for checkout, port, figures in turns if number % 2 else reversed(turns):
                measure_stdio(checkout, url, figures)
                measure_http(port, figures)
    for checkout, figures in zip(checkouts, measured, strict=True):
        figures["tokens of `tools/list`"].append(tokens(checkout))
    return measured


def report(checkout: str, rounds: int) -> str:
    before, after = measure([checkout, HERE], rounds)
    rows = []
    for title, values in after.items():
        ratios = [*map(operator.truediv, values, before[title])]
        rows.append(
            [title, spread(before[title], "", 1), spread(values, "", 1), spread(ratios, "", 2)]
        )
    return table(["", "the other checkout", "this one", "ratio"], rows)


if __name__ == "__main__":
    other = str(Path(sys.argv[1]).resolve())
    print(report(other, int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS))
