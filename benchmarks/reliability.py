"""Thousands of random walks and summaries, each judged: `python -m benchmarks.reliability --walks 10000 --summaries 2000`.

The exit code is 1 if an answer was wrong; its seed is printed, and `--seed N --walks 1` repeats it.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

import anyio

from benchmarks.table import table, write
from sandbox.serving import Sandbox, serve
from tests.conftest import NOW
from tests.tools import summaries, walks

PAGE = Path(__file__).parents[1] / "docs" / "reliability.md"
BEGIN = "<!-- figures: written by python -m benchmarks.reliability --write -->\n"
END = "<!-- /figures -->"
CHUNK = 50
"""Seeds that one process takes at a time."""
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
_KEY = re.compile(r"-?\b[a-z_]+_at\b(\.[a-z]+ -N[a-z])?")
_NUMBER = re.compile(r"\d[\d,.]*\d|\d")


@dataclass
class Tally:
    """What came of many walks or summaries."""

    kinds: Counter[str] = field(default_factory=Counter)
    """How many were exact, noted, or failed with each code."""
    sizes: Counter[str] = field(default_factory=Counter)
    """How much there was: pages, incidents, changes."""
    notes: Counter[str] = field(default_factory=Counter)
    """In how many answers each kind of note stood."""
    wrong: dict[int, str] = field(default_factory=dict)
    """What was wrong, by seed."""

    @property
    def runs(self) -> int:
        return self.kinds.total()

    def add(self, other: "Tally") -> None:
        self.kinds += other.kinds
        self.sizes += other.sizes
        self.notes += other.notes
        self.wrong |= other.wrong


async def _walk(sandbox: Sandbox, seed: int, tally: Tally) -> None:
    plan = walks.Plan.of(seed)
    seen = await walks.walk(sandbox, plan)
    verdict = walks.judge(plan, seen)
    tally.kinds[verdict.kind] += 1
    tally.sizes += Counter(
        pages=len(seen.answers), incidents=len(seen.numbers), changes=seen.changes
    )
    for answer in seen.answers:
        tally.notes += Counter({kind_of(note) for note in answer.get("notes", [])})
    if not verdict.is_right:
        tally.wrong[seed] = "; ".join(verdict.faults)


async def _summary(sandbox: Sandbox, seed: int, tally: Tally) -> None:
    plan = summaries.SummaryPlan.of(seed)
    verdict = await summaries.summarise(sandbox, plan)
    tally.kinds[verdict.kind] += 1
    if not verdict.is_right:
        tally.wrong[seed] = "; ".join(verdict.faults)


_RUNS = {"walks": _walk, "summaries": _summary}


def kind_of(note: str) -> str:
    """The note without what differs from one answer to the next."""
    plain = _NUMBER.sub("N", _TIME.sub("TIME", note)).partition(":")[0].rstrip(".")
    return _KEY.sub("X", plain)


def judged(what: str, seeds: range) -> Tally:
    """The walks or summaries of these seeds, in this process. One that breaks off counts as wrong."""
    tally = Tally()

    async def each() -> None:
        with serve(now=NOW, size=1) as sandbox:
            for seed in seeds:
                try:
                    await _RUNS[what](sandbox, seed, tally)
                except Exception as failure:
                    tally.kinds["broken off"] += 1
                    tally.wrong[seed] = repr(failure)

    anyio.run(each)
    return tally


def run(what: str, seeds: range, processes: int) -> Tally:
    tally = Tally()
    chunks = [seeds[start : start + CHUNK] for start in range(0, len(seeds), CHUNK)]
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        for part in pool.map(judged, [what] * len(chunks), chunks):
            tally.add(part)
            print(
                f"\r{what}: {tally.runs:,} of {len(seeds):,}, {len(tally.wrong)} wrong",
                end="",
                file=sys.stderr,
                flush=True,
            )
    print(file=sys.stderr)
    return tally


def report(tallies: Mapping[str, Tally]) -> str:
    made = [table(["", *tallies], _figures(tallies))]
    if walked := tallies.get("walks"):
        notes = [[note, f"{count:,}"] for note, count in walked.notes.most_common()]
        made.append(table(["notes of the walks (N: a number, X: a name)", "answers"], notes))
    return "\n".join(made)


def _figures(tallies: Mapping[str, Tally]) -> Iterator[list[str]]:
    yield ["in all", *(f"{tally.runs:,}" for tally in tallies.values())]
    for size in ("pages", "incidents", "changes"):
        yield [
            f"{size} in them",
            *(
                f"{tally.sizes[size]:,}" if size in tally.sizes else "–"
                for tally in tallies.values()
            ),
        ]
    kinds = {kind: None for tally in tallies.values() for kind, _ in tally.kinds.most_common()}
    for kind in sorted(kinds, key=lambda kind: (kind != "exact", kind != "noted", kind)):
        name = kind if kind in ("exact", "noted", "broken off") else f"`{kind}`"
        yield [name, *(f"{tally.kinds[kind]:,}" for tally in tallies.values())]
    yield ["**wrong**", *(f"**{len(tally.wrong)}**" for tally in tallies.values())]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.reliability", description=(__doc__ or "").partition(":")[0]
    )
    parser.add_argument("--walks", type=int, default=10_000)
    parser.add_argument("--summaries", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0, help="the first one")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--write", action="store_true", help=f"put the figures into {PAGE.name}")
    given = parser.parse_args()
    wanted = {what: getattr(given, what) for what in _RUNS if getattr(given, what)}
    tallies = {
        what: run(what, range(given.seed, given.seed + count), given.processes)
        for what, count in wanted.items()
    }
    print(report(tallies))
    for what, tally in tallies.items():
        for seed, fault in tally.wrong.items():
            print(f"wrong: --seed {seed} --{what} 1: {fault[:300]}")
    if given.write:
        write(report(tallies), BEGIN, END, page=PAGE)
    sys.exit(any(tally.wrong for tally in tallies.values()))


if __name__ == "__main__":
    main()
