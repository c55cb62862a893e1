"""10,000 people in virtual time: who gets an answer when they ask for more than the limit.

The queue is the real `tools.budget.Budget`. The vendor and the people are those of
`evals/capacity.py`.
"""

import math
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from statistics import mean, median, quantiles

import anyio

from evals.capacity import ANSWER_S, BUSY_CALLS, QUESTIONS, ROOTLY, Question, limit
from evals.table import table
from evals.virtual_time import VirtualTimeLoop
from tools.budget import Budget
from tools.errors import RateLimited, ungrouped
from tools.limits import Limits

MINUTES = 10
PEOPLE = (2_000, 3_000, 10_000)
COPIES = 3
READING_S = 38
"""How long a reading goes on, if its call has 50 s."""
LIMITS = Limits()


@dataclass
class Outcomes:
    """Of the calls of one kind: seconds of those that were answered, and numbers of the others.

    `parts` are the parts of the requests that were sent for an answer. `waits_s` are the values of
    retry_after_s. `retries` counts by its outcome each call that was made after such a wait.
    """

    took_s: list[float] = field(default_factory=list)
    numbers: Counter[str] = field(default_factory=Counter)
    parts: list[float] = field(default_factory=list)
    waits_s: list[float] = field(default_factory=list)
    retries: Counter[str] = field(default_factory=Counter)

    def cells(self) -> list[str]:
        return [
            _part(self.numbers, "ok"),
            _times(self.took_s),
            f"{mean(self.parts):.0%}" if self.parts else "–",
            _part(self.numbers, "rate_limited"),
            _part(self.numbers, "timeout"),
            f"{median(self.waits_s):.0f} s" if self.waits_s else "–",
            _part(self.retries, "ok") if self.retries else "–",
        ]


def _part(numbers: Counter[str], outcome: str) -> str:
    return f"{numbers[outcome] / numbers.total():.0%}"


def _times(seconds: list[float]) -> str:
    if len(seconds) < 2:
        return "–"
    return f"{median(seconds):.1f} s, {quantiles(seconds, n=100)[98]:.1f} s"


class Crowd:
    """People who ask at random times, each on one of the copies."""

    def __init__(self, copies: int, in_flight: int, seed: int) -> None:
        rate = limit(ROOTLY) / copies
        self._budgets = [Budget(in_flight, rate, burst_s=0.6) for _ in range(copies)]
        self._random = Random(seed)
        self.sent = 0
        self.outcomes = {kind: Outcomes() for kind in QUESTIONS}

    async def ask(self, people: int, seconds: float) -> None:
        """Let *people* busy people ask for so long."""
        async with anyio.create_task_group() as tasks:
            for person in range(people):
                tasks.start_soon(self._person, person, seconds)

    async def _person(self, person: int, seconds: float) -> None:
        kinds = [kind for kind, question in QUESTIONS.items() if question.vendor == ROOTLY]
        shares = [QUESTIONS[kind].share for kind in kinds]
        gap_s = 3_600 / BUSY_CALLS * sum(question.share for question in QUESTIONS.values())
        while True:
            await anyio.sleep(self._random.expovariate(1 / gap_s))
            if anyio.current_time() > seconds:
                return
            [kind] = self._random.choices(kinds, shares)
            await self._call(person, kind)

    async def _call(self, person: int, kind: str) -> None:
        outcomes = self.outcomes[kind]
        outcome, wait_s = await self._attempt(person, QUESTIONS[kind], outcomes)
        outcomes.numbers[outcome] += 1
        if outcome == "rate_limited":
            outcomes.waits_s.append(wait_s)
            await anyio.sleep(wait_s)
            outcome, _ = await self._attempt(person, QUESTIONS[kind], outcomes)
            outcomes.retries[outcome] += 1

    async def _attempt(
        self, person: int, question: Question, outcomes: Outcomes
    ) -> tuple[str, float]:
        """The outcome of a call, and how long it asks to wait."""
        # As behind a proxy that keeps a caller on one copy.
        budget = self._budgets[person % len(self._budgets)]
        began = anyio.current_time()
        call = _Requests(budget, person, question.requests)
        is_count = question.is_exact and question.requests > 1
        timeout_s = LIMITS.summary_timeout_s if is_count else LIMITS.timeout_s
        try:
            with anyio.fail_after(timeout_s), ungrouped():
                await call.send(math.inf if question.is_exact else began + READING_S)
        except TimeoutError:
            return "timeout", 0
        except RateLimited as refusal:
            if question.is_exact or not call.sent:
                return "rate_limited", refusal.retry_after_s or 0
        finally:
            self.sent += call.sent
        outcomes.took_s.append(anyio.current_time() - began)
        outcomes.parts.append(call.sent / question.requests)
        return "ok", 0


def report() -> str:
    head = ["busy people", "a call", "answered", "median, 99th percentile", "of it covered"]
    head += ["`rate_limited`", "`timeout`", "`retry_after_s`", "answered after it"]
    rows = []
    for people in PEOPLE:
        crowd = Crowd(COPIES, LIMITS.max_in_flight, seed=1)
        options = {"loop_factory": VirtualTimeLoop}
        anyio.run(crowd.ask, people, MINUTES * 60, backend_options=options)
        for kind, outcomes in crowd.outcomes.items():
            if outcomes.numbers:
                rows.append([f"{people:,}", QUESTIONS[kind].title, *outcomes.cells()])
    return table(head, rows)


class _Requests:
    """The requests of one call, as many at the same time as a reading sends."""

    def __init__(self, budget: Budget, person: int, number: int) -> None:
        self._budget = budget
        self._person = person
        self._left = number
        self.sent = 0

    async def send(self, until: float) -> None:
        """Send the first one, then the others until *until*."""
        await self._next()
        with anyio.CancelScope(deadline=until):
            async with anyio.create_task_group() as tasks:
                for _ in range(min(self._left, self._budget.in_flight)):
                    tasks.start_soon(self._keep_sending)

    async def _keep_sending(self) -> None:
        while self._left:
            await self._next()

    async def _next(self) -> None:
        self._left -= 1
        async with self._budget.place(self._person):
            await anyio.sleep(ANSWER_S)
        self.sent += 1
