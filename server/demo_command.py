"""`incident-desk demo`: a triage on made-up data, call by call."""

import json
from collections.abc import Mapping
from typing import Any

import anyio

from server import logs
from server.dispatcher import Dispatcher
from server.sandboxed import sandboxed
from server.settings import Settings

Arguments = Mapping[str, Any]


def demo(settings: Settings) -> int:
    """Print each call as one would type it, and its answer with a row a line. The exit code is 0 if all went as it should."""
    logs.configure(settings.log_level, settings.keys.values())
    with sandboxed(settings) as settings_:
        return anyio.run(_triage, settings_)


async def _triage(settings: Settings) -> int:
    async with Dispatcher(settings) as dispatcher:

        async def ask(why: str, tool: str, arguments: Arguments) -> dict[str, Any]:
            result = await dispatcher.call(tool, arguments)
            answer: dict[str, Any] = json.loads(result.text)
            print(
                f"\n# {why}\n$ incident-desk call {tool} '{_compact(arguments)}'\n{_rows_on_lines(answer)}"
            )
            return answer

        await ask(
            "What is on fire?",
            "list_incidents",
            {"status": ["started", "detected", "acknowledged"], "page_size": 5, "view": "table"},
        )
        narrowed = await ask(
            "The worst of it, in production, with the page that woke somebody up, and who is on it.",
            "list_incidents",
            {
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
            },
        )
        page = next(
            row["pagerduty_incident_id"]
            for row in narrowed["incidents"]
            if "pagerduty_incident_id" in row
        )
        attached = await ask(
            "Does incident.io know that PagerDuty page?",
            "list_attachments",
            {"resource_type": "pager_duty_incident", "external_id": page},
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


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _rows_on_lines(answer: dict[str, Any]) -> str:
    """The very JSON of the answer, with line breaks between its rows."""
    parts = []
    for key, value in answer.items():
        if isinstance(value, list) and value and isinstance(value[0], dict | list):
            rows = ",\n ".join(_compact(row) for row in value)
            parts.append(f'"{key}":[\n {rows}]')
        else:
            parts.append(f'"{key}":{_compact(value)}')
    return "{" + ",\n".join(parts) + "}"
