"""Formats medians with their spread, and writes tables into the documentation."""

from collections.abc import Mapping, Sequence
from math import isnan
from pathlib import Path
from statistics import median, quantiles
from typing import Any

PERFORMANCE = Path(__file__).parents[1] / "docs/performance.md"
BEGIN, END = (
    "<!-- performance: written by python -m benchmarks --write -->\n",
    "<!-- /performance -->",
)


def spread(values: Sequence[float], unit: str = "", digits: int = 0) -> str:
    """The median, and the range of the middle half of the values. A dash if there are none."""
    if not values or isnan(values[0]):
        return "–"
    low = high = values[0]
    if len(values) > 1:
        low, _, high = quantiles(values, n=4)
    return f"{median(values):,.{digits}f}{unit} ({low:,.{digits}f}–{high:,.{digits}f})"


def counts(numbers: Mapping[Any, int]) -> str:
    """Counts by status or the like, in the order of their keys, such as `200: 7, 404: 1,000`."""
    return ", ".join(f"{key}: {number:,}" for key, number in sorted(numbers.items()))


def write(text: str, begin: str = BEGIN, end: str = END, *, page: Path = PERFORMANCE) -> None:
    """Replace the text between these two marks in *page*."""
    before, mark, rest = page.read_text(encoding="utf-8").partition(begin)
    if not mark:
        raise SystemExit(f"{page.name} lacks the line {begin}")
    after = rest.partition(end)[2]
    page.write_text(f"{before}{begin}{text}{end}{after}", encoding="utf-8")
