"""What callers get who cannot have their turn in time, and what happens if they come back.

The time limit of a call is so short that the calls of some accounts do not fit into it. Callers
wait as long as `retry_after_s` says, and try again. All calls of an account go to one copy.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from statistics import median

from benchmarks.copies.client import Call
from benchmarks.copies.demand import ACCOUNTS, AT_ONCE, LIGHT, NAMES, PEOPLE, Demand
from benchmarks.copies.saturation import ANSWER_S, COPIES
from benchmarks.copies.service import accounts, recording_vendor, running_redis, services
from evals.table import table

SECONDS = 40
TIMEOUT_S = 3
CROWDS = {PEOPLE: 1, ACCOUNTS: AT_ONCE}
"""Accounts, and how many calls each of them makes at the same time."""


def run(rate: int, crowd: tuple[str, ...]) -> dict[int, list[Call]]:
    """The calls of a crowd and of the accounts beside it, by the number of copies."""
    copies = {f"key-of-{number}": number for number in COPIES}
    with ExitStack() as stack:
        vendor = stack.enter_context(recording_vendor(ANSWER_S))
        redis = stack.enter_context(running_redis())
        file = stack.enter_context(accounts(NAMES))
        running = stack.enter_context(
            services(
                copies,
                ROOTLY_API_URL=vendor,
                INCIDENT_DESK_REDIS_URL=redis.url,
                INCIDENT_DESK_REQUESTS_PER_MINUTE=str(rate),
                INCIDENT_DESK_HTTP_ACCOUNTS_FILE=file.path,
                INCIDENT_DESK_TIMEOUT_S=str(TIMEOUT_S),
            )
        )
        until = time.monotonic() + SECONDS
        demands = [Demand(service, file.tokens, until) for service in running]
        asyncio.run(_ask(demands, crowd))
        return {
            len(service.ports): demand.calls
            for service, demand in zip(running, demands, strict=True)
        }


async def _ask(demands: Sequence[Demand], crowd: tuple[str, ...]) -> None:
    async with asyncio.TaskGroup() as tasks:
        for demand in demands:
            tasks.create_task(demand.saturate(crowd, CROWDS[crowd]))


def report(rate: int) -> str:
    head = [
        "accounts, calls at once of each",
        "copies",
        "calls",
        "`rate_limited`",
        "`retry_after_s`: median, most",
        "answered after it",
        "other failures",
        "light account: answered",
    ]
    rows = [
        [f"{len(crowd)}, {at_once}", *_row(copies, calls, crowd)]
        for crowd, at_once in CROWDS.items()
        for copies, calls in run(rate, crowd).items()
    ]
    return table(head, rows)


def _row(copies: int, calls: Sequence[Call], crowd: Sequence[str]) -> list[str]:
    heavy = [call for call in calls if call.account in crowd]
    refused = [call.retry_after_s for call in heavy if call.outcome == "rate_limited"]
    retries = [call for call in heavy if call.is_retry]
    others = Counter(call.outcome for call in heavy)
    del others["ok"], others["rate_limited"]
    light = [call for call in calls if call.account == LIGHT]
    return [
        f"{copies}",
        f"{len(heavy):,}",
        _part(len(refused), len(heavy)),
        f"{median(refused):.0f} s, {max(refused):.0f} s" if refused else "–",
        _part(sum(call.outcome == "ok" for call in retries), len(retries)),
        ", ".join(f"{code} {_part(number, len(heavy))}" for code, number in others.items()) or "–",
        _part(sum(call.outcome == "ok" for call in light), len(light)),
    ]


def _part(number: int, whole: int) -> str:
    return f"{number / whole:.0%}" if whole else "–"
