"""What an exact count costs, beside reading pages by their numbers, which proves nothing: `python -m benchmarks.counting`.

Both read the same sandbox with eight requests in flight, in turn. With `--write` the table goes into docs/reliability.md.
"""

import argparse
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import anyio
import httpx

from benchmarks.table import spread, write
from evals.table import table
from sandbox.serving import Sandbox, serve
from server.dispatcher import Dispatcher
from server.settings import Settings

IN_FLIGHT = 8
SIZES = (90, 500, 2_000, 5_000)
ROUNDS = 5
SLOW_SIZES = (500, 2_000)
SLOW_S = 10
BEGIN, END = (
    "<!-- counting: written by python -m benchmarks.counting --write -->\n",
    "<!-- /counting -->",
)
PAGE = Path(__file__).parents[1] / "docs" / "reliability.md"


async def by_page_numbers(url: str) -> int:
    """All incidents, page by page in parallel, as many clients read them."""
    parameters = {
        "page[size]": "100",
        "sort": "created_at",
        "fields[incidents]": "status,started_at,severity",
    }
    numbers = set[str]()

    async with httpx.AsyncClient(headers={"Authorization": "Bearer key"}, timeout=60) as client:

        async def page(number: int) -> int:
            answer = await client.get(
                f"{url}/v1/incidents", params={**parameters, "page[number]": str(number)}
            )
            document = json.loads(answer.content)
            numbers.update(row["id"] for row in document["data"])
            return int(document["meta"]["total_count"])

        pages = iter(range(2, -(-await page(1) // 100) + 1))

        async def read(pages: Iterator[int]) -> None:
            for number in pages:
                await page(number)

        async with anyio.create_task_group() as tasks:
            for _ in range(IN_FLIGHT):
                tasks.start_soon(read, pages)
    return len(numbers)


async def exactly(url: str) -> int:
    settings = Settings(keys={"rootly": "key"}, urls={"rootly": url})
    patient = replace(
        settings,
        max_in_flight=IN_FLIGHT,
        requests_per_minute=10**6,
        summary_timeout_s=600,
        timeout_s=60,
    )
    async with Dispatcher(patient) as dispatcher:
        answer = json.loads(
            (await dispatcher.call("list_incidents", {"group_by": "severity"})).text
        )
    return int(answer["covered"]["of"])


Read = Callable[[str], Awaitable[int]]
READS: tuple[Read, ...] = (by_page_numbers, exactly)


async def measured(sandbox: Sandbox, size: int, rounds: int, **options: str) -> list[str]:
    """Requests and time, of each in turn."""
    url = sandbox.url("rootly", **options)
    requests: dict[Read, int] = dict.fromkeys(READS, 0)
    took: dict[Read, list[float]] = {read: [] for read in READS}
    for _ in range(rounds):
        for read in READS:
            before, begun = sandbox.script.count(), time.perf_counter()
            number = await read(url)
            took[read].append(time.perf_counter() - begun)
            requests[read] += sandbox.script.count() - before
            if number != size:
                raise SystemExit(f"{number:,} of {size:,} incidents were counted")
    digits = 1 if options else 2
    return [
        *(f"{requests[read] / rounds:.0f}" for read in READS),
        *(spread(took[read], " s", digits) for read in READS),
    ]


async def report() -> str:
    rows = []
    for size in SIZES:
        with serve(size=size) as sandbox:
            # Not measured: what is loaded with the first call.
            await measured(sandbox, size, 1)
            rows.append([f"{size:,}", "at once", *await measured(sandbox, size, ROUNDS)])
    for size in SLOW_SIZES:
        with serve(size=size) as sandbox:
            rows.append(
                [
                    f"{size:,}",
                    f"in {SLOW_S} s",
                    *await measured(sandbox, size, 1, fault=f"delay:{SLOW_S}"),
                ]
            )
    head = [
        "incidents",
        "a page comes",
        "requests by number",
        "requests, exact",
        "time by number",
        "time, exact",
    ]
    return table(head, rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--write", action="store_true", help="put the table into docs/reliability.md"
    )
    made = anyio.run(report)
    if parser.parse_args().write:
        write(made, BEGIN, END, page=PAGE)
    print(made)
