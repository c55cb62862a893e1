"""Incidents counted in groups, with how long they took: all that match at one moment."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

import anyio

from tools import times
from tools.answer import Answer
from tools.connection import Connection
from tools.errors import TimedOut, ungrouped
from tools.rootly.grouping import MEASURES, Entry, Grouping, period
from tools.rootly.gaps import Gaps
from tools.rootly.question import Question
from tools.rootly.snapshot import Snapshot, SnapshotReader

_Key = tuple[str | None, ...]
"""The group of each kind, such as a severity and a month."""
_OWN = frozenset(
    (
        "status",
        "kind",
        "private",
        "user_id",
        "severity",
        "severity_id",
        "sequential_id",
        "search",
        "labels",
        "slack_channel_id",
    )
)
"""Filters by what an incident has itself, whose changes move its `updated_at`."""
_MILLISECOND = timedelta(milliseconds=1)


@dataclass
class _Group:
    """How many incidents are in one group, and how many milliseconds each of MEASURES took."""

    incidents: int = 0
    live: int = 0
    took: tuple[list[int], ...] = field(default_factory=lambda: tuple([] for _ in MEASURES))


async def summarise(question: Question, group_by: Sequence[str], connection: Connection) -> Answer:
    """One row a group, the largest first; groups of time in their order. It is right for one moment, which is `as_of`.

    Raises:
        TooLarge: more incidents match than a summary covers.
        TimedOut: the time for summaries ended first; it says how far it came. Never part of a total.
    """
    grouping = Grouping(tuple(group_by))
    reader = SnapshotReader(question, connection, grouping.entry, grouping.view.needs())
    with anyio.move_on_after(connection.summary_timeout_s) as scope, ungrouped():
        snapshot = await reader.read()
        counts = _Counts.of(snapshot)
        if counts.renamed and not snapshot.is_one_answer:
            # A new name moves no updated_at of the incidents. Read once more, all of them have it.
            snapshot = await reader.read()
            counts = _Counts.of(snapshot)
        unproven = await reader.check.notes(connection)
    if scope.cancelled_caught:
        raise TimedOut(_out_of_time(reader, connection.summary_timeout_s))
    answer = _Summary(question, grouping, snapshot, counts).answer()
    answer.notes += unproven
    return answer


def _out_of_time(reader: SnapshotReader[Entry], timeout_s: float) -> str:
    if not reader.total:
        return f"Rootly did not answer within {timeout_s:g} s: no incident could be read."
    narrow = "narrow the question, for example by created_at or status, and add the parts up."
    if len(reader.incidents) < reader.total:
        return f"Only {len(reader.incidents):,} of {reader.total:,} incidents could be read within {timeout_s:g} s: {narrow}"
    return (
        f"{reader.total:,} incidents were read, but while they changed, no exact count could be had within {timeout_s:g} s: "
        f"ask again, or {narrow}"
    )


@dataclass
class _Counts:
    """`unknown` incidents count in no group, since the answer does not say in which. `backwards` end before they start.

    `slugs` are what each group that has an id is called, by field and id.
    """

    groups: dict[_Key, _Group] = field(default_factory=dict)
    gaps: Gaps = field(default_factory=Gaps)
    unknown: int = 0
    unstarted: int = 0
    without_status: int = 0
    slugs: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    backwards: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, snapshot: Snapshot[Entry]) -> Self:
        counts = cls()
        for entry in snapshot.incidents.values():
            counts.add(entry)
        return counts

    def add(self, entry: Entry) -> None:
        if entry.gaps:
            self.gaps.add(entry.gaps)
        if entry.groups is None:
            self.unknown += 1
            return
        for name, id_, slug in entry.slugs:
            self.slugs.setdefault((name, id_), set()).add(slug)
        self.unstarted += not entry.is_started
        self.without_status += entry.is_live is None
        self.backwards.update(
            name
            for name, took in zip(MEASURES, entry.took, strict=True)
            if took is not None and took < 0
        )
        for key in entry.groups:
            group = self.groups.setdefault(key, _Group())
            group.incidents += 1
            group.live += bool(entry.is_live)
            for values, took in zip(group.took, entry.took, strict=True):
                if took is not None and took >= 0:
                    values.append(took)

    @property
    def renamed(self) -> list[str]:
        """The fields that have one thing under two names."""
        return [*dict.fromkeys(name for (name, _), slugs in self.slugs.items() if len(slugs) > 1)]


@dataclass(frozen=True)
class _Summary:
    """Lays out the counts, with what a reader must know of them."""

    question: Question
    grouping: Grouping
    snapshot: Snapshot[Entry]
    counts: _Counts

    def answer(self) -> Answer:
        measured = [f"{measure}_{part}" for measure in MEASURES for part in ("p50", "p90")]
        rows = sorted(self.counts.groups.items(), key=self._order)
        partial = self._partial()
        number = len(self.snapshot.incidents)
        return Answer(
            rows_key="rows",
            rows=[[*key, group.incidents, group.live, *_measures(group)] for key, group in rows],
            facts={"columns": [*self.grouping.names, "incidents", "live", *measured]},
            more={
                **({"partial": partial} if partial else {}),
                "covered": {"incidents": number, "of": number},
            },
            as_of=self.snapshot.at,
            notes=[*self.counts.gaps.notes(), *self._notes()],
            sandbox=self.snapshot.sandbox,
            ahead=self.snapshot.ahead,
        )

    def _notes(self) -> Iterator[str]:
        counts, periods = self.counts, self.grouping.periods
        several = self.grouping.may_be_several
        if several:
            yield f"An incident with several {' or '.join(several)} counts under each."
        if counts.unknown:
            which = " or ".join(several)
            yield f"{counts.unknown} incidents count in no row: Rootly's answer does not say which {which} they have."
        if counts.unstarted and periods:
            yield f"{counts.unstarted} incidents without started_at count where they were created."
        if counts.without_status:
            yield f"{counts.without_status} incidents show no status that Rootly documents: whether these are live is not known."
        if counts.renamed:
            yield f"Rootly shows some {' or '.join(counts.renamed)} under two names: they count under both."
        if counts.backwards:
            listed = ", ".join(f"{name} ({count})" for name, count in counts.backwards.items())
            yield f"Left out of the minutes, because they end before started_at: {listed}."
        others = [name for name in self.question.ranges if name != "started_at"]
        if others and periods:
            yield f"Periods go by started_at: whether {' or '.join(others)} cuts some is not known."
        if not self.snapshot.is_one_answer and (assumed := self._assumed()):
            yield f"Assumes that Rootly moves updated_at when {', '.join(assumed)} of an incident change."

    def _assumed(self) -> list[str]:
        """What is counted by, or filtered by, of which it is not known whether `updated_at` moves with it."""
        asked = (*self.question.filters, *self.question.excluded)
        return [
            *dict.fromkeys(
                (*self.grouping.relations, *(name for name in asked if name not in _OWN))
            )
        ]

    def _partial(self) -> list[str]:
        """The periods that have not ended, and those that a bound on `started_at` cuts."""
        bounds = self.question.ranges.get("started_at", {}).values()
        partial = set()
        for place, name in enumerate(self.grouping.names):
            if name in self.grouping.periods:
                cut = {
                    period(name, times.stamp(self.snapshot.at)),
                    *(_cut(name, at) for at in bounds),
                }
                partial |= {key[place] for key in self.counts.groups} & cut
        return sorted(begin for begin in partial if begin)

    def _order(self, item: tuple[_Key, _Group]) -> tuple[Any, ...]:
        key, group = item
        periods = self.grouping.periods
        by_time = [
            value or ""
            for name, value in zip(self.grouping.names, key, strict=True)
            if name in periods
        ]
        return (*by_time, -group.incidents, *(value or "" for value in key))


def _cut(name: str, bound: datetime) -> str | None:
    """The period that begins before *bound* and ends after it; None where one begins just there."""
    before, after = (period(name, times.stamp(at)) for at in (bound - _MILLISECOND, bound))
    return after if after == before else None


def _measures(group: _Group) -> Iterator[float | None]:
    for took in group.took:
        ordered = sorted(took)
        yield percentile(ordered, 50)
        yield percentile(ordered, 90)


def percentile(ordered: Sequence[int], percent: int) -> float | None:
    """The nearest rank, the smallest value that so many percent do not exceed: of milliseconds, in minutes to a tenth."""
    if not ordered:
        return None
    tenths = (ordered[-(-percent * len(ordered) // 100) - 1] + 3_000) // 6_000
    return tenths / 10 if tenths % 10 else tenths // 10
