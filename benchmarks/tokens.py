"""`python -m benchmarks.tokens` prints how many tokens answers have.

With `--write` it also puts the tables into docs/performance.md.
"""

import sys

from benchmarks.table import write
from evals import tokens


def main() -> None:
    report = tokens.report()
    print(report)
    if "--write" in sys.argv[1:]:
        write(report, tokens.BEGIN, tokens.END)


if __name__ == "__main__":
    main()
