"""The command line of the soak."""

import argparse
import sys
import time
from functools import partial

import anyio

from benchmarks import soak as package
from benchmarks.soak.judge import EXPECTED_ERRORS
from benchmarks.soak.run import Tally, soak


def main() -> int:
    parser = argparse.ArgumentParser(
        description=package.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--rate",
        type=float,
        default=0.2,
        help="the share of requests that meet a fault of the sandbox",
    )
    parser.add_argument("--pool-size", type=int, default=200, help="questions in one round")
    parser.add_argument("--timeout", type=float, default=6, help="seconds for one call")
    options = parser.parse_args()
    began = time.monotonic()
    run = partial(soak, pool_size=options.pool_size, timeout_s=options.timeout)
    tally = anyio.run(run, options.calls, options.seed, options.rate)
    took_s = time.monotonic() - began
    for text in tally.wrong[:10]:
        print(f"WRONG: {text}")
    faults = f"{options.rate:.0%} faults, seed {options.seed}"
    print(f"{tally.calls} calls in {took_s:.0f} s, {faults}")
    _print_results(tally)
    return 1 if tally.wrong else 0


def _print_results(tally: Tally) -> None:
    faults = [f"{count} times {name}" for name, count in sorted(tally.bytes.items())]
    print(f"the proxy: {', '.join(faults)}")
    print(f"  {tally.outcomes['right']:6} right")
    print(f"  {tally.outcomes['right in part']:6} right in part, and said so")
    for code in sorted(EXPECTED_ERRORS):
        print(f"  {tally.outcomes[code]:6} {code}")
    print(f"  {len(tally.wrong):6} wrong or silently incomplete")


if __name__ == "__main__":
    sys.exit(main())
