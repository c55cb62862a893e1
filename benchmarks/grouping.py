"""How time and memory of `group_by` grow with the number of incidents.

Run `python -m benchmarks.grouping`.
"""

import subprocess
import sys
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import replace

from benchmarks.programs import OURS, ROOT, session
from benchmarks.table import spread
from evals.table import table

SIZES = {500: 5, 5_000: 3, 50_000: 1}
"""Numbers of incidents, and how often each is counted."""
UNLIMITED = {"INCIDENT_DESK_SUMMARY_MAX": "50000", "INCIDENT_DESK_SUMMARY_TIMEOUT_S": "3600"}


@contextmanager
def sandbox(size: int) -> Generator[str]:
    """Run a sandbox in its own process during the block; the value is its URL for Rootly."""
    command = [sys.executable, "-m", "server", "sandbox", "--port", "0", "--size", str(size)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield _url(process.stdout)
        finally:
            process.terminate()


def _url(lines: Iterable[str]) -> str:
    for line in lines:
        name, _, url = line.split()[0].partition("=")
        if name == "ROOTLY_API_URL":
            return url
    raise SystemExit("The sandbox did not start.")


def report() -> str:
    rows = []
    for size, rounds in SIZES.items():
        took_s, grown_mb = [], []
        with sandbox(size) as url:
            for _ in range(rounds):
                with session(replace(OURS, environ=UNLIMITED), url) as running:
                    running.shake_hands()
                    running.list_incidents(page_size=1)
                    before_mb = running.resident_mb
                    began = time.perf_counter()
                    answer = running.list_incidents(group_by=["severity"])
                    took_s.append(time.perf_counter() - began)
                    assert b'"isError":false' in answer
                    assert str(size).encode() in answer, answer[:500]
                    grown_mb.append(running.peak_mb - before_mb)
        rows.append([f"{size:,}", spread(took_s, " s", 1), spread(grown_mb, " MB", 1)])
    head = [
        "incidents grouped",
        "time, the sandbox's included",
        "memory at its greatest, over a first call's",
    ]
    return table(head, rows)


if __name__ == "__main__":
    print(report())
