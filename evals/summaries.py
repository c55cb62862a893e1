"""Random summaries: counts of a world that changes while it is read, under every setting of the sandbox's dials."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import Any

from evals import draw, truth
from evals.conditions import condition
from evals.matches import RELATIVE, Matches
from evals.settings import NOW, settings_for
from evals.walks import MAY_NOT_FIT, Verdict
from sandbox.drift import drift
from sandbox.rootly.dials import DIALS
from sandbox.serving import Sandbox
from sandbox.store import Store
from server.dispatcher import Dispatcher

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
"""While everything changes all the time, no moment can be proven: so the changes end."""

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
"""The dials with which an answer shows other groups than SQL has, or with which it is not certain what matches."""

Groups = Mapping[tuple[Any, ...], list[Any]]


@dataclass(frozen=True)
class SummaryPlan:
    """A world, the dials, the question and what changes, all drawn from one number."""

    seed: int
    dials: Mapping[str, str]
    filters: Mapping[str, Any]
    group_by: list[str]
    size: int
    spread_s: int
    crowd: int
    """How many incidents there are in one second, beside the others."""
    changes: float
    """How likely there is a change before a request."""

    @classmethod
    def of(cls, seed: int) -> "SummaryPlan":
        random = Random(seed)
        dials = draw.dials(random)
        return cls(
            seed=seed,
            dials=dials,
            filters=draw.question(random),
            group_by=random.choice(GROUPS),
            size=random.choice([0, 3, 99, 100, 101, 250, 450]),
            spread_s=random.choice([90, 5_000, 10**6]),
            # In an order that is new in each request, such a second is never read: the error comes after 40 s.
            crowd=0 if dials.get("ties") == "request" else random.choice([0, 0, 0, 0, 130]),
            changes=random.choice([0, 0.1, 0.3, 1]),
        )

    def dial(self, name: str) -> str:
        return self.dials.get(name, DIALS[name].default)

    def world(self) -> Store:
        random = Random(self.seed)
        times = [
            NOW - timedelta(hours=1, seconds=random.random() * self.spread_s)
            for _ in range(self.size)
        ]
        times += [
            NOW - timedelta(hours=2, milliseconds=random.randrange(1_000))
            for _ in range(self.crowd)
        ]
        return Store.containing(
            [draw.incident(random, at, place) for place, at in enumerate(times)], NOW
        )


@dataclass
class Summary:
    """The answer, and what was true before each request."""

    matches: Matches
    answer: dict[str, Any] = field(default_factory=dict)
    groups: list[Groups] = field(default_factory=list)

    @property
    def notes(self) -> str:
        return " ".join(self.answer.get("notes", []))


async def summarise(sandbox: Sandbox, plan: SummaryPlan) -> Verdict:
    sandbox.load(plan.world())
    random, change = Random(-plan.seed), drift(plan.seed)
    summary = Summary(Matches(plan.filters, plan.dials))
    where = condition(_spelled(plan.filters))

    def meanwhile(store: Store) -> None:
        requests = len(summary.groups)
        if 0 < requests < CHANGING_REQUESTS and random.random() < plan.changes:
            change(store)
        summary.matches.look(store)
        summary.groups.append(truth.groups(store, plan.group_by, where))

    sandbox.script.before_each(meanwhile)
    settings = replace(
        settings_for(sandbox, **plan.dials),
        summary_timeout_s=40,
        requests_per_minute=10**6,
        backoff_s=0.001,
        max_result_chars=10**6,
    )
    async with Dispatcher(settings, clock=lambda: NOW) as dispatcher:
        question = {**plan.filters, "group_by": plan.group_by}
        summary.answer = json.loads((await dispatcher.call("list_incidents", question)).text)
    return judge(plan, summary)


def _spelled(filters: Mapping[str, Any]) -> Mapping[str, Any]:
    """The filters without the relative ranges that `draw` makes: SQL knows no relative times."""
    return {
        name: value
        for name, value in filters.items()
        if not (isinstance(value, dict) and value.get("gte") in RELATIVE)
    }


def judge(plan: SummaryPlan, summary: Summary) -> Verdict:
    """The count has to be that of one moment while it was read, and so have the groups where they can be compared."""
    if error := summary.answer.get("error"):
        explained = _is_explained(plan, error["code"], error["message"])
        return Verdict(
            error["code"],
            [] if explained else [f"an error that nothing explains: {error['message']}"],
        )
    number = summary.answer["covered"]["of"]
    assumes = "Assumes that Rootly moves updated_at when" in summary.notes
    is_noted = assumes or MAY_NOT_FIT.search(summary.notes) is not None
    if any(few <= number <= many for few, many in summary.matches.counts):
        if not _is_comparable(plan):
            return Verdict("exact", [])
        if _groups(plan, summary.answer) in summary.groups:
            return Verdict("exact", [])
    return Verdict("noted", [] if is_noted else [f"never true: {summary.answer}"])


def _groups(plan: SummaryPlan, answer: Mapping[str, Any]) -> Groups:
    keys = len(plan.group_by)
    return {tuple(row[:keys]): row[keys:] for row in answer["rows"]}


def _is_comparable(plan: SummaryPlan) -> bool:
    """Whether the answer can be held against the groups that SQL gives."""
    is_relative = _spelled(plan.filters) != plan.filters
    return not is_relative and not plan.dials.keys() & _BLURRING


def _is_explained(plan: SummaryPlan, code: str, message: str) -> bool:
    """Whether Rootly's answer was a refusal, or contradicts itself or the question."""
    if code == "not_found":
        return plan.dial("gone") == "404" and "sequential_id" in plan.filters
    if code != "unexpected_response":
        return False
    is_blurred = plan.dial("compared") == "minute"
    if "did not heed" in message:
        # A minute with more incidents than an answer holds is read by seconds.
        return plan.dial("ignore") != "none" or plan.dial("combined") == "any" or is_blurred
    if "does not say how many" in message:
        return plan.dial("meta") == "none" or plan.dial("total") == "missing"
    if "sent none of them" in message or "sent no incidents" in message:
        return plan.dial("total") != "exact" or plan.dial("empty_page") != "none" or is_blurred
    return "incidents match, and sent" in message and (plan.dial("total") != "exact" or is_blurred)
