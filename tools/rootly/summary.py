"""Incidents counted in groups, with how long they took: all that match, read page by page, in parallel."""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import anyio

from tools import times
from tools.answer import Answer
from tools.connection import Connection
from tools.errors import TimedOut, TooLarge, UnexpectedResponse, ungrouped
from tools.rootly.document import Document, Incident
from tools.rootly.filter_check import FilterCheck
from tools.rootly.incident import Gaps, Rows, View
from tools.rootly.question import Question
from tools.rootly.relations import SLUGS
from tools.rootly.vocabulary import LIVE, MAX_OFFSET
from tools.text import identifier

GROUPS = (
    "status", "severity", "services", "environments", "teams", "types", "functionalities", "cause", "kind",
    "day", "week", "month",
)  # fmt: skip
MEASURES = {"acknowledge": "acknowledged_at", "mitigate": "mitigated_at", "resolve": "resolved_at"}
"""Minutes from `started_at` to each of these, over the incidents that have both."""

_PERIODS = ("day", "week", "month")
_FIELDS = {"cause": "causes"}
_PAGE = 100
_MILLISECOND = timedelta(milliseconds=1)


@dataclass
class _Group:
    """Times are kept as milliseconds of 8 bytes: those of 50,000 incidents fit into little more than a megabyte."""

    incidents: int = 0
    live: int = 0
    took: dict[str, "array[int]"] = field(default_factory=lambda: {name: array("q") for name in MEASURES})


async def summarise(question: Question, group_by: Sequence[str], connection: Connection) -> Answer:
    """One row a group, the largest first; groups of time in their order.

    Raises:
        TooLarge: more incidents match than a summary covers.
        TimedOut: the time for summaries ended first; it says how far it came. Never part of a total.
    """
    summary = _Summary(question, tuple(group_by), connection)
    with anyio.move_on_after(connection.summary_timeout_s) as scope, ungrouped():
        await summary.read()
        summary.notes += await summary.check.notes(connection)
    if scope.cancelled_caught:
        if not summary.ids:
            raise TimedOut(f"Rootly did not answer within {connection.summary_timeout_s:g} s: no incident could be read.")
        raise TimedOut(
            f"Only {len(summary.ids):,} of {summary.total:,} incidents could be read within {connection.summary_timeout_s:g} s: "
            "narrow the question, for example by created_at or status, and add the parts up."
        )
    return summary.answer()


