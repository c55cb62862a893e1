"""`python -m benchmarks.tokens` prints the number of tokens of answers.

With `--write` it also writes the tables into docs/performance.md.
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
