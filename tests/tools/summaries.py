"""Random summaries: counts of a world that changes while it is read, under every setting of the sandbox's dials."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any

from sandbox.drift import drift
from sandbox.serving import Sandbox
from sandbox.store import Store
from server.desk import Desk
from tests.conftest import NOW, settings_for
from tests.evals import truth
from tests.truth import condition

DIALS: Mapping[str, tuple[str, ...]] = {
    "shape": ("nested", "references"),
    "relations": ("data", "links:services", "absent:services", "null:groups"),
    "fieldsets": ("all", "attributes", "ignored"),
    "attributes": ("recorded", "all"),
    "page_limit": ("100", "50", "10"),
    "page_limit_told": ("yes", "no"),
    "cursor": ("on", "off"),
    "last_cursor": ("null", "absent", "set", "always"),
    "stored": ("ms", "us", "s"),
    "compared": ("stored", "ms", "s", "minute"),
    "sorted": ("stored", "ms", "s", "minute"),
    "shown": ("ms", "us", "s", "minute"),
    "zone": ("-08:00", "Z", "+05:30"),
    "clock": ("0", "-300", "300"),
    "updated_clock": ("0", "-300", "300"),
    "excluding": ("keeps", "drops"),
}
LIES: Mapping[str, tuple[str, ...]] = {
    "meta": ("none",),
    "total": ("missing", "zero", "more:7", "fewer:7", "100"),
    "empty_page": ("1", "2"),
}
"""Dials with which Rootly's answers contradict themselves, so that there may be no count."""
GROUPS = (["severity"], ["status"], ["services"], ["teams"], ["kind"], ["day"], ["month", "severity"], ["status", "services"])
FILTERS: tuple[Mapping[str, Any], ...] = (
    {},
    {},
    {"severity": ["sev1", "sev2"]},
    {"status": ["started", "acknowledged", "resolved"]},
    {"services": ["checkout-api", "search-api", "ingress"]},
    {"exclude": {"status": ["closed"]}},
    {"created_at": {"gte": (NOW - timedelta(days=3)).isoformat()}},
    {"updated_at": {"gte": (NOW - timedelta(days=3)).isoformat()}},
)
SERVICES = ("checkout-api", "payments-gateway", "auth-service", "search-api", "ingress")
STATUSES = ("started", "acknowledged", "mitigated", "resolved", "closed")


@dataclass(frozen=True)
class Verdict:
    """`kind` is `exact`, `noted`, or the code of an error."""

    is_right: bool
    kind: str
    answer: Mapping[str, Any]


@dataclass(frozen=True)
class SummaryPlan:
    """A world, the dials, the question and what changes, all drawn from one number."""

    seed: int
    dials: Mapping[str, str]
    question: Mapping[str, Any]
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
        dials = {name: random.choice(values) for name, values in DIALS.items() if random.random() < 0.3}
        if random.random() < 0.15:
            name = random.choice([*LIES])
            dials[name] = random.choice(LIES[name])
        if dials.get("page_limit_told") == "no" and (dials.get("total") == "missing" or dials.get("meta") == "none"):
            del dials["page_limit_told"]
        return cls(
            seed=seed,
            dials=dials,
            question=random.choice(FILTERS),
            group_by=random.choice(GROUPS),
            size=random.choice([0, 3, 99, 100, 101, 250, 450]),
            spread_s=random.choice([90, 5_000, 10**6]),
            crowd=random.choice([0, 0, 0, 0, 130]),
            changes=random.choice([0, 0.1, 0.3, 1]),
        )

    @property
    def may_contradict(self) -> bool:
        """Whether an answer can contradict itself, or the question: then there may be no count."""
        has_finer_bounds = self.crowd > 0 or self.spread_s < 100 or self.dials.get("page_limit") == "10"
        if self.dials.get("compared") == "minute" and has_finer_bounds:
            return True
        return any(self.dials.get(name) in values for name, values in LIES.items())

    def world(self) -> Store:
        random = Random(self.seed)
        at = [NOW - timedelta(hours=1, seconds=random.random() * self.spread_s) for _ in range(self.size)]
        second = NOW - timedelta(hours=2)
        at += [second + timedelta(milliseconds=random.randrange(1_000)) for _ in range(self.crowd)]
        return Store.containing([_incident(random, created_at) for created_at in at], NOW)


def _incident(random: Random, created_at: Any) -> dict[str, Any]:
    started = created_at + timedelta(minutes=random.randrange(-5, 5)) if random.random() < 0.9 else None
    return {
        "created_at": created_at,
        "started_at": started,
        "acknowledged_at": created_at + timedelta(minutes=3),
        "status": random.choice(STATUSES),
        "kind": random.choice(["normal", "normal", "normal", "test"]),
        "severity": [random.choice(["sev0", "sev1", "sev2"])],
        "services": random.sample(SERVICES, random.choice([0, 1, 1, 2])),
        "groups": random.choice([[], ["payments"]]),
    }


async def summarise(sandbox: Sandbox, plan: SummaryPlan) -> Verdict:
    """The answer, held against SQL: it has to be that of one moment while it was read."""
    sandbox.load(plan.world())
    random = Random(-plan.seed)
    change = drift(plan.seed)
    moments: list[tuple[dict[tuple[Any, ...], list[Any]], int]] = []
    where = condition(plan.question)

    def meanwhile(store: Store) -> None:
        # Changes end at some time: before that there may be no moment that can be proven.
        if moments and len(moments) < 60 and random.random() < plan.changes:
            change(store)
        moments.append((truth.groups(store, plan.group_by, where), truth.count(store, where)))

    sandbox.script.before_each(meanwhile)
    settings = replace(
        settings_for(sandbox, **plan.dials),
        summary_timeout_s=20,
        requests_per_minute=10**6,
        backoff_s=0.001,
        max_result_chars=10**6,
    )
    async with Desk(settings, clock=lambda: NOW) as desk:
        answer = json.loads((await desk.call("list_incidents", {**plan.question, "group_by": plan.group_by})).text)
    return _judged(plan, answer, moments)


def _judged(plan: SummaryPlan, answer: Any, moments: list[tuple[dict[tuple[Any, ...], list[Any]], int]]) -> Verdict:
    if "error" in answer:
        code = answer["error"]["code"]
        return Verdict(code == "unexpected_response" and plan.may_contradict, code, answer)
    notes = " ".join(answer.get("notes", []))
    keys = len(plan.group_by)
    groups = {tuple(row[:keys]): row[keys:] for row in answer["rows"]}
    if (groups, answer["covered"]["of"]) in moments:
        return Verdict(True, "exact", answer)
    if "count in no row" in notes:
        return Verdict(answer["covered"]["of"] in [total for _, total in moments] or "Assumes" in notes, "noted", answer)
    return Verdict("Assumes that Rootly moves updated_at when" in notes and "services" in notes, "noted", answer)
