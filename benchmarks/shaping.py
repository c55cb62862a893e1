"""The time to make rows from one answer of Rootly, without HTTP and MCP.

`python -m benchmarks.shaping [rounds]` measures each step, and `json.loads` of the same page. It
prints the shortest time of all rounds, because other programs can only make a step slower.
"""

import json
import sys
import time
import urllib.request
from urllib.parse import urlencode

from evals.table import table
from sandbox.serving import Sandbox, serve
from tools.rootly.incident import Rows, View
from tools.rootly.parser import parse_document
from tools.rootly.question import Needs
from tools.rootly.relations import RELATED_ATTRIBUTES

ROUNDS = 200
SIZE = 100
VIEW = View.of("compact", None, (), now=None)
NEEDS = VIEW.needs() | Needs(frozenset({"created_at", "sequential_id"}))


def answer(sandbox: Sandbox, *, is_slim: bool) -> bytes:
    """The body of one page. A slim page has sparse fieldsets."""
    parameters = {"page[size]": str(SIZE), "sort": "-created_at"}
    if is_slim:
        parameters["fields[incidents]"] = ",".join(sorted(NEEDS.attributes | NEEDS.relations))
        parameters["include"] = ",".join(sorted(NEEDS.relations))
    url = f"{sandbox.url('rootly')}/v1/incidents?{urlencode(parameters)}"
    headers = {"Authorization": "Bearer key", "User-Agent": "benchmark"}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as response:
        body: bytes = response.read()
    return body


def least_times(body: bytes, rounds: int) -> list[float]:
    """The shortest times of `json.loads`, of parsing, and of making rows, in seconds."""
    least = [float("inf")] * 3
    for _ in range(rounds):
        began = time.perf_counter()
        json.loads(body)
        loaded = time.perf_counter()
        document = parse_document(body, NEEDS.attributes, NEEDS.relations, RELATED_ATTRIBUTES)
        parsed = time.perf_counter()
        rows = Rows(document, VIEW)
        for incident in document.incidents:
            rows.row(incident)
        ended = time.perf_counter()
        times = (loaded - began, parsed - loaded, ended - parsed)
        least = [*map(min, least, times)]
    return least


def report(rounds: int = ROUNDS) -> str:
    with serve() as sandbox:
        pages = {
            "slim": answer(sandbox, is_slim=True),
            "unslimmed": answer(sandbox, is_slim=False),
        }
    rows = []
    for name, body in pages.items():
        title = f"{SIZE} {name} incidents, {len(body) / 1_000:,.0f} kB"
        times = [f"{seconds * 1_000:.2f} ms" for seconds in least_times(body, rounds)]
        rows.append([title, *times])
    return table(["an answer", "`json.loads`", "parsed", "made into rows"], rows)


if __name__ == "__main__":
    print(report(*map(int, sys.argv[1:])))
