"""The results of many random walks or summaries, as figures."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from evals.table import table

_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
_KEY = re.compile(r"-?\b[a-z_]+_at\b(\.[a-z]+ -N[a-z])?")
_NUMBER = re.compile(r"\d[\d,.]*\d|\d")
_SIZES = ("pages", "incidents", "changes")


@dataclass
class Tally:
    """The results of many walks or summaries.

    `kinds`: The number of exact and of noted runs, and of those with each error code.
    `sizes`: The number of pages, incidents and changes.
    `notes`: The number of answers with each kind of note.
    `wrong`: By seed, a description of what was wrong.
    """

    kinds: Counter[str] = field(default_factory=Counter)
    sizes: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    wrong: dict[int, str] = field(default_factory=dict)

    @property
    def runs(self) -> int:
        return self.kinds.total()

    def add(self, other: "Tally") -> None:
        self.kinds += other.kinds
        self.sizes += other.sizes
        self.notes += other.notes
        self.wrong |= other.wrong


def kind_of(note: str) -> str:
    """The note without the numbers, times and names that differ between answers."""
    plain = _NUMBER.sub("N", _TIME.sub("TIME", note)).partition(":")[0].rstrip(".")
    return _KEY.sub("X", plain)


def report(tallies: Mapping[str, Tally]) -> str:
    """The figures of all tallies, and the notes of the walks, in Markdown."""
    tables = [table(["", *tallies], _figures(tallies.values()))]
    walks_tally = tallies.get("walks")
    if walks_tally:
        notes = [[note, f"{count:,}"] for note, count in walks_tally.notes.most_common()]
        tables.append(table(["notes of the walks (N: a number, X: a name)", "answers"], notes))
    return "\n".join(tables)


def _figures(tallies: Collection[Tally]) -> list[tuple[str, ...]]:
    """The rows of the table, with a column for each tally."""
    all_kinds = set[str]()
    for tally in tallies:
        all_kinds.update(tally.kinds)
    kinds = sorted(all_kinds, key=_kind_order)
    sizes = [f"{size} in them" for size in _SIZES]
    names = ["in all", *sizes, *map(_kind_name, kinds), "**wrong**"]
    columns = [_column(tally, kinds) for tally in tallies]
    return [*zip(names, *columns, strict=True)]


def _column(tally: Tally, kinds: Iterable[str]) -> list[str]:
    sizes = [_size(tally, size) for size in _SIZES]
    counts = [f"{tally.kinds[kind]:,}" for kind in kinds]
    return [f"{tally.runs:,}", *sizes, *counts, f"**{len(tally.wrong)}**"]


def _size(tally: Tally, size: str) -> str:
    if size not in tally.sizes:
        return "–"
    return f"{tally.sizes[size]:,}"


def _kind_order(kind: str) -> tuple[bool, bool, str]:
    return kind != "exact", kind != "noted", kind


def _kind_name(kind: str) -> str:
    if kind in ("exact", "noted", "broken off"):
        return kind
    return f"`{kind}`"  # The code of an error.