@dataclass
class _Summary:
    question: Question
    group_by: tuple[str, ...]
    connection: Connection
    total: int = 0
    ids: set[str] = field(default_factory=set)
    groups: dict[tuple[str | None, ...], _Group] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    gaps: Gaps = field(default_factory=Gaps)
    unknown: int = 0
    unstarted: int = 0
    is_moving: bool = False
    as_of: datetime = field(init=False)
    sandbox: bool = False

    def __post_init__(self) -> None:
        self.check = FilterCheck(self.question)

    @property
    def _view(self) -> View:
        names = [_FIELDS.get(name, name) for name in self.group_by if name not in _PERIODS]
        return View(("status", "started_at", *MEASURES.values(), *names), omit_usual=False)

    async def read(self) -> None:
        """All pages. Oldest first, so that what is declared meanwhile comes behind what is counted."""
        first = await self._page(1)
        pages = range(2, -(-self.total // _PAGE) + 1)
        self._add(first, 1)
        await self.connection.progress(len(self.ids), self.total)
        async with anyio.create_task_group() as tasks:
            send, receive = anyio.create_memory_object_stream[int](len(pages))
            for number in pages:
                send.send_nowait(number)
            send.close()
            # As many readers as there may be requests in flight: a page is counted and gone before the next is read.
            for _ in range(min(len(pages), self.connection.budget.in_flight)):
                tasks.start_soon(self._reader, receive.clone())
            receive.close()

    async def _reader(self, numbers: Any) -> None:
        with numbers:
            async for number in numbers:
                self._add(await self._page(number), number)
                await self.connection.progress(len(self.ids), self.total)

    async def _page(self, number: int) -> Document:
        view = self._view
        paging = {"page[number]": str(number), "page[size]": str(_PAGE), "sort": "created_at"}
        reply = await self.question.ask(
            self.connection,
            paging,
            attributes=view.attributes() | {"sequential_id", "created_at"},
            relations=view.relations(),
            check=self.check,
        )
        if number == 1:
            self._begin(reply.body)
        self.is_moving |= reply.body.total not in (None, self.total)
        self.as_of, self.sandbox = reply.at, reply.sandbox
        return reply.body

    def _begin(self, first: Document) -> None:
        if first.total is None:
            raise UnexpectedResponse("Rootly does not say how many incidents match, so that a summary could not be complete.")
        limit = min(self.connection.summary_max, MAX_OFFSET)
        if first.total > limit:
            raise TooLarge(
                f"{first.total:,} incidents match, and a summary covers at most {limit:,}: narrow the question, for example by "
                "created_at, and add the parts up."
            )
        self.total = first.total

    def _add(self, page: Document, number: int) -> None:
        """Count the incidents of a page that matched when the first one was read, each once."""
        rows = Rows(page, self._view, self.gaps)
        places = self.total - (number - 1) * _PAGE
        unique: dict[str, Incident] = {}
        for place, incident in enumerate(page.incidents):
            known = [identifier(value) for value in (incident.id, *map(incident.attributes.get, ("sequential_id", "created_at")))]
            unique.setdefault(" ".join(filter(None, known)) or f"{number}.{place}", incident)
        for key, incident in [*unique.items()][:places]:
            if key in self.ids:
                continue
            self.ids.add(key)
            if not self._is_known(page, incident):
                self.unknown += 1
                continue
            row = rows.row(incident)
            self.unstarted += "started_at" not in row
            for group in self._keys(incident, row):
                self._count(self.groups.setdefault(group, _Group()), incident, row)

    def _is_known(self, page: Document, incident: Incident) -> bool:
        """Whether the answer says which services, teams … it has, as far as they are counted by."""
        names = (_FIELDS.get(name, name) for name in self.group_by)
        return all(page.related(incident, SLUGS[name]) is not None for name in names if name in SLUGS)

    def _keys(self, incident: Incident, row: Mapping[str, Any]) -> Iterator[tuple[str | None, ...]]:
        """The groups that an incident belongs to: under each of its services, and under None where it has none."""

        def values(name: str) -> Sequence[str | None]:
            if name in _PERIODS:
                return [_period(name, row.get("started_at") or times.shown(incident.attributes.get("created_at")))]
            value = row.get(_FIELDS.get(name, name))
            return [*dict.fromkeys(value)] if isinstance(value, list) else [value]

        return product(*(values(name) for name in self.group_by))

    def _count(self, group: _Group, incident: Incident, row: Mapping[str, Any]) -> None:
        group.incidents += 1
        group.live += row.get("status") in LIVE
        # Not from the row, whose times are to the second.
        started = times.parse(incident.attributes.get("started_at"))
        for measure, name in MEASURES.items():
            ended = times.parse(incident.attributes.get(name))
            if started and ended and ended >= started:
                group.took[measure].append((ended - started) // _MILLISECOND)

    def answer(self) -> Answer:
        self.notes += self.gaps.notes()
        several = [name for name in self.group_by if _FIELDS.get(name, name) in SLUGS]
        if several:
            self.notes.append(f"An incident with several {' or '.join(several)} counts under each.")
        if self.unknown:
            which = " or ".join(several)
            self.notes.append(f"{self.unknown} incidents count in no row: Rootly's answer does not say which {which} they have.")
        if self.unstarted and {*self.group_by} & {*_PERIODS}:
            self.notes.append(f"{self.unstarted} incidents without started_at count where they were created.")
        if len(self.ids) < self.total or self.is_moving:
            self.notes.append("Incidents were declared, changed or went away while they were counted.")
        measured = [f"{measure}_{part}" for measure in MEASURES for part in ("p50", "p90")]
        rows = sorted(self.groups.items(), key=self._order)
        return Answer(
            rows_key="rows",
            rows=[[*key, group.incidents, group.live, *_measures(group)] for key, group in rows],
            facts={"columns": [*self.group_by, "incidents", "live", *measured]},
            more={"covered": {"incidents": len(self.ids), "of": self.total}},
            as_of=self.as_of,
            notes=self.notes,
            sandbox=self.sandbox,
        )

    def _order(self, item: tuple[tuple[str | None, ...], _Group]) -> tuple[Any, ...]:
        key, group = item
        by_time = [value or "" for name, value in zip(self.group_by, key, strict=True) if name in _PERIODS]
        return (*by_time, -group.incidents, *(value or "" for value in key))


def _period(name: str, at: str | None) -> str | None:
    """The UTC day, the Monday of its week, or its month."""
    if at is None:
        return None
    if name == "month":
        return at[:7]
    day = datetime.fromisoformat(at[:10])
    return (day - timedelta(days=day.weekday() if name == "week" else 0)).date().isoformat()


def _measures(group: _Group) -> Iterator[float | None]:
    for name in MEASURES:
        took = sorted(group.took[name])
        yield percentile(took, 50)
        yield percentile(took, 90)


def percentile(ordered: Sequence[int], percent: int) -> float | None:
    """The nearest rank, the smallest value that so many percent do not exceed: of milliseconds, in minutes to a tenth."""
    if not ordered:
        return None
    tenths = (ordered[-(-percent * len(ordered) // 100) - 1] + 3_000) // 6_000
    return tenths / 10 if tenths % 10 else tenths // 10
