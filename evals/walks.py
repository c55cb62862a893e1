"""Random walks: lists that are read to their end while the data changes, with random dials."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from evals import draw
from evals.matches import Matches
from evals.question import rows
from evals.settings import NOW, settings_for
from sandbox.drift import drift
from sandbox.rootly.dials import DIALS
from sandbox.serving import Sandbox
from sandbox.store import Store
from server.dispatcher import Dispatcher
from tools.limits import Limits

MAX_PAGES = 600
MAX_CHANGING_PAGES = 40
"""The data changes only during so many pages. Otherwise a list by `updated_at` might not end."""
BY_CREATED_AT = (None, "-created_at", "created_at")

MAY_MOVE = (
    "Rows may be missed or repeated if incidents are declared, deleted or changed while you go on,"
    " or if Rootly does not keep their order."
)
MAY_LACK = re.compile(
    r"says that there are more|did not sort by|may come again|does not show when"
    r"|did not go on exactly|may be incomplete"
)
"""The notes that rows are missing or may come again, even if the data does not change."""
MAY_BE_ANYWHERE = re.compile(r"Where Rootly sorts the .* is not known")
MAY_NOT_FIT = re.compile(
    r"may not match|does not show that incidents match|applies these filters|up to a minute outside"
)
"""The notes that rows may not match."""


@dataclass(frozen=True)
class Plan:
    """The incidents, the dials, the question and the changes, all drawn from one seed."""

    seed: int
    dials: Mapping[str, str]
    sort: str | None
    filters: Mapping[str, Any]
    shows: list[Mapping[str, Any]]
    """The size and the view of each page. After the last one, the first one follows again."""
    max_result_chars: int
    times: list[int]
    """When incidents are declared: milliseconds before the present, the oldest first."""
    changes: int
    """The average number of changes before each request."""

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
            shows=[draw.page_arguments(random, least) for _ in range(random.choice([1, 1, 3]))],
            max_result_chars=random.choice([10_000, 40_000]),
            times=sorted((random.randrange(spread) for _ in range(size)), reverse=True),
            changes=random.choice([0, 1, 1, 3]),
        )

    @property
    def is_keyset(self) -> bool:
        return self.sort in BY_CREATED_AT

    def dial(self, name: str) -> str:
        return self.dials.get(name, DIALS[name].default)

    def is_turned(self, *names: str) -> bool:
        """Whether any of these dials is not at its default."""
        return any(self.dial(name) != DIALS[name].default for name in names)

    def world(self) -> Store:
        random = Random(self.seed)
        begun = NOW - timedelta(hours=1)
        times = [begun - timedelta(milliseconds=before) for before in self.times]
        if random.random() < 0.3:
            # After an import, the order of the numbers is not the order of the times.
            random.shuffle(times)
        incidents = [draw.incident(random, at, place) for place, at in enumerate(times)]
        return Store.containing(incidents, NOW)

    def question(self) -> dict[str, Any]:
        question = dict(self.filters)
        if self.sort:
            question["sort"] = [self.sort]
        return question


@dataclass
class Walk:
    """The answers to a client that followed `next` to the end, and what matched meanwhile."""

    matches: Matches
    numbers: list[int] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    changes: int = 0
    """The number of changes after the first request."""

    @property
    def notes(self) -> list[str]:
        notes: list[str] = []
        for answer in self.answers:
            notes += answer.get("notes", [])
        return notes

    @property
    def error(self) -> dict[str, Any] | None:
        error: dict[str, Any] | None = self.answers[-1].get("error")
        return error

    def says(self, pattern: re.Pattern[str]) -> bool:
        return any(pattern.search(note) for note in self.notes)


@dataclass(frozen=True)
class Verdict:
    """The result of judging an answer.

    `kind`: `exact`, `noted`, or the code of an error.
    `faults`: Descriptions of what is wrong.
    """

    kind: str
    faults: list[str]

    @property
    def is_right(self) -> bool:
        return not self.faults


async def walk(sandbox: Sandbox, plan: Plan) -> Walk:
    """Read the whole list.

    Raises:
        AssertionError: the list does not end.
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
    """Our clock. It is a little ahead of the vendor's, and is not at a whole second."""
    return store.clock() + timedelta(microseconds=123_456)


