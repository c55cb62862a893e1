"""Runs thousands of random walks, summaries and readings, and checks their answers.

`python -m benchmarks.reliability --walks 10000 --summaries 2000 --readings 2000`. If an answer is
wrong, its seed is printed and the exit code is 1; `--seed N --walks 1` repeats it.
"""

import argparse
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import anyio

from benchmarks.table import write
from evals import readings, summaries, walks
from evals.settings import NOW
from evals.tally import Tally, kind_of, report
from evals.walks import Verdict
from sandbox.serving import Sandbox, serve

PAGE = Path(__file__).parents[1] / "docs" / "reliability.md"
BEGIN = "<!-- figures: written by python -m benchmarks.reliability --write -->\n"
END = "<!-- /figures -->"
CHUNK = 50
"""The number of seeds that a process gets at a time."""


async def _walk(sandbox: Sandbox, seed: int, tally: Tally) -> Verdict:
    plan = walks.Plan.of(seed)
    seen = await walks.walk(sandbox, plan)
    tally.sizes += Counter(
        pages=len(seen.answers), incidents=len(seen.numbers), changes=seen.changes
    )
    for answer in seen.answers:
        tally.notes += Counter({kind_of(note) for note in answer.get("notes", [])})
    return walks.judge(plan, seen)


async def _summary(sandbox: Sandbox, seed: int, _: Tally) -> Verdict:
    return await summaries.summarise(sandbox, summaries.SummaryPlan.of(seed))


async def _reading(sandbox: Sandbox, seed: int, _: Tally) -> Verdict:
    return await readings.read(sandbox, readings.ReadingPlan.of(seed))


async def _run(what: str, sandbox: Sandbox, seed: int, tally: Tally) -> None:
    verdict = await _RUNS[what](sandbox, seed, tally)
    tally.kinds[verdict.kind] += 1
    if not verdict.is_right:
        tally.wrong[seed] = "; ".join(verdict.faults)


_RUNS = {"walks": _walk, "summaries": _summary, "readings": _reading}


def run_seeds(what: str, seeds: range) -> Tally:
    """Run the random runs of these seeds in this process. An exception counts as wrong."""
    tally = Tally()

    async def run_each() -> None:
        with serve(now=NOW, size=1) as sandbox:
            for seed in seeds:
                try:
                    await _run(what, sandbox, seed, tally)
                except Exception as failure:
                    tally.kinds["broken off"] += 1
                    tally.wrong[seed] = repr(failure)

    anyio.run(run_each)
    return tally


def run(what: str, seeds: range, processes: int) -> Tally:
    """Run the random runs of these seeds in several processes."""
    tally = Tally()
    chunks = [seeds[start : start + CHUNK] for start in range(0, len(seeds), CHUNK)]
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        for part in pool.map(run_seeds, [what] * len(chunks), chunks):
            tally.add(part)
            progress = f"{what}: {tally.runs:,} of {len(seeds):,}, {len(tally.wrong)} wrong"
            print(f"\r{progress}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return tally


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.reliability", description=(__doc__ or "").partition(":")[0]
    )
    parser.add_argument("--walks", type=int, default=10_000)
    parser.add_argument("--summaries", type=int, default=0)
    parser.add_argument("--readings", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0, help="the first one")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--write", action="store_true", help=f"put the figures into {PAGE.name}")
    options = parser.parse_args()
    tallies = {}
    for what in _RUNS:
        count = getattr(options, what)
        if count:
            seeds = range(options.seed, options.seed + count)
            tallies[what] = run(what, seeds, options.processes)
    print(report(tallies))
    for what, tally in tallies.items():
        for seed, fault in tally.wrong.items():
            print(f"wrong: --seed {seed} --{what} 1: {fault[:300]}")
    if options.write:
        write(report(tallies), BEGIN, END, page=PAGE)
    sys.exit(any(tally.wrong for tally in tallies.values()))


if __name__ == "__main__":
    main()
