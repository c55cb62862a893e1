"""Relative times and `as_of` use our clock. If the vendor's clock differs, a note says so."""

import json
from typing import Any

import pytest

from sandbox.serving import Sandbox
from server.dispatcher import Dispatcher
from tests.conftest import NOW, settings_for

pytestmark = pytest.mark.anyio

QUESTIONS = [
    ("list_incidents", {"page_size": 1}),
    ("list_incidents", {"group_by": "severity"}),
    ("list_incidents", {"group_by": "severity", "created_at": {"gte": "-30d"}}),
    ("list_attachments", {"incident_id": "INC-1207"}),
]


async def notes(sandbox: Sandbox, tool: str, arguments: dict[str, Any], clock: str) -> str:
    async with Dispatcher(settings_for(sandbox, clock=clock), clock=lambda: NOW) as dispatcher:
        return " ".join(json.loads((await dispatcher.call(tool, arguments)).text).get("notes", []))


@pytest.mark.parametrize(("tool", "arguments"), QUESTIONS, ids=str)
@pytest.mark.parametrize(
    ("seconds", "difference"),
    [
        ("70", "70 s ahead of"),
        ("300", "5 min ahead of"),
        ("-7200", "2 h behind"),
        ("-900000", "10 days behind"),
    ],
)
async def test_a_clock_that_differs_by_more_than_a_minute_is_noted(
    tool: str, arguments: dict[str, Any], seconds: str, difference: str, sandbox: Sandbox
) -> None:
    note = (
        f"The vendor's clock is {difference} this server's, by which relative times and as_of go."
    )
    assert note in await notes(sandbox, tool, arguments, seconds)


@pytest.mark.parametrize(("tool", "arguments"), QUESTIONS, ids=str)
@pytest.mark.parametrize("seconds", ["0", "59", "-59"])
async def test_a_small_difference_is_not_noted(
    tool: str, arguments: dict[str, Any], seconds: str, sandbox: Sandbox
) -> None:
    assert "clock" not in await notes(sandbox, tool, arguments, seconds)
