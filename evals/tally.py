"""The results of many random walks or summaries, as figures."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from evals.table import table

_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
_KEY = re.compile(r"-?\b[a-z_]+_at\b(\.[a-z]+ -N[a-z])?")
_NUMBER = re.compile(r"\d[\d,.]*\d|\d")


@dataclass
class Tally:
    """The results of many walks or summaries.

    `kinds`: How many were exact, noted, or failed with each code.
    `sizes`: How many pages, incidents and changes there were.
    `notes`: How many answers had each kind of note.
    `wrong`: What was wrong, by seed.
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
    tables = [table(["", *tallies], _figures(tallies))]
    walks_tally = tallies.get("walks")
    if walks_tally:
        notes = [[note, f"{count:,}"] for note, count in walks_tally.notes.most_common()]
        tables.append(table(["notes of the walks (N: a number, X: a name)", "answers"], notes))
    return "\n".join(tables)


def _figures(tallies: Mapping[str, Tally]) -> Iterator[list[str]]:
    """The rows of the table, with a column for each tally."""
    columns = tallies.values()
    yield ["in all", *(f"{tally.runs:,}" for tally in columns)]
    for size in ("pages", "incidents", "changes"):
        yield [f"{size} in them", *(_size(tally, size) for tally in columns)]
    kinds = {kind for tally in columns for kind in tally.kinds}
    for kind in sorted(kinds, key=_kind_order):
        yield [_kind_name(kind), *(f"{tally.kinds[kind]:,}" for tally in columns)]
    yield ["**wrong**", *(f"**{len(tally.wrong)}**" for tally in columns)]


def _size(tally: Tally, size: str) -> str:
    return f"{tally.sizes[size]:,}" if size in tally.sizes else "–"


def _kind_order(kind: str) -> tuple[bool, bool, str]:
    return kind != "exact", kind != "noted", kind


def _kind_name(kind: str) -> str:
    is_error_code = kind not in ("exact", "noted", "broken off")
    return f"`{kind}`" if is_error_code else kind
