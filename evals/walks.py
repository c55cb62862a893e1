"""Random walks: lists that are read to their end while the world changes, with random dials."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from evals import draw
from evals.matches import Matches
from evals.settings import NOW, settings_for
from sandbox.drift import drift
from sandbox.rootly.dials import DIALS
from sandbox.serving import Sandbox
from sandbox.store import Store
from server.dispatcher import Dispatcher
from tools.limits import Limits

MAX_PAGES = 600
MAX_CHANGING_PAGES = 40
"""Pages while the world changes. A list by `updated_at` would not end if it changed forever."""
BY_CREATED_AT = (None, "-created_at", "created_at")

MAY_MOVE = (
    "Rows may be missed or repeated if incidents are declared, deleted or changed while you go on,"
    " or if Rootly does not keep their order."
)
MAY_LACK = re.compile(
    r"says that there are more|did not sort by|may come again|does not show when"
    r"|did not go on exactly|may be incomplete"
)
"""The notes that say that rows are missing or may come again, whether or not anything changes."""
MAY_BE_ANYWHERE = re.compile(r"Where Rootly sorts the .* is not known")
MAY_NOT_FIT = re.compile(
    r"may not match|does not show that incidents match|applies these filters|up to a minute outside"
)
"""The notes that say that rows may not match."""


@dataclass(frozen=True)
class Plan:
    """A world, the dials, the question and what changes, all drawn from one number."""

    seed: int
    dials: Mapping[str, str]
    sort: str | None
    filters: Mapping[str, Any]
    shows: list[Mapping[str, Any]]
    """The size and the view of each page; from the start again when they are used up."""
    max_result_chars: int
    times: list[int]
    """When incidents are declared: milliseconds before the present, the oldest first."""
    changes: int
    """How many there are before each request, on average."""

    @classmethod
    def of(
        cls,
        seed: int,
        *,
        sorts: tuple[str | None, ...] = (*BY_CREATED_AT, *BY_CREATED_AT, *draw.SORTS),
    ) -> "Plan":
        random = Random(seed)
        size = random.choice([0, 1, 5, 24, 24, 60, 60, 150])
        spread = random.choice([300, 2_000, 60_000, 10**6, 10**7])
        least = 5 if size > 60 else 1
        return cls(
            seed=seed,
            dials=draw.dials(random),
            sort=random.choice(sorts),
            filters=draw.question(random),
            shows=[draw.show(random, least) for _ in range(random.choice([1, 1, 3]))],
            max_result_chars=random.choice([10_000, 40_000]),
            times=sorted((random.randrange(spread) for _ in range(size)), reverse=True),
            changes=random.choice([0, 1, 1, 3]),
        )

    @property
    def is_keyset(self) -> bool:
        return self.sort in BY_CREATED_AT

    def dial(self, name: str) -> str:
        return self.dials.get(name, DIALS[name].default)

    def world(self) -> Store:
        random = Random(self.seed)
        begun = NOW - timedelta(hours=1)
        times = [begun - timedelta(milliseconds=before) for before in self.times]
        if random.random() < 0.3:
            # After an import, numbers say nothing of the order.
            random.shuffle(times)
        return Store.containing(
            [draw.incident(random, at, place) for place, at in enumerate(times)], NOW
        )

    def question(self) -> dict[str, Any]:
        return {**self.filters, **({"sort": [self.sort]} if self.sort else {})}


@dataclass
class Walk:
    """What someone saw who followed `next` to its end, and what was there meanwhile."""

    matches: Matches
    numbers: list[int] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    changes: int = 0
    """How often the world changed after the first request."""

    @property
    def notes(self) -> list[str]:
        return [note for answer in self.answers for note in answer.get("notes", [])]

    @property
    def error(self) -> dict[str, Any] | None:
        error: dict[str, Any] | None = self.answers[-1].get("error")
        return error

    def says(self, pattern: re.Pattern[str]) -> bool:
        return any(pattern.search(note) for note in self.notes)


@dataclass(frozen=True)
class Verdict:
    """`kind` is exact, noted, or an error's code; `faults` are what is wrong, in words."""

    kind: str
    faults: list[str]

    @property
    def is_right(self) -> bool:
        return not self.faults


async def walk(sandbox: Sandbox, plan: Plan) -> Walk:
    """Reads the whole list.

    Raises:
        AssertionError: it has no end.
    """
    store = plan.world()
    sandbox.load(store)
    random, change = Random(-plan.seed), drift(plan.seed)
    seen = Walk(Matches(plan.filters, plan.dials))
    requests = 0

    def between(store: Store) -> None:
        nonlocal requests
        requests += 1
        if 1 < requests < MAX_CHANGING_PAGES:
            store.now += timedelta(milliseconds=random.randrange(5_000))
            for _ in range(random.randrange(2 * plan.changes + 1)):
                change(store)
                seen.changes += 1
        seen.matches.look(store)

    sandbox.script.before_each(between)
    settings = replace(
        settings_for(sandbox, **plan.dials),
        limits=Limits(
            max_result_chars=plan.max_result_chars, requests_per_minute=10**6, backoff_s=0.01
        ),
    )
    async with Dispatcher(settings, clock=lambda: _clock(store)) as dispatcher:
        await _follow(dispatcher, plan, seen)
    return seen


