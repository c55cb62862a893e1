"""All that depends on the machine, in one run: `python -m benchmarks`, and with `--write` into the README, too."""

import os
import platform
import sys

from benchmarks import calls, grouping, start
from benchmarks.table import write


def main() -> None:
    python = f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} processors"
    machine = f"{python}. Medians, and the middle half of the values."
    made = "\n".join([f"{machine}\n", start.report(), calls.report(), grouping.report()])
    print(made)
    if "--write" in sys.argv[1:]:
        write(made)


if __name__ == "__main__":
    main()
