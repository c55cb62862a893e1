"""How the time and memory of `group_by` grow with the incidents that it counts: `python -m benchmarks.grouping`."""

import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace

from benchmarks.programs import OURS, ROOT, session
from benchmarks.table import spread
from evals.table import table

SIZES = {500: 5, 5_000: 3, 50_000: 1}
"""Incidents, and how often they are counted."""
UNLIMITED = {"INCIDENT_DESK_SUMMARY_MAX": "50000", "INCIDENT_DESK_SUMMARY_TIMEOUT_S": "3600"}


@contextmanager
def sandbox(size: int) -> Generator[str]:
    """Its URL for Rootly, in a process of its own."""
    command = [sys.executable, "-m", "server", "sandbox", "--port", "0", "--size", str(size)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            lines = (line.split() for line in process.stdout)
            yield next(
                url
                for name, _, url in (line[0].partition("=") for line in lines)
                if name == "ROOTLY_API_URL"
            )
        finally:
            process.terminate()


def report() -> str:
    rows = []
    for size, rounds in SIZES.items():
        took, grown = [], []
        with sandbox(size) as url:
            for _ in range(rounds):
                with session(replace(OURS, environ=UNLIMITED), url) as running:
                    running.shake_hands()
                    running.list_incidents(page_size=1)
                    before = running.resident_mb
                    begun = time.perf_counter()
                    answer = running.list_incidents(group_by=["severity"])
                    took.append(time.perf_counter() - begun)
                    assert b'"isError":false' in answer
                    assert str(size).encode() in answer, answer[:500]
                    grown.append(running.leave()[1] - before)
        rows.append([f"{size:,}", spread(took, " s", 1), spread(grown, " MB", 1)])
    return table(
        [
            "incidents grouped",
            "time, the sandbox's included",
            "memory at its greatest, over a first call's",
        ],
        rows,
    )


if __name__ == "__main__":
    print(report())