async def _follow(dispatcher: Dispatcher, plan: Plan, seen: Walk) -> None:
    question = plan.question()
    while len(seen.answers) < MAX_PAGES:
        show = plan.shows[len(seen.answers) % len(plan.shows)]
        answer = json.loads((await dispatcher.call("list_incidents", {**question, **show})).text)
        seen.answers.append(answer)
        seen.numbers += _numbers(answer)
        if "next" not in answer:
            return
        question |= answer["next"]
    raise AssertionError(f"the walk of plan {plan.seed} has no end")


def _clock(store: Store) -> datetime:
    """Ours is a little ahead of the vendor's, and is no whole second."""
    return store.clock() + timedelta(microseconds=123_456)


def _numbers(answer: Mapping[str, Any]) -> list[int]:
    if "columns" in answer:
        place = answer["columns"].index("sequential_id")
        return [row[place] for row in answer["rows"]]
    return [row["sequential_id"] for row in answer.get("incidents", [])]


def judge(plan: Plan, seen: Walk) -> Verdict:
    if seen.error:
        code, message = seen.error["code"], seen.error["message"]
        return Verdict(
            code,
            []
            if _is_explained(plan, seen)
            else [f"an error that nothing explains: {code}: {message}"],
        )
    faults = [*_rows_that_never_matched(seen), *_total(plan, seen)]
    if not plan.is_keyset and any(
        MAY_MOVE not in answer.get("notes", []) for answer in seen.answers if "next" in answer
    ):
        faults.append("a page that goes on does not say what may happen")
    # If Rootly ignores a bound, or compares by the minute, page numbers count other incidents.
    counts_others = plan.dial("combined") == "any" or plan.dial("compared") == "minute"
    moves = seen.changes > 0 or plan.dial("ties") != "number" or counts_others
    is_noted = seen.says(MAY_LACK) or (MAY_MOVE in seen.notes and moves)
    is_noted |= plan.dial("cursor") == "unsorted" and seen.says(MAY_BE_ANYWHERE)
    if not is_noted:
        missed = (seen.matches.always or set()) - {*seen.numbers}
        twice = [number for number, times in Counter(seen.numbers).items() if times > 1]
        faults += [f"missed: {sorted(missed)}"] if missed else []
        faults += [f"twice: {sorted(twice)}"] if twice else []
    return Verdict("noted" if is_noted else "exact", faults)


def _rows_that_never_matched(seen: Walk) -> list[str]:
    strange = {*seen.numbers} - seen.matches.ever
    return [f"never matched: {sorted(strange)}"] if strange and not seen.says(MAY_NOT_FIT) else []


def _total(plan: Plan, seen: Walk) -> list[str]:
    """A total is Rootly's word; where that is true, so is the total."""
    total = seen.answers[0].get("total")
    may_count_others = plan.dial("combined") == "any" and seen.says(MAY_NOT_FIT)
    if total is None or plan.dial("ignore") != "none" or may_count_others:
        return []
    if total < len(_numbers(seen.answers[0])):
        return [f"the total {total} is less than the rows"]
    if plan.dial("total") == "exact" and not any(
        few <= total <= many for few, many in seen.matches.counts
    ):
        return [f"the total {total} was never true"]
    return []


def _may_repeat_a_page(plan: Plan) -> bool:
    # With another order of equal rows in each answer, a page may begin with the same row, too.
    return plan.dial("cursor") in ("ignored", "unsorted") or plan.dial("ties") != "number"


def _is_explained(plan: Plan, seen: Walk) -> bool:
    """Whether what Rootly answered was a refusal, or contradicts itself or the question."""
    match seen.error:
        case {"code": "rejected"}:
            return plan.dial("cursor").startswith("expires") and not plan.is_keyset
        case {"code": "not_found"}:
            return plan.dial("gone") == "404" and "sequential_id" in plan.filters
        case {"code": "unexpected_response", "message": str(message)}:
            return (
                plan.dial("ignore") != "none"
                or (plan.dial("combined") == "any" and "ignored the filter" in message)
                or ("the same page again" in message and _may_repeat_a_page(plan))
                or (
                    "sent none" in message
                    and (plan.dial("total") != "exact" or plan.dial("empty_page") != "none")
                )
            )
    return False
