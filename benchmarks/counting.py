"""The cost of an exact count, compared with reading by page numbers, which cannot prove a count.

Both ways read the same sandbox in turn, with eight requests in flight. Run
`python -m benchmarks.counting`. With `--write` it also writes the table into docs/reliability.md.
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
from tools.limits import Limits

IN_FLIGHT = 8
SIZES = (90, 500, 2_000, 5_000)
ROUNDS = 5
SLOW_SIZES = (500, 2_000)
SLOW_S = 10
BEGIN = "<!-- counting: written by python -m benchmarks.counting --write -->\n"
END = "<!-- /counting -->"
PAGE = Path(__file__).parents[1] / "docs" / "reliability.md"


async def by_page_numbers(url: str) -> int:
    """Read all incidents by page numbers in parallel, as many clients do, and count them."""
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

        total = await page(1)
        last = -(-total // 100)
        pages = iter(range(2, last + 1))

        async def read(pages: Iterator[int]) -> None:
            for number in pages:
                await page(number)

        async with anyio.create_task_group() as tasks:
            for _ in range(IN_FLIGHT):
                tasks.start_soon(read, pages)
    return len(numbers)


async def exactly(url: str) -> int:
    """Count all incidents with `group_by`."""
    settings = Settings(keys={"rootly": "key"}, urls={"rootly": url})
    patient = replace(
        settings,
        limits=Limits(
            max_in_flight=IN_FLIGHT,
            requests_per_minute=10**6,
            summary_timeout_s=600,
            timeout_s=60,
        ),
    )
    async with Dispatcher(patient) as dispatcher:
        result = await dispatcher.call("list_incidents", {"group_by": "severity"})
    answer = json.loads(result.text)
    return int(answer["covered"]["of"])


Read = Callable[[str], Awaitable[int]]
READS: tuple[Read, ...] = (by_page_numbers, exactly)


async def measured(sandbox: Sandbox, size: int, rounds: int, **options: str) -> list[str]:
    """The requests and the time of each way to read, in turn."""
    url = sandbox.url("rootly", **options)
    requests: dict[Read, int] = dict.fromkeys(READS, 0)
    took: dict[Read, list[float]] = {read: [] for read in READS}
    for _ in range(rounds):
        for read in READS:
            requests_before, began = sandbox.script.count(), time.perf_counter()
            number = await read(url)
            took[read].append(time.perf_counter() - began)
            requests[read] += sandbox.script.count() - requests_before
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
            # Warm up: the first call loads modules.
            await measured(sandbox, size, 1)
            rows.append([f"{size:,}", "at once", *await measured(sandbox, size, ROUNDS)])
    for size in SLOW_SIZES:
        with serve(size=size) as sandbox:
            figures = await measured(sandbox, size, 1, fault=f"delay:{SLOW_S}")
            rows.append([f"{size:,}", f"in {SLOW_S} s", *figures])
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
    options = parser.parse_args()
    figures = anyio.run(report)
    if options.write:
        write(figures, BEGIN, END, page=PAGE)
    print(figures)
