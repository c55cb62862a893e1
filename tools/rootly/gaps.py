"""Gaps: the facts that the rows of an answer lack."""

from collections import Counter
from dataclasses import dataclass, field

from tools.rootly.shape import ValueReading


@dataclass
class Gaps:
    """The facts that the rows of an answer lack, counted by field.

    - `unreadable`: Rootly sent something that cannot be shown, or not all of it.
    - `unresolved`: an id is shown in place of a name.
    - `unknown`: the answer does not mention the value.
    - `negative`: a duration whose end is before its start; counted by the name of the duration.
    """

    unreadable: Counter[str] = field(default_factory=Counter)
    unresolved: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    negative: Counter[str] = field(default_factory=Counter)

    def count(self, name: str, reading: ValueReading) -> None:
        """Count the gaps in the *reading* of a resource, in the field *name*."""
        if reading.is_unreadable:
            self.unreadable[name] += 1
        if reading.is_by_id:
            self.unresolved[name] += 1

    def add(self, other: "Gaps") -> None:
        """Add the gaps of other rows."""
        self.unreadable.update(other.unreadable)
        self.unresolved.update(other.unresolved)
        self.unknown.update(other.unknown)
        self.negative.update(other.negative)

    def notes(self) -> list[str]:
        """Notes on the gaps, for the reader of the rows."""
        notes = []
        if self.unresolved:
            names = ", ".join(self.unresolved)
            notes.append(f"Rootly's answer does not resolve some {names}: shown by id.")
        if self.unknown:
            counts = _listed(self.unknown)
            notes.append(f"Not known, and not none: Rootly's answer does not say which {counts}.")
        if self.unreadable:
            notes.append(f"Left out, because not readable: {_listed(self.unreadable)}.")
        if self.negative:
            # Pages arrive in any order.
            counts = _listed(Counter(dict(sorted(self.negative.items()))))
            notes.append(f"Left out of the minutes, because the end is before the start: {counts}.")
        return notes


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name} ({count})" for name, count in counts.items())
