"""A short soak, so that the benchmark keeps working. The long one: `python -m benchmarks.soak`."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

OPTIONS = ["--calls=120", "--seed=6", "--rate=0.4", "--pool-size=40", "--timeout=4"]
EXPECTED_ERRORS = {"unavailable", "timeout", "rate_limited", "unexpected_response"}


@pytest.mark.slow
def test_no_answer_under_mixed_faults_is_wrong_or_silently_incomplete() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.soak", *OPTIONS],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    lines = re.findall(r"^ +(\d+) ([a-z].*)$", run.stdout, re.MULTILINE)
    counts = {name: int(count) for count, name in lines if not name.startswith("calls")}
    errors = {name: count for name, count in counts.items() if name in EXPECTED_ERRORS}
    wrong = counts.pop("wrong or silently incomplete")
    assert wrong == 0
    assert counts.keys() == {"right", "right in part, and said so", *EXPECTED_ERRORS}
    assert sum(counts.values()) == 120
    assert counts["right"] > 40
    assert sum(errors.values()) > 5
    proxy = run.stdout.partition("the proxy: ")[2].partition("\n")[0]
    assert sum(map(int, re.findall(r"(\d+) times", proxy))) > 5
