"""10,000 people in virtual time: who gets an answer when they ask for more than the limit.

The queue is the real `tools.budget.Budget`. The vendor and the people are those of
`evals/capacity.py`.
"""

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from statistics import median, quantiles

import anyio

from evals.capacity import ANSWER_S, BUSY_CALLS, QUESTIONS, ROOTLY, Question, limit
from evals.table import table
from tools.budget import Budget
from tools.errors import RateLimited, ungrouped
from tools.limits import Limits

MINUTES = 30
LIMITS = Limits()


@dataclass
class Outcomes:
    """Of the calls of one kind: seconds of those that were answered, and numbers of the others.

    `waits_s` are the values of retry_after_s. `retries` counts by its outcome each call that was
    made after such a wait.
    """

    took_s: list[float] = field(default_factory=list)
    numbers: Counter[str] = field(default_factory=Counter)
    waits_s: list[float] = field(default_factory=list)
    retries: Counter[str] = field(default_factory=Counter)


class Crowd:
    """People who ask at random times, each on one of the copies."""

    def __init__(self, copies: int, in_flight: int, seed: int) -> None:
        rate = limit(ROOTLY) / copies
        self._budgets = [Budget(in_flight, int(rate)) for _ in range(copies)]
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
        budget = self._random.choice(self._budgets)
        began = anyio.current_time()
        try:
            with anyio.fail_after(LIMITS.timeout_s), ungrouped():
                await self._send(budget, person, question.requests)
        except TimeoutError:
            return "timeout", 0
        except RateLimited as refusal:
            return "rate_limited", refusal.retry_after_s or 0
        outcomes.took_s.append(anyio.current_time() - began)
        return "ok", 0

    async def _send(self, budget: Budget, person: int, requests: int) -> None:
        """Send the requests of a call, as many at the same time as a reading does."""
        numbers = iter(range(requests))

        async def send_next() -> None:
            for _ in numbers:
                async with budget.place(person):
                    await anyio.sleep(ANSWER_S)
                self.sent += 1

        async with anyio.create_task_group() as tasks:
            for _ in range(min(requests, budget.in_flight)):
                tasks.start_soon(send_next)
