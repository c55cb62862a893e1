"""Random readings: the newest of incidents that change meanwhile, with a bound and little time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import anyio

from evals import truth
from evals.conditions import condition
from evals.matches import Matches
from evals.settings import NO_CERTIFICATES, NOW
from evals.summaries import (
    CHANGING_REQUESTS,
    SummaryPlan,
    absolute,
    is_comparable,
    is_explained,
)
from evals.walks import MAY_NOT_FIT, Verdict
from sandbox.drift import drift
from sandbox.serving import Sandbox
from sandbox.store import Store
from tools.connection import connect
from tools.errors import ToolError
from tools.limits import Limits
from tools.rootly import ROOTLY
from tools.rootly.document import Document, Incident
from tools.rootly.list_arguments import ListIncidents
from tools.rootly.question import Needs, Question
from tools.rootly.reading.reading import Reading, read_newest
from tools.rootly.vocabulary import STATUSES, is_live
from tools.validation import validate

_ATTRIBUTES = ("status", "kind")
_NEEDS = Needs(frozenset(_ATTRIBUTES))
_MOST_TIME_S = 40
_RECENTLY = timedelta(hours=2)

Record = tuple[Any, ...]


@dataclass(frozen=True)
class Moment:
    """The incidents that match before a request: when they were created, and their records."""

    created_at: Mapping[int, datetime]
    records: Mapping[str, Record]

    def part(self, since: datetime | None) -> Mapping[str, Record]:
        """The records of the incidents that were created since then."""
        if since is None:
            return self.records
        return {
            key: record
            for key, record in self.records.items()
            if self.created_at[int(key)] >= since
        }


@dataclass
class Timeline:
    """What was true while a reading went on."""

    matches: Matches
    moments: list[Moment] = field(default_factory=list)
    created_at: dict[int, datetime] = field(default_factory=dict)
    """When each incident was created that ever matched."""

    def record(self, store: Store, where: str) -> None:
        """Record what is true now."""
        self.matches.look(store)
        moment = _moment(store, where)
        self.moments.append(moment)
        self.created_at |= moment.created_at


@dataclass(frozen=True)
class ReadingPlan:
    """A summary's incidents, dials, filters and changes, with the limits of a reading.

    `limit`: How many incidents to read at most.
    `time_s`: How much time the call has.
    `is_divided`: Whether several questions together ask for the incidents.
    """

    summary: SummaryPlan
    limit: int
    in_flight: int
    time_s: float
    is_divided: bool

    @classmethod
    def of(cls, seed: int) -> "ReadingPlan":
        random = Random(seed)
        return cls(
            SummaryPlan.of(seed),
            limit=random.choice([1, 20, 99, 100, 150, 300, 5_000]),
            in_flight=random.choice([1, 3, 8]),
            time_s=random.choice([_MOST_TIME_S, _MOST_TIME_S, 0.05, 0.1, 0.2, 0.4]),
            is_divided=random.random() < 0.5,
        )

    def questions(self, question: Question) -> Sequence[Question]:
        """The questions that together ask for the incidents of *question*.

        An incident whose status changes moves from one to the other. Some match two of them.
        """
        # With this dial, Rootly sends what matches any of the filters.
        if not self.is_divided or self.summary.is_turned("combined"):
            return [question]
        asked = question.filters.get("status", STATUSES)
        live = [status for status in asked if is_live(status)]
        others = [status for status in asked if not is_live(status)]
        questions = [
            replace(question, filters={**question.filters, "status": statuses})
            for statuses in (live, others)
            if statuses
        ]
        return [*questions, question.narrow("updated_at", {"gte": NOW - _RECENTLY})]


async def read(sandbox: Sandbox, plan: ReadingPlan) -> Verdict:
    """Run a random reading, and judge its result."""
    summary = plan.summary
    sandbox.load(summary.world())
    random, change = Random(-summary.seed), drift(summary.seed)
    where = condition(absolute(summary.filters))
    timeline = Timeline(Matches(summary.filters, summary.dials))

    def meanwhile(store: Store) -> None:
        if 0 < len(timeline.moments) < CHANGING_REQUESTS and random.random() < summary.changes:
            change(store)
        timeline.record(store, where)

    sandbox.script.before_each(meanwhile)
    limits = Limits(
        requests_per_minute=10**6,
        backoff_s=0.001,
        max_in_flight=plan.in_flight,
        summary_max=plan.limit,
    )
    url = sandbox.url("rootly", **summary.dials)
    connection = connect(ROOTLY, url, "key", limits=limits, clock=lambda: NOW, tls=NO_CERTIFICATES)
    arguments = validate(ListIncidents, summary.filters, now=NOW, vendor=ROOTLY.title)
    async with connection.http:
        try:
            with anyio.fail_after(plan.time_s):
                questions = plan.questions(arguments.question())
                reading = await read_newest(questions, connection, _record, _NEEDS)
        except ToolError as error:
            return _judge_error(plan, error)
        except TimeoutError:
            return _judge_timeout(plan)
    return judge(plan, reading, timeline)


def _record(document: Document, incident: Incident) -> Record:
    return tuple(incident.attributes.get(name) for name in _ATTRIBUTES)


def _moment(store: Store, where: str) -> Moment:
    columns = ", ".join(("sequential_id", "created_at", *_ATTRIBUTES))
    created_at, records = {}, {}
    for number, at, *record in truth.select(store, columns, where):
        created_at[number] = datetime.fromisoformat(at)
        records[str(number)] = tuple(record)
    return Moment(created_at, records)


def _judge_error(plan: ReadingPlan, error: ToolError) -> Verdict:
    if is_explained(plan.summary, error.code, str(error)):
        return Verdict(error.code, [])
    return Verdict(error.code, [f"an error that nothing explains: {error}"])


def _judge_timeout(plan: ReadingPlan) -> Verdict:
    if plan.time_s < _MOST_TIME_S:
        return Verdict("timeout", [])
    return Verdict("timeout", ["a timeout that nothing explains"])


def judge(plan: ReadingPlan, reading: Reading[Record], timeline: Timeline) -> Verdict:
    """Compare the reading with the data at each request."""
    kind = "noted" if reading.notes() else "exact"
    if MAY_NOT_FIT.search(" ".join(reading.notes())):
        return Verdict(kind, [])
    faults: list[str] = []
    # If an empty page has no count, nothing shows that it is not the last one.
    if reading.of is not None or not plan.summary.is_turned("empty_page"):
        faults += _missing(reading, timeline)
    if not plan.summary.is_turned("ignore"):
        # If Rootly ignores the kind, a sub-kind is accepted, because Rootly may mean both.
        faults += _never_matched(reading, timeline)
    if reading.is_proven and is_comparable(plan.summary):
        faults += _never_true(reading, timeline)
    return Verdict(kind, faults)


def _never_true(reading: Reading[Record], timeline: Timeline) -> Iterator[str]:
    """What is proven must have been true at one of the requests."""
    incidents = reading.incidents
    if reading.since is not None:
        # Of the older ones, some may have been read, if there are several questions.
        incidents = {
            key: record
            for key, record in incidents.items()
            if timeline.created_at[int(key)] >= reading.since
        }
    if incidents not in [moment.part(reading.since) for moment in timeline.moments]:
        yield "never true"
    counts = [len(moment.records) for moment in timeline.moments]
    if reading.of is not None and reading.of not in counts:
        yield f"of {reading.of} was never true"


def _missing(reading: Reading[Record], timeline: Timeline) -> Iterator[str]:
    """Even if nothing is proven, what matched all the time is there."""
    missing = (timeline.matches.always or set()) - _numbers(reading)
    if reading.since is not None:
        missing &= {number for number, at in timeline.created_at.items() if at >= reading.since}
    if missing:
        yield f"missing: {sorted(missing)}"


def _never_matched(reading: Reading[Record], timeline: Timeline) -> Iterator[str]:
    surplus = _numbers(reading) - timeline.matches.ever
    if surplus:
        yield f"never matched: {sorted(surplus)}"


def _numbers(reading: Reading[Record]) -> set[int]:
    return {*map(int, reading.incidents)}
