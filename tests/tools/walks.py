"""Random walks: lists that are read to their end while the world changes, under every setting of the sandbox's dials."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import Any

from sandbox.serving import Sandbox
from sandbox.store import Store
from server.desk import Desk
from tests.conftest import NOW, settings_for

DIALS: Mapping[str, tuple[str, ...]] = {
    "shape": ("nested", "references"),
    "meta": ("full", "none"),
    "total": ("exact", "missing", "more:7", "fewer:7"),
    "page_limit": ("100", "50", "10"),
    "page_limit_told": ("yes", "no"),
    "cursor": ("on", "off"),
    "last_cursor": ("null", "absent", "set", "always"),
    "stored": ("ms", "us", "s"),
    "compared": ("stored", "ms", "s"),
    "sorted": ("stored", "ms", "s"),
    "shown": ("ms", "us", "s", "minute"),
    "zone": ("-08:00", "Z", "+05:30"),
    "clock": ("0", "-300", "300"),
    "updated_clock": ("0", "-300", "300"),
}
MAX_PAGES = 600
MAX_CHANGING_PAGES = 40
"""A list sorted by the time of change, oldest first, has no end while incidents change faster than it is read."""


@dataclass
class Walk:
    """What someone saw who followed `next` to its end."""

    numbers: list[int] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)

    @property
    def notes(self) -> list[str]:
        return [note for answer in self.answers for note in answer.get("notes", [])]

    @property
    def error(self) -> dict[str, Any] | None:
        error: dict[str, Any] | None = self.answers[-1].get("error")
        return error


@dataclass(frozen=True)
class Plan:
    """A world, the dials, the question and what changes, all drawn from one number."""

    seed: int
    dials: Mapping[str, str]
    sort: str | None
    sizes: list[int]
    max_result_chars: int
    times: list[int]
    """When incidents are declared: milliseconds before the present, the oldest first."""
    changes: int
    """How many there are before each page, on average."""

    @classmethod
    def of(cls, seed: int, *, sorts: tuple[str | None, ...] = (None, "-created_at", "created_at")) -> "Plan":
        random = Random(seed)
        # Most dials stay where they are, so that their effects can be told apart.
        dials = {name: random.choice(values) for name, values in DIALS.items() if random.random() < 0.4}
        if dials.get("page_limit_told") == "no" and (dials.get("total") == "missing" or dials.get("meta") == "none"):
            # Nothing in such an answer tells that the page was cut: the README says so.
            del dials["page_limit_told"]
        size = random.choice([0, 1, 5, 24, 60, 150])
        spread = random.choice([300, 2_000, 60_000, 10**7])
        times = sorted((random.randrange(spread) for _ in range(size)), reverse=True)
        sizes = [random.choice([1, 3, 5, 7, 10, 25, 60, 100]) for _ in range(random.choice([1, 1, 3]))]
        if size > 60:
            sizes = [max(5, size) for size in sizes]
        return cls(seed, dials, random.choice(sorts), sizes, random.choice([10_000, 40_000]), times, random.choice([0, 0, 1, 3]))

    def world(self) -> Store:
        incidents = [
            {"created_at": NOW - timedelta(hours=1, milliseconds=before), "title": f"Incident {place} " + "x" * 150}
            for place, before in enumerate(self.times)
        ]
        return Store.containing(incidents, NOW)

    def question(self) -> dict[str, Any]:
        fields = ["sequential_id", "title", "summary"]
        return {"fields": fields, **({"sort": [self.sort]} if self.sort else {})}


async def walk(sandbox: Sandbox, plan: Plan) -> tuple[Walk, set[int], set[int]]:
    """The walk, the numbers of the incidents that were there from the first page to the last, and of those that ever were."""
    store = plan.world()
    sandbox.load(store)
    random = Random(-plan.seed)
    always = _numbers(store)
    ever = {*always}
    pages = 0

    def change(store: Store) -> None:
        nonlocal pages
        pages += 1
        if not 1 < pages < MAX_CHANGING_PAGES:
            return
        for _ in range(random.randrange(2 * plan.changes + 1)):
            _change_one(store, random)
        always.intersection_update(_numbers(store))
        ever.update(_numbers(store))

    sandbox.script.before_each(change)
    seen, question = Walk(), plan.question()
    settings = replace(
        settings_for(sandbox, **plan.dials), max_result_chars=plan.max_result_chars, requests_per_minute=10**6, backoff_s=0.01
    )
    async with Desk(settings, clock=lambda: NOW) as desk:
        while len(seen.answers) < MAX_PAGES:
            question["page_size"] = plan.sizes[len(seen.answers) % len(plan.sizes)]
            answer = json.loads((await desk.call("list_incidents", question)).text)
            seen.answers.append(answer)
            seen.numbers += [row["sequential_id"] for row in answer.get("incidents", [])]
            if "next" not in answer:
                return seen, always, ever
            question |= answer["next"]
    raise AssertionError(f"the walk of plan {plan.seed} has no end")


def _numbers(store: Store) -> set[int]:
    return {row[0] for row in store.rows("SELECT sequential_id FROM incidents")}


def _change_one(store: Store, random: Random) -> None:
    numbers = sorted(_numbers(store))
    match random.choice(["declare", "delete", "update", "backfill"]):
        case "declare":
            store.create_incident(created_at=NOW + timedelta(milliseconds=random.randrange(5_000)))
        case "backfill":
            store.create_incident(created_at=NOW - timedelta(hours=1, milliseconds=random.randrange(10**6)))
        case "delete" if numbers:
            store.delete_incident(random.choice(numbers))
        case "update" if numbers:
            at = NOW + timedelta(milliseconds=random.randrange(5_000))
            store.update_incident(random.choice(numbers), status=random.choice(["resolved", "started"]), updated_at=at)
