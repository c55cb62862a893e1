"""`incident-desk demo`: shows the calls of a triage, and their answers, on made-up data."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import anyio

from server import logs
from server.commands.command_line import command_line
from server.commands.page import Page
from server.commands.paging import read_pages
from server.commands.progress import ProgressBar
from server.commands.screen import STRONG, Screen
from server.commands.tables.output import Tables
from server.commands.tool_call import ToolCall, find_tool
from server.sandboxed import sandboxed
from server.settings import Settings
from tools.schema import complete_schema

_ON_FIRE = {"status": ["started", "acknowledged"], "severity": ["sev1", "sev2"]}
_OPENED = {
    "fields": ["sequential_id", "title", "pagerduty_incident_id"],
    "include": ["roles", "events"],
}
_BEFORE = {"fields": ["sequential_id", "title", "resolution_message", "minutes"]}
_PER_MONTH = {"group_by": ["month"], "severity": ["sev1"], "started_at": {"gte": "-90d"}}
_OPTIONS = ("--sandbox", "--format", "table")
_WHAT_NEXT = """
All of this is made up. This lists the programs that can ask about your own incidents:
{command}"""


def demo(settings: Settings) -> int:
    """Print each call as a command that can be pasted, and what that command prints.

    The exit code is 0, or 1 if a call failed.
    """
    logs.configure(settings.log_level, settings.keys.values())
    with sandboxed(settings) as settings_in_use:
        try:
            anyio.run(_triage, settings_in_use)
        except _CallFailed:
            # Its error was printed. The next calls need its rows.
            return 1
    Screen().line(_WHAT_NEXT.format(command=command_line("config")))
    return 0


class _CallFailed(Exception):
    """A call got an error."""


async def _triage(settings: Settings) -> None:
    ask = partial(_ask, settings)
    on_fire = await ask("What is on fire?", "list_incidents", _ON_FIRE)
    number = str(_newest(on_fire, "sequential_id"))
    opened = await ask(
        "What happened in the newest one, and who works on it?",
        "list_incidents",
        {"sequential_id": [number], **_OPENED},
    )
    await ask(
        "Has this happened before, and what helped?",
        "list_incidents",
        {"similar_to": number, **_BEFORE},
    )
    await ask(
        "Which incident in incident.io has the same PagerDuty incident?",
        "list_attachments",
        {
            "resource_type": "pager_duty_incident",
            "external_id": [_newest(opened, "pagerduty_incident_id")],
            "include_incident": True,
        },
    )
    await ask(
        "How many sev1 incidents does a month have, and how long do they take?",
        "list_incidents",
        _PER_MONTH,
    )


def _newest(page: Page, field: str) -> Any:
    """The *field* of the first row: Rootly lists the newest incident first."""
    return page.whole_rows()[0][field]


async def _ask(settings: Settings, why: str, tool: str, arguments: Mapping[str, Any]) -> Page:
    """Print the command that calls *tool*, and its answer. *why* is the question in words.

    Raises:
        _CallFailed: the answer is an error.
    """
    schema = complete_schema(find_tool(settings, tool).arguments)
    call = ToolCall(tool, arguments, schema, _OPTIONS)
    screen = Screen()
    screen.line(f"\n# {why}", STRONG)
    screen.line(call.line)
    with ProgressBar() as bar:
        [page] = [page async for page in read_pages(settings, tool, arguments, bar)]
    tables = Tables(call.next_line)
    tables.add(page)
    tables.finish(page.others)
    if page.is_error:
        raise _CallFailed
    return page
