"""What single flight and INCIDENT_DESK_FRESH_S save, beside the model in evals/capacity.py."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import count, cycle
from random import Random

from benchmarks.copies.client import Call, Client
from benchmarks.copies.figures import outcomes
from benchmarks.copies.saturation import COPIES
from benchmarks.copies.service import (
    Arrival,
    Service,
    accounts,
    arrivals,
    recording_vendor,
    services,
)
from evals.capacity import ANSWER_S, shared_part
from evals.table import table

FRESH_S = (0, 2)
CALLS_A_SECOND = 10
SECONDS = 30
CALLERS = 500
CROWDS = ("of-service-key", "of-own-key")
"""Two accounts: one uses the service's key, the other one has its own."""
KEYS = ("service-key", "own-key")
"""The keys of these two."""
QUESTION = {"search": "the same words", "page_size": 5}
UNLIMITED = {"INCIDENT_DESK_REQUESTS_PER_MINUTE": "100000"}


async def ask_at_random(service: Service, token: str) -> int:
    """Ask the same question at random times, on random copies. Returns the number of calls."""
    random = Random(1)
    until = time.monotonic() + SECONDS
    number = 0
    async with asyncio.TaskGroup() as tasks:
        while time.monotonic() < until:
            tasks.create_task(ask(token, random.choice(service.ports)))
            number += 1
            await asyncio.sleep(random.expovariate(CALLS_A_SECOND))
    return number


async def ask(token: str, port: int) -> str:
    """The outcome of one call on a connection of its own."""
    client = Client("", token, port)
    call = await client.call(QUESTION)
    client.close()
    return call.outcome


def random_times() -> str:
    """Vendor requests per call, measured and by the model, for each number of copies."""
    rows = []
    for fresh_s in FRESH_S:
        copies = {f"key-of-{number}": number for number in COPIES}
        with ExitStack() as stack:
            vendor = stack.enter_context(recording_vendor(ANSWER_S))
            file = stack.enter_context(accounts(CROWDS))
            environ = {
                **UNLIMITED,
                "ROOTLY_API_URL": vendor,
                "INCIDENT_DESK_FRESH_S": str(fresh_s),
                "INCIDENT_DESK_HTTP_ACCOUNTS_FILE": file.path,
            }
            running = stack.enter_context(services(copies, **environ))
            calls = asyncio.run(_ask_all(running, file.tokens[CROWDS[0]]))
            for service, number in zip(running, calls, strict=True):
                rows.append(_row(service, fresh_s, number, vendor))
    head = ["`FRESH_S`", "copies", "calls", "requests", "by the model"]
    return table(head, rows)


async def _ask_all(running: Sequence[Service], token: str) -> list[int]:
    return await asyncio.gather(*(ask_at_random(service, token) for service in running))


def _row(service: Service, fresh_s: float, calls: int, vendor: str) -> list[str]:
    copies = len(service.ports)
    requests = _searches(vendor, service.key)
    expected = calls * (1 - shared_part(CALLS_A_SECOND, fresh_s, copies))
    return [f"{fresh_s}", f"{copies}", f"{calls}", f"{len(requests)}", f"{expected:.0f}"]


def one_second() -> str:
    """Requests for each key when 500 callers ask one question within a second.

    Answers are kept for two seconds. If the last call ends later, the machine was too busy.
    """
    rows = []
    for copies in COPIES:
        with ExitStack() as stack:
            vendor = stack.enter_context(recording_vendor(ANSWER_S))
            file = stack.enter_context(accounts(CROWDS, {CROWDS[1]: KEYS[1]}))
            environ = {
                **UNLIMITED,
                "ROOTLY_API_URL": vendor,
                "INCIDENT_DESK_FRESH_S": "2",
                "INCIDENT_DESK_HTTP_ACCOUNTS_FILE": file.path,
            }
            [service] = stack.enter_context(services({KEYS[0]: copies}, **environ))
            for key, token in zip(KEYS, file.tokens.values(), strict=True):
                answered, took_s = asyncio.run(_crowd(service, token))
                requests = len(_searches(vendor, key))
                rows.append([f"{copies}", key, f"{answered}", f"{took_s:.1f} s", f"{requests}"])
    head = ["copies", "vendor key", "calls answered", "the last one after", "requests"]
    return table(head, rows)


def _searches(vendor: str, key: str) -> list[Arrival]:
    return [arrival for arrival in arrivals(vendor, key) if "search" in arrival.target]


async def _crowd(service: Service, token: str) -> tuple[int, float]:
    """`CALLERS` calls of an account, evenly over one second and all copies.

    Returns how many were answered, and the seconds until the last answer.
    """
    ports = cycle(service.ports)
    clients = [Client("", token, next(ports)) for _ in range(CALLERS)]
    await asyncio.gather(*(client.connect() for client in clients))
    began = time.monotonic()

    async def call(number: int, client: Client) -> Call:
        await asyncio.sleep(began + number / CALLERS - time.monotonic())
        return await client.call(QUESTION)

    calls = await asyncio.gather(*map(call, count(), clients))
    for client in clients:
        client.close()
    return outcomes(calls)["ok"], max(call.ended for call in calls) - began


def report() -> str:
    return f"{one_second()}\n{random_times()}"
