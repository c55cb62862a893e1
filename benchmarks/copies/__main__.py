"""Measures what many copies send to one vendor: `python -m benchmarks.copies`.

Real copies, a real Redis, and a stub of the vendor that records when each request arrives. All
parts together take about ten minutes on a quiet machine with two processors. With `--write`, the
tables are also written into docs/capacity.md. On a busy machine, `--rate` makes it slower.
"""

import argparse
import asyncio
import os
import platform
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.copies import crowd, redis_cost, refusals, saturation, sharing
from benchmarks.table import write

PAGE = Path(__file__).parents[2] / "docs" / "capacity.md"
Part = Callable[[int], str]
PARTS: Mapping[str, Part] = {
    "saturation": lambda rate: saturation.report(rate=rate),
    "refusals": refusals.report,
    "sharing": lambda _: sharing.report(),
    "crowd": lambda _: crowd.report(),
    "redis": lambda _: asyncio.run(redis_cost.report()),
}
"""What makes the table of each part, from the set rate in requests a minute."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of: {', '.join(PARTS)}")
    parser.add_argument("--rate", type=int, default=saturation.RATE, help="requests a minute")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/capacity.md")
    options = parser.parse_args()
    unknown = [name for name in options.parts if name not in PARTS]
    if unknown:
        parser.error(f"there is no part {', '.join(unknown)}")
    python = f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} processors"
    print(f"{python}, {options.rate:,} requests a minute.", flush=True)
    for name in options.parts or PARTS:
        text = PARTS[name](options.rate)
        print(f"\n{name}\n{text}", flush=True)
        if options.write:
            begin = f"<!-- copies {name}: written by python -m benchmarks.copies --write -->\n"
            write(text, begin, f"<!-- /copies {name} -->", page=PAGE)


if __name__ == "__main__":
    main()
