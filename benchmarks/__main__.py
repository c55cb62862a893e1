"""`python -m benchmarks` measures the start, calls and summaries.

With `--write` it also writes the tables into docs/performance.md.
"""

import os
import platform
import sys

from benchmarks import calls, grouping, start
from benchmarks.table import write


def main() -> None:
    python = f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} processors"
    machine = f"{python}. Medians, and the middle half of the values."
    report = "\n".join([f"{machine}\n", start.report(), calls.report(), grouping.report()])
    print(report)
    if "--write" in sys.argv[1:]:
        write(report)


if __name__ == "__main__":
    main()
