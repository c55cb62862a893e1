"""`incident-desk demo`: shows the calls of a triage, and their answers, on made-up data."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import anyio

from server import logs
from server.commands.page import Page
from server.commands.paging import read_pages
from server.commands.progress import ProgressBar
from server.commands.screen import STRONG, Screen
from server.commands.table_output import Tables
from server.commands.tool_call import ToolCall, find_tool
from server.sandboxed import sandboxed
from server.settings import Settings
from tools.schema import complete_schema

_ON_FIRE = {
    "status": ["started", "detected", "acknowledged"],
    "page_size": 5,
    "fields": ["sequential_id", "title", "severity", "status"],
}
_WORST_IN_PRODUCTION = {
    "severity": ["sev1"],
    "environments": ["production"],
    "started_at": {"gte": "-2h"},
    "fields": ["sequential_id", "title", "pagerduty_incident_id"],
    "include": ["roles"],
}
_BEFORE = {"fields": ["sequential_id", "title", "resolution_message", "minutes"]}
_WRONG = {"status": ["investigating"], "limit": "5"}
_OPTIONS = ("--sandbox", "--format", "table")


def demo(settings: Settings) -> int:
    """Print each call as a command that can be pasted, and what that command prints.

    The exit code is 0 if the last call, which is wrong, got the expected error.
    """
    logs.configure(settings.log_level, settings.keys.values())
    with sandboxed(settings) as settings_in_use:
        try:
            return anyio.run(_triage, settings_in_use)
        except _CallFailed:
            # Its error was printed. The next calls need its rows.
            return 1


class _CallFailed(Exception):
    """A call got an error that the demo does not mean to show."""


async def _triage(settings: Settings) -> int:
    ask = partial(_ask, settings)
    await ask("What is on fire?", "list_incidents", _ON_FIRE)
    worst = await ask(
        "The worst of them in production: which page woke somebody up, and who works on it?",
        "list_incidents",
        _WORST_IN_PRODUCTION,
    )
    await ask(
        "Has this happened before, and what helped?",
        "list_incidents",
        {"similar_to": str(worst.whole_rows()[0]["sequential_id"]), **_BEFORE},
    )
    attachments = await ask(
        "Does incident.io know that PagerDuty page?",
        "list_attachments",
        {"resource_type": "pager_duty_incident", "external_id": [_pagerduty_id(worst)]},
    )
    await ask(
        "What else is attached there?",
        "list_attachments",
        {"incident_id": attachments.whole_rows()[0]["incident_id"]},
    )
    refusal = await ask(
        "A wrong call gets an error that says what is allowed.", "list_incidents", _WRONG
    )
    is_refused = refusal.others.get("error", {}).get("code") == "invalid_arguments"
    return 0 if is_refused else 1


async def _ask(settings: Settings, why: str, tool: str, arguments: Mapping[str, Any]) -> Page:
    """Print the command that calls *tool*, and its answer. *why* is the question in words.

    Raises:
        _CallFailed: the answer is an error, although the arguments are right.
    """
    schema = complete_schema(find_tool(settings, tool).arguments)
    call = ToolCall(tool, arguments, schema, _OPTIONS)
    screen = Screen()
    screen.line(f"\n# {why}")
    screen.line(call.line, STRONG)
    with ProgressBar() as bar:
        [page] = [page async for page in read_pages(settings, tool, arguments, bar)]
    tables = Tables(call.next_line)
    tables.add(page)
    tables.finish(page.others)
    if "error" in page.others and arguments is not _WRONG:
        raise _CallFailed
    return page


def _pagerduty_id(page: Page) -> str:
    """The id of the first PagerDuty incident in the rows."""
    for row in page.rows:
        id_ = row.get("pagerduty_incident_id")
        if id_:
            return str(id_)
    raise LookupError("no row has a PagerDuty incident")
