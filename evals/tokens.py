"""Tokens (o200k) of `tools/list`, and of one incident in each view, over the sandbox's data.

The figures do not depend on the machine, so a test compares those in docs/performance.md with
new ones.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import anyio
from rs_bpe.bpe import openai

from evals.settings import NOW, settings_for
from evals.table import table
from sandbox.serving import serve
from server.dispatcher import Dispatcher
from server.tool_handlers import describe
from tools.catalogue import PLAIN_TOOLS, load_tools
from tools.limits import Limits

BEGIN, END = "<!-- tokens: written by python -m benchmarks.tokens --write -->\n", "<!-- /tokens -->"
"""Where the tables are in docs/performance.md."""

# Rootly's official MCP server 2.3.22, counted in the same way.
PEER_TOOLS_LIST, PEER_INCIDENT = 150_498, 238
SIZES = (10, 25, 100)
"""How many incidents an answer has."""
VIEWS: Mapping[str, Mapping[str, Any]] = {
    "`table`": {"view": "table"},
    "`compact`": {},
    "`fields`: number, title, status": {"fields": ["sequential_id", "title", "status"]},
    "`full`": {"view": "full"},
}
UNLIMITED = 1_000_000
"""Characters of an answer. 100 incidents with `full` exceed the default limit."""


def tokens(text: str) -> int:
    """How many tokens *text* has."""
    return len(openai.o200k_base().encode(text))


def tools_list() -> int:
    """The tokens of the answer to `tools/list`, as compact JSON."""
    descriptions = [
        describe(tool).model_dump(mode="json", by_alias=True, exclude_none=True)
        for tool in load_tools(entries=PLAIN_TOOLS)
    ]
    answer = {"tools": descriptions}
    return tokens(json.dumps(answer, separators=(",", ":"), ensure_ascii=False))


async def tokens_per_incident() -> dict[str, list[float]]:
    """By view, the tokens of an answer divided by its incidents, for each of `SIZES`."""
    counts: dict[str, list[float]] = {}
    with serve(now=NOW) as sandbox:
        settings = replace(settings_for(sandbox), limits=Limits(max_result_chars=UNLIMITED))
        async with Dispatcher(settings, clock=lambda: NOW) as dispatcher:
            for name, view in VIEWS.items():
                counts[name] = []
                for size in SIZES:
                    result = await dispatcher.call("list_incidents", {**view, "page_size": size})
                    counts[name].append(tokens(result.text) / size)
    return counts


def report() -> str:
    """Both tables, in Markdown."""
    listing = table(
        ["", "peer", "Incident Desk"],
        [["`tools/list`, tokens", f"{PEER_TOOLS_LIST:,}", f"{tools_list():,}"]],
    )
    sizes = [f"{size} incidents" for size in SIZES]
    rows = [["peer (without services, teams, environments)", f"{PEER_INCIDENT}", "", ""]]
    for name, counts in anyio.run(tokens_per_incident).items():
        rows.append([name, *(f"{count:.0f}" for count in counts)])
    per_incident = table(["tokens per incident, in an answer with", *sizes], rows)
    return f"{listing}\n{per_incident}"
