"""A summary: all incidents that match at one moment, counted in groups, with their durations."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil
from typing import Any

from tools import times
from tools.answer import Answer
from tools.connection import Connection
from tools.errors import RateLimited, ungrouped
from tools.rootly.conditions.candidates import Candidate, records
from tools.rootly.group_counts import Counts, Group, percentile_names
from tools.rootly.grouping import Grouping, GroupKey, IncidentRecord
from tools.rootly.periods import cut_period, period_of
from tools.rootly.reading.assumptions import assumption_notes
from tools.rootly.reading.snapshot import Snapshot, SnapshotReader
from tools.rootly.search import Search

_INCIDENTS_PER_REQUEST = 68
"""Of all requests of a count, with those that prove it: 5,000 incidents need 74."""


async def summarise(search: Search, group_by: Sequence[str], connection: Connection) -> Answer:
    """Count the incidents of *search*, exactly as they are at the moment `as_of`.

    The answer has one row for each group: periods in their order, then the largest groups first.

    Raises:
        TooLarge: more incidents match than a summary covers.
        RateLimited: the requests that are needed did not all have their turn.

    If the time of the call ends first, the timeout's message says how many incidents were read.
    """
    grouping = Grouping(tuple(group_by))
    needs = grouping.view.needs() | search.conditions.needs
    recorder = search.conditions.recorder(grouping.record)
    reader = SnapshotReader(search.questions(), connection, recorder, needs)
    connection.record.timeout_message = partial(_out_of_time, reader)
    try:
        with ungrouped():
            snapshot = await reader.read()
            counts = _counts(snapshot)
            if counts.renamed_fields and not snapshot.is_one_answer:
                # A service, for example, was renamed meanwhile. That changes no incident's
                # updated_at. When everything is read again, all incidents have the new name.
                snapshot = await reader.read()
                counts = _counts(snapshot)
            filter_notes = await reader.filter_notes()
    except RateLimited as error:
        round_s = connection.budget.round_s(connection.caller)
        raise _refusal(error, reader, round_s) from error
    answer = _Summary(search, grouping, snapshot, counts).answer()
    answer.notes += [*search.conditions.notes(snapshot.incidents.values()), *filter_notes]
    return answer


def _counts(snapshot: Snapshot[Candidate[IncidentRecord]]) -> Counts:
    """The counts of the incidents that meet the conditions."""
    return Counts.of(records(snapshot.incidents.values()))


def _refusal(
    error: RateLimited, reader: SnapshotReader[Candidate[IncidentRecord]], round_s: float
) -> RateLimited:
    """*error* for a count, which needs many more turns than the one that was refused.

    It has one turn in each round of the callers, which takes *round_s* seconds.
    """
    number, total = reader.number, reader.total
    if not number or number >= total:
        return error
    rest_s = ceil((total - number) / _INCIDENTS_PER_REQUEST) * round_s
    return RateLimited(
        f"{error} The count needs about {ceil(total / _INCIDENTS_PER_REQUEST)} requests: "
        "narrow the question, for example by created_at, and add up the parts.",
        retry_after_s=max(error.retry_after_s or 0, ceil(rest_s)),
        request_id=error.request_id,
    )


def _out_of_time(reader: SnapshotReader[Candidate[IncidentRecord]], timeout_s: float) -> str:
    if not reader.total:
        return ""
    narrow = "narrow the question, for example by created_at or status, and add up the parts."
    number, total = reader.number, reader.total
    if number < total:
        return (
            f"Only {number:,} of {total:,} incidents could be read within {timeout_s:g} s: {narrow}"
        )
    return (
        f"{total:,} incidents were read, but they kept changing, "
        f"so there is no exact count within {timeout_s:g} s: ask again, or {narrow}"
    )


@dataclass(frozen=True)
class _Summary:
    """Makes the answer from the counts, with the notes that a reader needs."""

    search: Search
    grouping: Grouping
    snapshot: Snapshot[Candidate[IncidentRecord]]
    counts: Counts

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
        columns = [*self.grouping.dimensions, "incidents", "live", *percentile_names(measures)]
        return Answer(
            rows_key="rows",
            rows=rows,
            facts={"columns": columns},
            more=facts_after_rows,
            as_of=self.snapshot.at,
            notes=[*self.counts.gaps.notes(), *self._notes()],
        )

    def _order(self, item: tuple[GroupKey, Group]) -> tuple[Any, ...]:
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
            cut = {period_of(name, now)}.union(cut_period(name, *bound) for bound in bounds)
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
