"""`python -m benchmarks.evals` prints the cost of the questions in `evals/`.

With `--write` it also writes the table into docs/performance.md.
"""

import sys

import anyio

from benchmarks.table import write
from evals import costs
from evals.settings import NOW
from sandbox.serving import serve


def main() -> None:
    with serve(now=NOW) as sandbox:
        report = costs.report(anyio.run(costs.measure, sandbox))
    print(report)
    if "--write" in sys.argv[1:]:
        write(report, costs.BEGIN, costs.END)


if __name__ == "__main__":
    main()
