"""Requests a minute, fairness and latency while accounts ask for more than the vendor allows.

1, 2, 4 and 8 copies run at the same time, each number with a key of its own.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks.copies.client import Call
from benchmarks.copies.demand import ACCOUNTS, LIGHT, NAMES, READER, Demand
from benchmarks.copies.figures import fairness, latency, outcomes, per_minute, worst_window
from benchmarks.copies.service import (
    Arrival,
    Redis,
    Service,
    accounts,
    arrivals,
    recording_vendor,
    running_redis,
    services,
)
from evals.table import table

COPIES = (1, 2, 4, 8)
SEVERAL = COPIES[1:]
RATE = 1_200
"""Each account gets some 130 answers in a minute, so one more or less says little."""
ANSWER_S = 0.05
"""The vendor's time for an answer: so short that the places in flight do not limit one copy."""
WARM_UP_S = 5

Plan = Callable[[Redis], None]
"""What happens to Redis. It runs in a thread, from the start of the load."""


@dataclass(frozen=True)
class Phase:
    """A part of a run, in seconds from its start. `title` is empty if there is only one."""

    title: str
    began: float
    ended: float


@dataclass(frozen=True)
class Mode:
    """How the copies share the rate, and what happens while they do."""

    title: str
    has_redis: bool
    seconds: float
    plan: Plan = lambda _: None
    phases: Sequence[Phase] = ()
    copies: Sequence[int] = COPIES
    in_turn: bool = False


def kill_and_restart(redis: Redis) -> None:
    time.sleep(40)
    redis.kill()
    time.sleep(25)
    redis.start()


MODES = (
    Mode("Redis", has_redis=True, seconds=65),
    Mode("only `COPIES`", has_redis=False, seconds=65),
    Mode(
        "Redis, killed for 25 s, back empty",
        has_redis=True,
        seconds=105,
        plan=kill_and_restart,
        phases=(Phase("before", 5, 40), Phase("killed", 45, 65), Phase("back", 70, 105)),
    ),
    Mode("Redis, calls in turn", has_redis=True, seconds=65, copies=SEVERAL, in_turn=True),
    Mode("only `COPIES`, calls in turn", has_redis=False, seconds=65, copies=SEVERAL, in_turn=True),
)


@dataclass(frozen=True)
class Run:
    """What happened to the copies of one service. Times are of the monotonic clock."""

    mode: Mode
    service: Service
    rate: int
    began: float
    calls: Sequence[Call]
    arrivals: Sequence[Arrival]

    def row(self) -> list[str]:
        heavy = [call for call in self.calls if call.account in ACCOUNTS]
        light = [call for call in self.calls if call.account == LIGHT]
        return [
            f"{len(self.service.ports)}",
            self.mode.title,
            f"{worst_window(self.arrivals) / self.rate:.1%}",
            self._in_phases(self._use),
            self._in_phases(self._fairness),
            latency(heavy),
            latency(light),
            self._failures(),
        ]

    def _in_phases(self, figure: Callable[[float, float], str]) -> str:
        """A figure of each phase, which is made from its begin and its end."""
        parts = []
        for phase in self.mode.phases or [Phase("", WARM_UP_S, self.mode.seconds)]:
            value = figure(self.began + phase.began, self.began + phase.ended)
            parts.append(f"{phase.title} {value}".strip())
        return ", ".join(parts)

    def _use(self, began: float, ended: float) -> str:
        """The mean rate over the set one."""
        return f"{per_minute(self.arrivals, began, ended) / self.rate:.1%}"

    def _fairness(self, began: float, ended: float) -> str:
        calls = [call for call in self.calls if began <= call.ended < ended]
        return f"{fairness(calls, ACCOUNTS):.2f}"

    def _failures(self) -> str:
        counts = outcomes(call for call in self.calls if call.account != READER)
        return ", ".join(f"{name}: {count}" for name, count in counts.items() if name != "ok")


def run(mode: Mode, rate: int) -> list[Run]:
    """Run all numbers of copies at the same time."""
    copies = {f"key-of-{number}": number for number in mode.copies}
    with ExitStack() as stack:
        vendor = stack.enter_context(recording_vendor(ANSWER_S))
        redis = stack.enter_context(running_redis())
        file = stack.enter_context(accounts(NAMES))
        environ = {
            "ROOTLY_API_URL": vendor,
            "INCIDENT_DESK_REQUESTS_PER_MINUTE": str(rate),
            "INCIDENT_DESK_HTTP_ACCOUNTS_FILE": file.path,
        }
        if mode.has_redis:
            environ["INCIDENT_DESK_REDIS_URL"] = redis.url
        running = stack.enter_context(services(copies, **environ))
        began = time.monotonic()
        demands = [
            Demand(service, file.tokens, began + mode.seconds, in_turn=mode.in_turn)
            for service in running
        ]
        asyncio.run(_saturate(demands, mode, redis))
        return [
            Run(mode, service, rate, began, demand.calls, arrivals(vendor, service.key))
            for service, demand in zip(running, demands, strict=True)
        ]


async def _saturate(demands: Sequence[Demand], mode: Mode, redis: Redis) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(asyncio.to_thread(mode.plan, redis))
        for demand in demands:
            tasks.create_task(demand.saturate())


def report(modes: Sequence[Mode] = MODES, rate: int = RATE) -> str:
    head = [
        "copies",
        "with",
        "worst 60 s, of the set rate",
        "used",
        "least over most served",
        "a call: median, 99th percentile",
        "of the light account",
        "not answered",
    ]
    runs = [result for mode in modes for result in run(mode, rate)]
    runs.sort(key=lambda result: (modes.index(result.mode), len(result.service.ports)))
    return table(head, map(Run.row, runs))
