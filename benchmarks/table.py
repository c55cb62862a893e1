"""Tables of medians with their spread, and their place in the documentation."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median, quantiles

PERFORMANCE = Path(__file__).parents[1] / "docs/performance.md"
BEGIN, END = (
    "<!-- performance: written by python -m benchmarks --write -->\n",
    "<!-- /performance -->",
)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)) + "\n"


def spread(values: Sequence[float], unit: str = "", digits: int = 0) -> str:
    """The median, and between which values the middle half lies."""
    if not values or values[0] != values[0]:
        return "–"
    low, _, high = quantiles(values, n=4) if len(values) > 1 else (values[0],) * 3
    return f"{median(values):,.{digits}f}{unit} ({low:,.{digits}f}–{high:,.{digits}f})"


def write(text: str, begin: str = BEGIN, end: str = END, *, page: Path = PERFORMANCE) -> None:
    """Put *text* into *page*, between these two marks."""
    before, found, rest = page.read_text(encoding="utf-8").partition(begin)
    if not found:
        raise SystemExit(f"{page.name} lacks the line {begin}")
    page.write_text(f"{before}{begin}{text}{end}{rest.partition(end)[2]}", encoding="utf-8")
