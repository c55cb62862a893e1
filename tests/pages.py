"""The pages of the documentation, and their generated parts."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted(ROOT.glob("docs/**/*.md")),
    ROOT / "benchmarks/README.md",
]


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def page_with(mark: str) -> Path:
    """The one page that has *mark*."""
    pages = [page for page in PAGES if mark in text_of(page)]
    assert len(pages) == 1, f"{len(pages)} pages have the mark {mark.strip()}, not one"
    return pages[0]


def check(begin: str, end: str, expected: str) -> None:
    """The text between the two marks is *expected*."""
    page = page_with(begin)
    before, _, rest = text_of(page).partition(begin)
    current, mark, after = rest.partition(end)
    assert mark, f"{page.name} has no {end} after {begin}"
    if os.environ.get("UPDATE_DOCS"):
        page.write_text(f"{before}{begin}{expected}{end}{after}", encoding="utf-8")
        return
    assert current == expected


def between(begin: str, end: str) -> str:
    return text_of(page_with(begin)).partition(begin)[2].partition(end)[0]
