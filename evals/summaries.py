"""Random summaries: counts of data that changes while it is read, with random dials."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import Any

import anyio

from evals import draw, truth
from evals.conditions import condition
from evals.matches import RELATIVE, Matches
from evals.question import groups
from evals.settings import NOW, settings_for
from evals.walks import MAY_NOT_FIT, Verdict
from sandbox.drift import drift
from sandbox.rootly.dials import DIALS
from sandbox.serving import Sandbox
from sandbox.store import Store
from server.dispatcher import Dispatcher
from server.single_flight import SingleFlight
from tools.limits import Limits

GROUPS = (
    ["severity"],
    ["status"],
    ["services"],
    ["teams"],
    ["kind"],
    ["day"],
    ["month", "severity"],
    ["status", "services"],
)
CHANGING_REQUESTS = 60
"""The data changes only before so many requests. A count cannot be proven while it changes."""

UNCERTAIN = re.compile(rf"Assumes that Rootly sets updated_at when|{MAY_NOT_FIT.pattern}")
"""The notes that the count or the groups may be wrong."""

_BLURRING = {
    "relations",
    "severity",
    "slugs",
    "shown",
    "stored",
    "ignore",
    "kind_filter",
    "label_filter",
    "excluding",
    "compared",
    "updated_clock",
}
"""With these dials an answer has other groups than SQL, or it is not certain what matches."""

Groups = Mapping[tuple[Any, ...], list[Any]]


@dataclass(frozen=True)
class SummaryPlan:
    """The incidents, the dials, the question and the changes, all drawn from one seed.

    `crowd`: How many incidents there are in one second, in addition to `size`.
    `changes`: The probability of a change before a request.
    """

    seed: int
    dials: Mapping[str, str]
    filters: Mapping[str, Any]
    group_by: list[str]
    size: int
    spread_s: int
    crowd: int
    changes: float

    @classmethod
    def of(cls, seed: int) -> "SummaryPlan":
        random = Random(seed)
        dials = draw.dials(random)
        crowds = [0, 0, 0, 0, 130]
        if dials.get("ties") == "request":
            # A crowd whose order changes in each request cannot be read within the 40 s.
            crowds = []
        return cls(
            seed=seed,
            dials=dials,
            filters=draw.question(random),
            group_by=random.choice(GROUPS),
            size=random.choice([0, 3, 99, 100, 101, 250, 450]),
            spread_s=random.choice([90, 5_000, 10**6]),
            crowd=random.choice(crowds) if crowds else 0,
            changes=random.choice([0, 0.1, 0.3, 1]),
        )

    def dial(self, name: str) -> str:
        return self.dials.get(name, DIALS[name].default)

    def is_turned(self, *names: str) -> bool:
        """Whether any of these dials is not at its default."""
        return any(self.dial(name) != DIALS[name].default for name in names)

    def world(self) -> Store:
        random = Random(self.seed)
        hour = timedelta(hours=1)
        after_s = [random.random() * self.spread_s for _ in range(self.size)]
        ages = [hour + timedelta(seconds=seconds) for seconds in after_s]
        after_ms = [random.randrange(1_000) for _ in range(self.crowd)]
        ages += [2 * hour + timedelta(milliseconds=ms) for ms in after_ms]
        incidents = [draw.incident(random, NOW - age, place) for place, age in enumerate(ages)]
        return Store.containing(incidents, NOW)


@dataclass
class Summary:
    """The answer, and the true groups before each request."""

    matches: Matches
    answer: dict[str, Any] = field(default_factory=dict)
    groups: list[Groups] = field(default_factory=list)

    @property
    def notes(self) -> str:
        return " ".join(self.answer.get("notes", []))


async def summarise(sandbox: Sandbox, plan: SummaryPlan) -> Verdict:
    """Run a random summary, and judge its answer."""
    [verdict] = await summarise_together(sandbox, plan, callers=1)
    return verdict


async def summarise_together(sandbox: Sandbox, plan: SummaryPlan, *, callers: int) -> list[Verdict]:
    """Run a random summary for several callers at the same time, who share requests.

    Judge the answer to each of them.
    """
    sandbox.load(plan.world())
    random, change = Random(-plan.seed), drift(plan.seed)
    summary = Summary(Matches(plan.filters, plan.dials))
    answers: list[dict[str, Any]] = []
    where = condition(absolute(plan.filters))

    def meanwhile(store: Store) -> None:
        requests = len(summary.groups)
        if 0 < requests < CHANGING_REQUESTS and random.random() < plan.changes:
            change(store)
        summary.matches.look(store)
        summary.groups.append(truth.groups(store, plan.group_by, where))

    sandbox.script.before_each(meanwhile)
    settings = replace(
        settings_for(sandbox, **plan.dials),
        limits=Limits(
            summary_timeout_s=40,
            requests_per_minute=10**6,
            backoff_s=0.001,
            max_result_chars=10**6,
        ),
    )
    question = {**plan.filters, "group_by": plan.group_by}

    async def ask() -> None:
        answers.append(json.loads((await dispatcher.call("list_incidents", question)).text))

    single_flight = SingleFlight(fresh_s=60) if callers > 1 else None
    async with (
        Dispatcher(settings, clock=lambda: NOW, single_flight=single_flight) as dispatcher,
        anyio.create_task_group() as calls,
    ):
        for _ in range(callers):
            calls.start_soon(ask)
    return [judge(plan, replace(summary, answer=answer)) for answer in answers]


def absolute(filters: Mapping[str, Any]) -> Mapping[str, Any]:
    """The filters without relative times, such as `-4h`, which SQL does not know."""
    return {name: value for name, value in filters.items() if not _is_relative(value)}


def _is_relative(value: Any) -> bool:
    return isinstance(value, dict) and value.get("gte") in RELATIVE


def judge(plan: SummaryPlan, summary: Summary) -> Verdict:
    """Compare the answer with the data at each request.

    The count must have been true at one of them, and so must the groups, if they are comparable.
    """
    error = summary.answer.get("error")
    if error:
        if is_explained(plan, error["code"], error["message"]):
            return Verdict(error["code"], [])
        return Verdict(error["code"], [f"an error that nothing explains: {error['message']}"])
    if _is_exact(plan, summary):
        return Verdict("exact", [])
    if UNCERTAIN.search(summary.notes):
        return Verdict("noted", [])
    return Verdict("noted", [f"never true: {summary.answer}"])


def _is_exact(plan: SummaryPlan, summary: Summary) -> bool:
    if not summary.matches.allows_count(summary.answer["covered"]["of"]):
        return False
    return not is_comparable(plan) or groups(summary.answer, plan.group_by) in summary.groups


def is_comparable(plan: SummaryPlan) -> bool:
    """Whether the answer can be compared with the groups that SQL gives."""
    has_relative_times = absolute(plan.filters) != plan.filters
    return not has_relative_times and plan.dials.keys().isdisjoint(_BLURRING)


def is_explained(plan: SummaryPlan, code: str, message: str) -> bool:
    """Whether Rootly refused the request, or its answer contradicts itself or the question."""
    if code == "not_found":
        return plan.is_turned("gone") and "sequential_id" in plan.filters
    if code != "unexpected_response":
        return False
    is_blurred = plan.dial("compared") == "minute"
    if "ignored the filter" in message:
        # A minute with too many incidents for one answer is read by seconds, which Rootly ignores.
        return is_blurred or plan.is_turned("ignore", "combined")
    if "does not say how many" in message:
        return plan.is_turned("meta") or plan.dial("total") == "missing"
    if "sent none of them" in message or "sent no incidents" in message:
        return is_blurred or plan.is_turned("total", "empty_page")
    if "incidents match, but sent" in message:
        return is_blurred or plan.is_turned("total")
    return False
