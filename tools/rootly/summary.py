"""Incidents counted in groups, with how long they took: all that match at one moment."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import anyio

from tools import times
from tools.answer import Answer
from tools.connection import Connection
from tools.errors import TimedOut, ungrouped
from tools.rootly.document import Document, Incident
from tools.rootly.incident import Gaps, Rows, View
from tools.rootly.question import Question
from tools.rootly.relations import SLUGS
from tools.rootly.snapshot import Snapshot, SnapshotReader
from tools.rootly.vocabulary import LIVE

GROUPS = (
    "status", "severity", "services", "environments", "teams", "types", "functionalities", "cause", "kind",
    "day", "week", "month",
)  # fmt: skip
MEASURES = {"acknowledge": "acknowledged_at", "mitigate": "mitigated_at", "resolve": "resolved_at"}
"""Minutes from `started_at` to each of these, over the incidents that have both."""

_PERIODS = ("day", "week", "month")
_FIELDS = {"cause": "causes"}
_OWN = frozenset(
    ("status", "kind", "private", "user_id", "severity", "severity_id", "sequential_id", "search", "labels", "slack_channel_id")
)
"""Filters by what an incident has itself, whose changes move its `updated_at`."""
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class _Entry:
    """What is counted of one incident.

    `groups` are those that it belongs to; None where Rootly's answer does not say. `took` has milliseconds for each of
    MEASURES: negative where it ended before it started, None where one of the two is not known. `gaps` is None if it has none.
    """

    groups: tuple[tuple[str | None, ...], ...] | None
    is_live: bool
    is_started: bool
    took: tuple[int | None, ...]
    gaps: Gaps | None


@dataclass
class _Group:
    incidents: int = 0
    live: int = 0
    took: tuple[list[int], ...] = field(default_factory=lambda: tuple([] for _ in MEASURES))


async def summarise(question: Question, group_by: Sequence[str], connection: Connection) -> Answer:
    """One row a group, the largest first; groups of time in their order. It is right for one moment, which is `as_of`.

    Raises:
        TooLarge: more incidents match than a summary covers.
        TimedOut: the time for summaries ended first; it says how far it came. Never part of a total.
    """
    entries = _Entries(tuple(group_by))
    reader = SnapshotReader(question, connection, entries.of, entries.view.needs())
    with anyio.move_on_after(connection.summary_timeout_s) as scope, ungrouped():
        snapshot = await reader.read()
        unproven = await reader.check.notes(connection)
    if scope.cancelled_caught:
        raise TimedOut(_out_of_time(reader, connection.summary_timeout_s))
    answer = _Summary(question, tuple(group_by), snapshot).answer()
    answer.notes += unproven
    return answer


def _out_of_time(reader: SnapshotReader[_Entry], timeout_s: float) -> str:
    if not reader.incidents:
        return f"Rootly did not answer within {timeout_s:g} s: no incident could be read."
    narrow = "narrow the question, for example by created_at or status, and add the parts up."
    if len(reader.incidents) < reader.total:
        return f"Only {len(reader.incidents):,} of {reader.total:,} incidents could be read within {timeout_s:g} s: {narrow}"
    return (
        f"{reader.total:,} incidents were read, but while they changed, no exact count could be had within {timeout_s:g} s: "
        f"ask again, or {narrow}"
    )


@dataclass(frozen=True)
class _Entries:
    """Makes entries for one grouping."""

    group_by: tuple[str, ...]

    @property
    def view(self) -> View:
        names = [_FIELDS.get(name, name) for name in self.group_by if name not in _PERIODS]
        return View(("status", "started_at", *MEASURES.values(), *names), omit_usual=False)

    def of(self, document: Document, incident: Incident) -> _Entry:
        rows = Rows(document, self.view)
        row = rows.row(incident)
        is_known = self._is_known(document, incident)
        return _Entry(
            groups=tuple(product(*(self._values(name, incident, row) for name in self.group_by))) if is_known else None,
            is_live=row.get("status") in LIVE,
            is_started="started_at" in row,
            took=tuple(_took(incident, name) for name in MEASURES.values()),
            gaps=rows.gaps if rows.gaps != Gaps() else None,
        )

    def _is_known(self, document: Document, incident: Incident) -> bool:
        """Whether the answer says which services, teams … it has, as far as they are counted by."""
        return all(document.related(incident, SLUGS[name]) is not None for name in _relations(self.group_by))

    def _values(self, name: str, incident: Incident, row: Mapping[str, Any]) -> Sequence[str | None]:
        """The groups of one kind that an incident belongs to: each of its services, or None where it has none."""
        if name in _PERIODS:
            return [_period(name, row.get("started_at") or times.shown(incident.attributes.get("created_at")))]
        value = row.get(_FIELDS.get(name, name))
        return [*dict.fromkeys(value)] if isinstance(value, list) else [value]


def _relations(group_by: Sequence[str]) -> list[str]:
    """The fields among the groups that Rootly tells by relations."""
    return [field for name in group_by if (field := _FIELDS.get(name, name)) in SLUGS]


def _took(incident: Incident, name: str) -> int | None:
    # Not from the row, whose times are to the second.
    started = times.parse(incident.attributes.get("started_at"))
    ended = times.parse(incident.attributes.get(name))
    return (ended - started) // _MILLISECOND if started and ended else None


@dataclass
class _Summary:
    question: Question
    group_by: tuple[str, ...]
    snapshot: Snapshot[_Entry]
    groups: dict[tuple[str | None, ...], _Group] = field(default_factory=dict)
    gaps: Gaps = field(default_factory=Gaps)
    unknown: int = 0
    unstarted: int = 0
    backwards: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        for entry in self.snapshot.incidents.values():
            self._add(entry)

    def _add(self, entry: _Entry) -> None:
        if entry.gaps:
            self.gaps.add(entry.gaps)
        if entry.groups is None:
            self.unknown += 1
            return
        self.unstarted += not entry.is_started
        self.backwards.update(name for name, took in zip(MEASURES, entry.took, strict=True) if took is not None and took < 0)
        for key in entry.groups:
            self._count(self.groups.setdefault(key, _Group()), entry)

    def _count(self, group: _Group, entry: _Entry) -> None:
        group.incidents += 1
        group.live += entry.is_live
        for values, took in zip(group.took, entry.took, strict=True):
            if took is not None and took >= 0:
                values.append(took)

    def answer(self) -> Answer:
        measured = [f"{measure}_{part}" for measure in MEASURES for part in ("p50", "p90")]
        rows = sorted(self.groups.items(), key=self._order)
        partial = self._partial()
        number = len(self.snapshot.incidents)
        return Answer(
            rows_key="rows",
            rows=[[*key, group.incidents, group.live, *_measures(group)] for key, group in rows],
            facts={"columns": [*self.group_by, "incidents", "live", *measured]},
            more={**({"partial": partial} if partial else {}), "covered": {"incidents": number, "of": number}},
            as_of=self.snapshot.at,
            notes=[*self.gaps.notes(), *self._notes()],
            sandbox=self.snapshot.sandbox,
            ahead=self.snapshot.ahead,
        )

    def _notes(self) -> Iterator[str]:
        several = [name for name in self.group_by if _FIELDS.get(name, name) in SLUGS]
        if several:
            yield f"An incident with several {' or '.join(several)} counts under each."
        if self.unknown:
            which = " or ".join(several)
            yield f"{self.unknown} incidents count in no row: Rootly's answer does not say which {which} they have."
        if self.unstarted and self._periods:
            yield f"{self.unstarted} incidents without started_at count where they were created."
        if self.backwards:
            counts = ", ".join(f"{name} ({count})" for name, count in self.backwards.items())
            yield f"Left out of the minutes, because they end before started_at: {counts}."
        others = [name for name in self.question.ranges if name != "started_at"]
        if others and self._periods:
            yield f"Periods go by started_at: whether {' or '.join(others)} cuts some is not known."
        if not self.snapshot.is_one_answer and (assumed := self._assumed()):
            yield f"Assumes that Rootly moves updated_at when {', '.join(assumed)} of an incident change."

    @property
    def _periods(self) -> list[str]:
        return [name for name in self.group_by if name in _PERIODS]

    def _assumed(self) -> list[str]:
        """What is counted by, or filtered by, of which it is not known whether `updated_at` moves with it."""
        asked = (*self.question.filters, *self.question.excluded)
        return [*dict.fromkeys((*_relations(self.group_by), *(name for name in asked if name not in _OWN)))]

    def _partial(self) -> list[str]:
        """The periods that have not ended, and those that a bound on `started_at` cuts."""
        bounds = self.question.ranges.get("started_at", {}).values()
        partial = set()
        for place, name in enumerate(self.group_by):
            if name in _PERIODS:
                cut = {_period(name, times.stamp(self.snapshot.at)), *(_cut(name, at) for at in bounds)}
                partial |= {key[place] for key in self.groups} & cut
        return sorted(period for period in partial if period)

    def _order(self, item: tuple[tuple[str | None, ...], _Group]) -> tuple[Any, ...]:
        key, group = item
        by_time = [value or "" for name, value in zip(self.group_by, key, strict=True) if name in _PERIODS]
        return (*by_time, -group.incidents, *(value or "" for value in key))


def _cut(name: str, bound: datetime) -> str | None:
    """The period that begins before *bound* and ends after it; None where one begins just there."""
    before, after = (_period(name, times.stamp(at)) for at in (bound - _MILLISECOND, bound))
    return after if after == before else None


def _period(name: str, at: str | None) -> str | None:
    """The UTC day, the Monday of its week, or its month."""
    if at is None:
        return None
    if name == "month":
        return at[:7]
    day = datetime.fromisoformat(at[:10])
    return (day - timedelta(days=day.weekday() if name == "week" else 0)).date().isoformat()


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
