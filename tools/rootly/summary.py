"""A summary: all incidents that match at one moment, counted in groups, with their durations."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Self

from tools import times
from tools.answer import Answer
from tools.connection import Connection
from tools.errors import ungrouped
from tools.rootly.conditions.candidates import Candidate, records
from tools.rootly.durations import MEASURES, minutes
from tools.rootly.gaps import Gaps
from tools.rootly.grouping import Grouping, GroupKey, IncidentRecord, period_of
from tools.rootly.reading.assumptions import assumption_notes
from tools.rootly.reading.snapshot import Snapshot, SnapshotReader
from tools.rootly.search import Search
from tools.times import Operator

_PERCENTILES = (50, 90)
_MILLISECOND = timedelta(milliseconds=1)


async def summarise(search: Search, group_by: Sequence[str], connection: Connection) -> Answer:
    """Count the incidents of *search*, exactly as they are at the moment `as_of`.

    The answer has one row for each group: periods in their order, then the largest groups first.

    Raises:
        TooLarge: more incidents match than a summary covers.

    If the time of the call ends first, the timeout's message says how many incidents were read.
    """
    grouping = Grouping(tuple(group_by))
    needs = grouping.view.needs() | search.conditions.needs
    recorder = search.conditions.recorder(grouping.record)
    reader = SnapshotReader(search.question, connection, recorder, needs)
    connection.record.timeout_message = partial(_out_of_time, reader)
    with ungrouped():
        snapshot = await reader.read()
        counts = _Counts.of(snapshot)
        if counts.renamed_fields and not snapshot.is_one_answer:
            # A service, for example, was renamed meanwhile. That changes no incident's updated_at.
            # When everything is read again, all incidents have the new name.
            snapshot = await reader.read()
            counts = _Counts.of(snapshot)
        filter_notes = await reader.verifier.notes(connection)
    answer = _Summary(search, grouping, snapshot, counts).answer()
    answer.notes += [*search.conditions.notes(snapshot.incidents.values()), *filter_notes]
    return answer


def _out_of_time(reader: SnapshotReader[Candidate[IncidentRecord]], timeout_s: float) -> str:
    if not reader.total:
        return f"Rootly did not answer within {timeout_s:g} s: no incident could be read."
    narrow = "narrow the question, for example by created_at or status, and add up the parts."
    read = len(reader.incidents)
    if read < reader.total:
        return (
            f"Only {read:,} of {reader.total:,} incidents could be read within {timeout_s:g} s: "
            f"{narrow}"
        )
    return (
        f"{reader.total:,} incidents were read, but they kept changing, "
        f"so there is no exact count within {timeout_s:g} s: ask again, or {narrow}"
    )


@dataclass
class _Group:
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
class _Counts:
    """The groups, and how many incidents need a note.

    `ungrouped`: Incidents in no group, because Rootly's answer does not say in which.
    `unstarted`, `without_status`: Incidents without `started_at`, or without a documented status.
    `slugs`: The slugs of each resource with an id, by field and id. After a rename there are two.
    """

    groups: defaultdict[GroupKey, _Group] = field(default_factory=lambda: defaultdict(_Group))
    gaps: Gaps = field(default_factory=Gaps)
    ungrouped: int = 0
    unstarted: int = 0
    without_status: int = 0
    slugs: defaultdict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def of(cls, snapshot: Snapshot[Candidate[IncidentRecord]]) -> Self:
        """The counts of the incidents of a snapshot that meet the conditions."""
        counts = cls()
        for record in records(snapshot.incidents.values()):
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


@dataclass(frozen=True)
class _Summary:
    """Makes the answer from the counts, with the notes that a reader needs."""

    search: Search
    grouping: Grouping
    snapshot: Snapshot[Candidate[IncidentRecord]]
    counts: _Counts

    def answer(self) -> Answer:
        """The answer with one row for each group, and notes on the rows."""
        groups = sorted(self.counts.groups.items(), key=self._order)
        number = len(self.snapshot.incidents)
        measures = self.counts.measures
        facts_after_rows: dict[str, Any] = {}
        partial_periods = self._partial_periods()
        if partial_periods:
            facts_after_rows["partial"] = partial_periods
        facts_after_rows["covered"] = {"incidents": number, "of": number}
        rows: list[Any] = []
        for key, group in groups:
            rows.append([*key, group.incidents, group.live, *group.percentiles(measures)])
        columns = [*self.grouping.dimensions, "incidents", "live", *_column_names(measures)]
        return Answer(
            rows_key="rows",
            rows=rows,
            facts={"columns": columns},
            more=facts_after_rows,
            as_of=self.snapshot.at,
            notes=[*self.counts.gaps.notes(), *self._notes()],
        )

    def _order(self, item: tuple[GroupKey, _Group]) -> tuple[Any, ...]:
        """Periods in their order, then the largest groups first, then by name."""
        key, group = item
        values = [value or "" for value in key]
        by_name = dict(zip(self.grouping.dimensions, values, strict=True))
        periods = [by_name[name] for name in self.grouping.periods]
        return (*periods, -group.incidents, *values)

    def _partial_periods(self) -> list[str]:
        """The periods that have not ended, and those that a bound on `started_at` cuts."""
        bounds = self.search.question.ranges.get("started_at", {}).items()
        now = times.stamp(self.snapshot.at)
        partial = set[str | None]()
        for place, name in enumerate(self.grouping.dimensions):
            if name not in self.grouping.periods:
                continue
            cut = {period_of(name, now)}.union(_cut_period(name, *bound) for bound in bounds)
            partial |= cut & {key[place] for key in self.counts.groups}
        return sorted(filter(None, partial))

    def _notes(self) -> Iterator[str]:
        counts = self.counts
        periods = self.grouping.periods
        multi_valued = " or ".join(self.grouping.multi_valued)
        if multi_valued:
            words = " and ".join(self.grouping.multi_valued_words)
            yield f"An incident counts once per {words}."
        if counts.ungrouped:
            yield (
                f"{counts.ungrouped} incidents count in no row: "
                f"Rootly's answer does not say which {multi_valued} they have."
            )
        if counts.unstarted and periods:
            yield f"{counts.unstarted} incidents without started_at count by created_at."
        if counts.without_status:
            yield (
                f"{counts.without_status} incidents show no status that Rootly documents: "
                "it is not known whether they are live."
            )
        if counts.renamed_fields:
            fields = " or ".join(counts.renamed_fields)
            yield f"Rootly shows some {fields} under two names: they count under both."
        other_bounds = [name for name in self.search.ranges if name != "started_at"]
        if other_bounds and periods:
            names = " or ".join(other_bounds)
            yield f"Periods go by started_at: it is not known whether {names} cuts some of them."
        if not self.snapshot.is_one_answer:
            relations = sorted(self.search.conditions.needs.relations)
            relations = [*self.grouping.relation_fields, *relations]
            yield from assumption_notes(self.search.question, relations)


def _column_names(measures: Iterable[str]) -> Iterator[str]:
    for measure in measures:
        for percent in _PERCENTILES:
            yield f"{measure}_p{percent}"


def _cut_period(name: str, operator: Operator, bound: datetime) -> str | None:
    """The period of which *bound* leaves out a part; None if one begins exactly there."""
    period = period_of(name, times.stamp(bound))
    before = period_of(name, times.stamp(bound - _MILLISECOND))
    # At the beginning of a period, `gt` and `lte` are between its first moment and the others.
    begins_there = period != before and operator in ("gte", "lt")
    return None if begins_there else period


def percentile(ordered: Sequence[int], percent: int) -> float | None:
    """The percentile of *ordered* milliseconds by nearest rank, in minutes to a tenth.

    It is the smallest value that at least *percent* of the values do not exceed.
    """
    if not ordered:
        return None
    rank = -(-percent * len(ordered) // 100)
    return minutes(ordered[rank - 1])
