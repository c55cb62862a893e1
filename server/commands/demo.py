"""`incident-desk demo`: a triage on made-up data, call by call."""

import json
from collections.abc import Mapping
from typing import Any

import anyio

from server import logs
from server.dispatcher import Dispatcher
from server.sandboxed import sandboxed
from server.settings import Settings

_WORST = {
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
    """Print each call as a person would type it, and its answer with one row on each line.

    The exit code is 0 if every call answered as expected.
    """
    logs.configure(settings.log_level, settings.keys.values())
    with sandboxed(settings) as settings_:
        return anyio.run(_triage, settings_)


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
            "The worst of it in production: which page woke somebody up, and who works on it?",
            "list_incidents",
            _WORST,
        )
        attached = await ask(
            "Does incident.io know that PagerDuty page?",
            "list_attachments",
            {"resource_type": "pager_duty_incident", "external_id": _page(worst)},
        )
        await ask(
            "What else is attached there?",
            "list_attachments",
            {"incident_id": attached["attachments"][0]["incident_id"]},
        )
        wrong = await ask(
            "A wrong call says what would be right.",
            "list_incidents",
            {"status": ["investigating"], "limit": 5},
        )
    return 0 if wrong.get("error", {}).get("code") == "invalid_arguments" else 1


def _page(answer: Mapping[str, Any]) -> str:
    """The id of the first PagerDuty page in the rows."""
    pages: list[str] = [row.get("pagerduty_incident_id") for row in answer["incidents"]]
    return next(page for page in pages if page)


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _with_line_breaks(answer: Mapping[str, Any]) -> str:
    """The JSON of the answer as it is, with line breaks between its members and its rows."""
    members = []
    for name, value in answer.items():
        text = _compact(value)
        if isinstance(value, list) and value and isinstance(value[0], dict | list):
            rows = ",\n ".join(_compact(row) for row in value)
            text = f"[\n {rows}]"
        members.append(f'"{name}":{text}')
    return "{" + ",\n".join(members) + "}"
