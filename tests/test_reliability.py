"""The page on reliability, and the run that its figures come from."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from evals import draw
from evals.tally import Tally, kind_of, report

PAGE = Path(__file__).parents[1] / "docs" / "reliability.md"
BEGIN = "<!-- figures: written by python -m benchmarks.reliability --write -->\n"
END = "<!-- /figures -->"


def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def test_the_page_names_the_dials_that_are_drawn() -> None:
    listed = page().partition("Dials that are drawn:\n")[2].partition("\n\n")[0]
    assert re.findall(r"`([a-z_]+)`", listed) == [*draw.DIAL_VALUES]


def test_the_figures_on_the_page_have_no_wrong_answer() -> None:
    figures = page().partition(BEGIN)[2].partition(END)[0]
    rows = [
        line.strip("| ").split(" | ")
        for line in figures.splitlines()
        if line.startswith("| **wrong**")
    ]
    assert bool(rows) == bool(figures)
    assert all(cell == "**0**" for row in rows for cell in row[1:])


@pytest.mark.slow
def test_a_run_prints_its_figures() -> None:
    command = [sys.executable, "-m", "benchmarks.reliability", "--walks", "6", "--processes", "1"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "| in all | 6 |" in run.stdout
    assert "| **wrong** | **0** |" in run.stdout
    assert run.returncode == 0


def test_wrong_answers_are_counted() -> None:
    tally = Tally()
    tally.kinds["exact"] = 2
    tally.wrong[7] = "missed: [1]"
    assert "| **wrong** | **1** |" in report({"walks": tally})


def test_notes_are_counted_by_what_they_say() -> None:
    assert kind_of("created_at.gte -90m means 2026-11-22T01:30:00Z.") == kind_of(
        "started_at.lt -2h means 2026-11-21T01:30:00Z."
    )
    assert kind_of("7 of 25 rows fit here: go on with next.") == "N of N rows fit here"
