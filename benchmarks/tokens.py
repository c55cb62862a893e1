"""Tokens (o200k) of `tools/list`, and of an incident in each view, at the sandbox's instant that the tests use.

`python -m benchmarks.tokens` prints the table; with `--write` it goes into the README, too. Nothing here depends on the
machine, so that a test can hold the README to it.
"""

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import anyio
from rs_bpe.bpe import openai

from benchmarks.table import write
from sandbox.serving import serve
from server.app import describe
from server.dispatcher import Dispatcher
from server.settings import KEYS, Settings
from tools.catalogue import load_tools
from tools.limits import Limits

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
BEGIN, END = "<!-- tokens: written by python -m benchmarks.tokens --write -->\n", "<!-- /tokens -->"

# Rootly's official MCP server 2.3.22, measured with the same vocabulary.
PEER_TOOLS_LIST, PEER_LIST_INCIDENTS, PEER_INCIDENT = 150_498, 546, 238
SIZES = (10, 25, 100)
VIEWS: Mapping[str, Mapping[str, Any]] = {
    "`table`": {"view": "table"},
    "`compact`": {},
    "`fields`: number, title, status": {"fields": ["sequential_id", "title", "status"]},
    "`full`": {"view": "full"},
}
# With the sandbox's data `full` is beyond the default limit at 100 incidents.
UNLIMITED = 1_000_000


def tokens(text: str) -> int:
    return len(openai.o200k_base().encode(text))


def tools_list() -> int:
    listed = [
        describe(tool).model_dump(mode="json", by_alias=True, exclude_none=True)
        for tool in load_tools()
    ]
    return tokens(json.dumps({"tools": listed}, separators=(",", ":"), ensure_ascii=False))


async def per_incident() -> dict[str, list[float]]:
    """By view, the tokens of an answer divided by its incidents, for each of `SIZES`."""
    with serve(now=NOW) as sandbox:
        urls = {vendor: sandbox.url(vendor) for vendor in KEYS}
        limits = Limits(max_result_chars=UNLIMITED)
        settings = Settings(keys=dict.fromkeys(KEYS, "key"), urls=urls, limits=limits)
        async with Dispatcher(settings, clock=lambda: NOW) as dispatcher:

            async def of(view: Mapping[str, Any], size: int) -> float:
                return (
                    tokens(
                        (await dispatcher.call("list_incidents", {**view, "page_size": size})).text
                    )
                    / size
                )

            return {name: [await of(view, size) for size in SIZES] for name, view in VIEWS.items()}


def table() -> str:
    rows = [
        "| | peer | Incident Desk |",
        "|---|---|---|",
        f"| `tools/list`, tokens | {PEER_TOOLS_LIST:,} | {tools_list():,} |",
        "",
        "| tokens per incident, in an answer with | "
        + " | ".join(f"{size} incidents" for size in SIZES)
        + " |",
        "|---|" + "---|" * len(SIZES),
        f"| peer (without services, teams, environments) | {PEER_INCIDENT} |"
        + " |" * (len(SIZES) - 1),
    ]
    for name, counts in anyio.run(per_incident).items():
        rows.append(f"| {name} | " + " | ".join(f"{count:.0f}" for count in counts) + " |")
    return "\n".join(rows) + "\n"


def main() -> None:
    made = table()
    print(made)
    if "--write" in sys.argv[1:]:
        write(made, BEGIN, END)


if __name__ == "__main__":
    main()
