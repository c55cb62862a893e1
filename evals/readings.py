"""Random readings: the newest of incidents that change meanwhile, with a bound and little time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

import anyio

from evals import truth
from evals.conditions import condition
from evals.settings import NOW
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
from tools.rootly.question import Needs
from tools.rootly.reading import Reading, read_newest
from tools.validation import validate

_ATTRIBUTES = ("status", "kind")
_NEEDS = Needs(frozenset(_ATTRIBUTES))
_MOST_TIME_S = 40

Record = tuple[Any, ...]


@dataclass(frozen=True)
class Moment:
    """The incidents that match before a request.

    `created_at` and `records` are by incident number.
    """

    created_at: Mapping[str, datetime]
    records: Mapping[str, Record]

    def part(self, since: datetime | None) -> Mapping[str, Record]:
        """The records of the incidents that were created since then."""
        if since is None:
            return self.records
        return {
            key: record for key, record in self.records.items() if self.created_at[key] >= since
        }


@dataclass(frozen=True)
class ReadingPlan:
    """A summary's incidents, dials, filters and changes, with the limits of a reading.

    `limit`: How many incidents to read at most.
    `time_s`: How much time the call has.
    """

    summary: SummaryPlan
    limit: int
    in_flight: int
    time_s: float

    @classmethod
    def of(cls, seed: int) -> "ReadingPlan":
        random = Random(seed)
        return cls(
            SummaryPlan.of(seed),
            limit=random.choice([1, 20, 99, 100, 150, 300, 5_000]),
            in_flight=random.choice([1, 3, 8]),
            time_s=random.choice([_MOST_TIME_S, _MOST_TIME_S, 0.05, 0.1, 0.2, 0.4]),
        )


async def read(sandbox: Sandbox, plan: ReadingPlan) -> Verdict:
    """Run a random reading, and judge its result."""
    summary = plan.summary
    sandbox.load(summary.world())
    random, change = Random(-summary.seed), drift(summary.seed)
    where = condition(absolute(summary.filters))
    moments: list[Moment] = []

    def meanwhile(store: Store) -> None:
        if 0 < len(moments) < CHANGING_REQUESTS and random.random() < summary.changes:
            change(store)
        moments.append(_moment(store, where))

    sandbox.script.before_each(meanwhile)
    limits = Limits(
        requests_per_minute=10**6,
        backoff_s=0.001,
        max_in_flight=plan.in_flight,
        summary_max=plan.limit,
    )
    url = sandbox.url("rootly", **summary.dials)
    connection = connect(ROOTLY, url, "key", limits=limits, clock=lambda: NOW)
    arguments = validate(ListIncidents, summary.filters, now=NOW, vendor=ROOTLY.title)
    async with connection.http:
        try:
            with anyio.fail_after(plan.time_s):
                reading = await read_newest([[arguments.question()]], connection, _record, _NEEDS)
        except ToolError as error:
            return _judge_error(plan, error)
        except TimeoutError:
            return _judge_timeout(plan)
    return judge(plan, reading, moments)


def _record(document: Document, incident: Incident) -> Record:
    return tuple(incident.attributes.get(name) for name in _ATTRIBUTES)


def _moment(store: Store, where: str) -> Moment:
    columns = ", ".join(("sequential_id", "created_at", *_ATTRIBUTES))
    created_at, records = {}, {}
    for number, at, *record in truth.select(store, columns, where):
        created_at[str(number)] = datetime.fromisoformat(at)
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


def judge(plan: ReadingPlan, reading: Reading[Record], moments: list[Moment]) -> Verdict:
    """Compare the reading with the data at each request.

    If it is proven, it must be what matched at one of them. If it is not, no incident may be
    missing that matched at all of them.
    """
    kind = "noted" if reading.notes() else "exact"
    if not is_comparable(plan.summary) or MAY_NOT_FIT.search(" ".join(reading.notes())):
        return Verdict(kind, [])
    faults = []
    parts = [moment.part(reading.since) for moment in moments]
    if reading.is_proven and reading.incidents not in parts:
        faults.append("never true")
    if reading.is_proven and not any(len(moment.records) == reading.of for moment in moments):
        faults.append(f"of {reading.of} was never true")
    always = set.intersection(*(set(part) for part in parts))
    ever = set.union(*(set(part) for part in parts))
    if always - reading.incidents.keys():
        faults.append(f"missing: {sorted(always - reading.incidents.keys())}")
    if reading.incidents.keys() - ever:
        faults.append(f"never matched: {sorted(reading.incidents.keys() - ever)}")
    return Verdict(kind, faults)
