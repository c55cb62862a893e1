"""The groups of a summary: how many incidents each of them has, and how long these took."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Self

from tools.rootly.durations import MEASURES, minutes
from tools.rootly.gaps import Gaps
from tools.rootly.grouping import GroupKey, IncidentRecord

_PERCENTILES = (50, 90)


@dataclass
class Group:
    """The incidents of one group, and the milliseconds that each of MEASURES took."""

    incidents: int = 0
    live: int = 0
    durations_ms: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, record: IncidentRecord) -> None:
        """Count one incident."""
        self.incidents += 1
        if record.is_live:
            self.live += 1
        for measure, milliseconds in record.known_durations():
            if milliseconds >= 0:
                self.durations_ms[measure].append(milliseconds)

    def percentiles(self, measures: Sequence[str]) -> Iterator[float | None]:
        """The percentiles of each measure, in minutes; None if no incident has a value."""
        for measure in measures:
            ordered = sorted(self.durations_ms.get(measure, ()))
            for percent in _PERCENTILES:
                yield percentile(ordered, percent)


@dataclass
class Counts:
    """The groups, and how many incidents need a note.

    `ungrouped`: Incidents in no group, because Rootly's answer does not say in which.
    `unstarted`, `without_status`: Incidents without `started_at`, or without a documented status.
    `slugs`: The slugs of each resource with an id, by field and id. After a rename there are two.
    """

    groups: defaultdict[GroupKey, Group] = field(default_factory=lambda: defaultdict(Group))
    gaps: Gaps = field(default_factory=Gaps)
    ungrouped: int = 0
    unstarted: int = 0
    without_status: int = 0
    slugs: defaultdict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def of(cls, records: Iterable[IncidentRecord]) -> Self:
        """The counts of all incidents with these records."""
        counts = cls()
        for record in records:
            counts.add(record)
        return counts

    def add(self, record: IncidentRecord) -> None:
        """Count one incident in all its groups."""
        if record.gaps:
            self.gaps.add(record.gaps)
        if record.group_keys is None:
            self.ungrouped += 1
            return
        if not record.has_started_at:
            self.unstarted += 1
        if record.is_live is None:
            self.without_status += 1
        for measure, milliseconds in record.known_durations():
            if milliseconds < 0:
                self.gaps.negative[measure] += 1
        for field_name, id_, slug in record.slugs:
            self.slugs[field_name, id_].add(slug)
        for key in record.group_keys:
            self.groups[key].add(record)

    @property
    def measures(self) -> list[str]:
        """The measures of which at least one incident has a value."""
        measured = set().union(*(group.durations_ms for group in self.groups.values()))
        return [measure for measure in MEASURES if measure in measured]

    @property
    def renamed_fields(self) -> list[str]:
        """The fields in which one resource has two slugs."""
        fields = [name for (name, _), slugs in self.slugs.items() if len(slugs) > 1]
        return list(dict.fromkeys(fields))


def percentile_names(measures: Iterable[str]) -> Iterator[str]:
    """The names of what `Group.percentiles` has, in the same order."""
    for measure in measures:
        for percent in _PERCENTILES:
            yield f"{measure}_p{percent}"


def percentile(ordered: Sequence[int], percent: int) -> float | None:
    """The percentile of *ordered* milliseconds by nearest rank, in minutes to a tenth.

    It is the smallest value that at least *percent* of the values do not exceed.
    """
    if not ordered:
        return None
    rank = -(-percent * len(ordered) // 100)
    return minutes(ordered[rank - 1])