def _numbers(answer: Mapping[str, Any]) -> list[int]:
    if "error" in answer:
        return []
    return [row["sequential_id"] for row in rows(answer)]


def judge(plan: Plan, seen: Walk) -> Verdict:
    """Compare the answers with the data."""
    if seen.error:
        return _judge_error(plan, seen.error["code"], seen.error["message"])
    faults = [*_rows_that_never_matched(seen), *_wrong_total(plan, seen)]
    if not plan.is_keyset:
        faults += _missing_notes(seen)
    if _is_noted(plan, seen):
        return Verdict("noted", faults)
    return Verdict("exact", [*faults, *_wrong_rows(seen)])


def _judge_error(plan: Plan, code: str, message: str) -> Verdict:
    if _is_explained(plan, code, message):
        return Verdict(code, [])
    return Verdict(code, [f"an error that nothing explains: {code}: {message}"])


def _missing_notes(seen: Walk) -> Iterator[str]:
    for answer in seen.answers:
        if "next" in answer and MAY_MOVE not in answer.get("notes", []):
            yield "a page that goes on does not say what may happen"
            return


def _is_noted(plan: Plan, seen: Walk) -> bool:
    """Whether a note allows that rows are missing or repeated."""
    if seen.says(MAY_LACK):
        return True
    if plan.dial("cursor") == "unsorted" and seen.says(MAY_BE_ANYWHERE):
        return True
    return MAY_MOVE in seen.notes and _may_move(plan, seen)


def _may_move(plan: Plan, seen: Walk) -> bool:
    """Whether anything could move rows from one page to another."""
    # If Rootly ignores a bound, or compares by the minute, page numbers count other incidents.
    if plan.is_turned("ties", "combined") or plan.dial("compared") == "minute":
        return True
    return seen.changes > 0


def _wrong_rows(seen: Walk) -> Iterator[str]:
    missed = (seen.matches.always or set()) - {*seen.numbers}
    if missed:
        yield f"missed: {sorted(missed)}"
    twice = [number for number, times in Counter(seen.numbers).items() if times > 1]
    if twice:
        yield f"twice: {sorted(twice)}"


def _rows_that_never_matched(seen: Walk) -> Iterator[str]:
    strange = {*seen.numbers} - seen.matches.ever
    if strange and not seen.says(MAY_NOT_FIT):
        yield f"never matched: {sorted(strange)}"


def _wrong_total(plan: Plan, seen: Walk) -> Iterator[str]:
    """The total comes from Rootly. It must be true if Rootly's own total is."""
    total = seen.answers[0].get("total")
    may_count_others = plan.is_turned("combined") and seen.says(MAY_NOT_FIT)
    if total is None or may_count_others or plan.is_turned("ignore"):
        return
    if total < len(_numbers(seen.answers[0])):
        yield f"the total {total} is less than the rows"
    elif not plan.is_turned("total") and not seen.matches.allows_count(total):
        yield f"the total {total} was never true"


def _is_explained(plan: Plan, code: str, message: str) -> bool:
    """Whether Rootly refused the request, or its answer contradicts itself or the question."""
    match code:
        case "rejected":
            return plan.dial("cursor").startswith("expires") and not plan.is_keyset
        case "not_found":
            return plan.is_turned("gone") and "sequential_id" in plan.filters
        case "unexpected_response":
            return plan.is_turned("ignore") or _is_contradiction(plan, message)
    return False


def _is_contradiction(plan: Plan, message: str) -> bool:
    """Whether the dials explain the message of an unexpected response."""
    if "ignored the filter" in message:
        return plan.is_turned("combined")
    if "the same page again" in message:
        # If the order of equal rows is different in each answer, a page can begin with a row again.
        return plan.is_turned("ties") or plan.dial("cursor") in ("ignored", "unsorted")
    return "sent none" in message and plan.is_turned("total", "empty_page")
