"""What came of many random walks or summaries."""

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
    """What came of many walks or summaries."""

    kinds: Counter[str] = field(default_factory=Counter)
    """How many were exact, noted, or failed with each code."""
    sizes: Counter[str] = field(default_factory=Counter)
    """How much there was: pages, incidents, changes."""
    notes: Counter[str] = field(default_factory=Counter)
    """In how many answers each kind of note stood."""
    wrong: dict[int, str] = field(default_factory=dict)
    """What was wrong, by seed."""

    @property
    def runs(self) -> int:
        return self.kinds.total()

    def add(self, other: "Tally") -> None:
        self.kinds += other.kinds
        self.sizes += other.sizes
        self.notes += other.notes
        self.wrong |= other.wrong


def kind_of(note: str) -> str:
    """The note without what differs from one answer to the next."""
    plain = _NUMBER.sub("N", _TIME.sub("TIME", note)).partition(":")[0].rstrip(".")
    return _KEY.sub("X", plain)


def report(tallies: Mapping[str, Tally]) -> str:
    made = [table(["", *tallies], _figures(tallies))]
    if walked := tallies.get("walks"):
        notes = [[note, f"{count:,}"] for note, count in walked.notes.most_common()]
        made.append(table(["notes of the walks (N: a number, X: a name)", "answers"], notes))
    return "\n".join(made)


def _figures(tallies: Mapping[str, Tally]) -> Iterator[list[str]]:
    yield ["in all", *(f"{tally.runs:,}" for tally in tallies.values())]
    for size in ("pages", "incidents", "changes"):
        yield [
            f"{size} in them",
            *(
                f"{tally.sizes[size]:,}" if size in tally.sizes else "–"
                for tally in tallies.values()
            ),
        ]
    kinds = {kind: None for tally in tallies.values() for kind, _ in tally.kinds.most_common()}
    for kind in sorted(kinds, key=lambda kind: (kind != "exact", kind != "noted", kind)):
        name = kind if kind in ("exact", "noted", "broken off") else f"`{kind}`"
        yield [name, *(f"{tally.kinds[kind]:,}" for tally in tallies.values())]
    yield ["**wrong**", *(f"**{len(tally.wrong)}**" for tally in tallies.values())]
