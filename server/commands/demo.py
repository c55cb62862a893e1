"""`incident-desk demo`: shows the calls of a triage, and their answers, on made-up data."""

import json
from collections.abc import Mapping
from typing import Any

import anyio

from server import logs
from server.dispatcher import Dispatcher
from server.sandboxed import sandboxed
from server.settings import Settings

_WORST_IN_PRODUCTION = {
    "severity": ["sev1"],
    "environments": ["production"],
    "started_at": {"gte": "-2h"},
    "fields": [
        "sequential_id",
        "title",
        "status",
        "services",
        "started_at",
        "pagerduty_incident_id",
    ],
    "include": ["roles"],
}


def demo(settings: Settings) -> int:
    """Print each call as a person would type it, and its answer with one row per line.

    The exit code is 0 if the last call, which is wrong, got the expected error.
    """
    logs.configure(settings.log_level, settings.keys.values())
    with sandboxed(settings) as settings_in_use:
        return anyio.run(_triage, settings_in_use)


async def _triage(settings: Settings) -> int:
    async with Dispatcher(settings) as dispatcher:

        async def ask(why: str, tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
            result = await dispatcher.call(tool, arguments)
            answer: dict[str, Any] = json.loads(result.text)
            command = f"incident-desk call {tool} '{_compact(arguments)}'"
            print(f"\n# {why}\n$ {command}\n{_with_line_breaks(answer)}")
            return answer

        await ask(
            "What is on fire?",
            "list_incidents",
            {"status": ["started", "detected", "acknowledged"], "page_size": 5, "view": "table"},
        )
        worst = await ask(
            "The worst of them in production: which page woke somebody up, and who works on it?",
            "list_incidents",
            _WORST_IN_PRODUCTION,
        )
        attachments = await ask(
            "Does incident.io know that PagerDuty page?",
            "list_attachments",
            {"resource_type": "pager_duty_incident", "external_id": _page(worst)},
        )
        await ask(
            "What else is attached there?",
            "list_attachments",
            {"incident_id": attachments["attachments"][0]["incident_id"]},
        )
        refusal = await ask(
            "A wrong call gets an error that says what is allowed.",
            "list_incidents",
            {"status": ["investigating"], "limit": 5},
        )
    is_refused = refusal.get("error", {}).get("code") == "invalid_arguments"
    return 0 if is_refused else 1


def _page(answer: Mapping[str, Any]) -> str:
    """The id of the first PagerDuty page in the rows."""
    for row in answer["incidents"]:
        page = row.get("pagerduty_incident_id")
        if page:
            return str(page)
    raise LookupError("no row has a PagerDuty page")


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _with_line_breaks(answer: Mapping[str, Any]) -> str:
    """The answer as JSON, with line breaks between its members and between its rows."""
    members = []
    for name, value in answer.items():
        text = _compact(value)
        if isinstance(value, list) and value and isinstance(value[0], dict | list):
            rows = ",\n ".join(_compact(row) for row in value)
            text = f"[\n {rows}]"
        members.append(f'"{name}":{text}')
    return "{" + ",\n".join(members) + "}"
