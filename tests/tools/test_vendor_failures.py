"""What an agent reads when a vendor fails; it is the same for every tool.

The failures are those of the sandbox, over a real socket.
"""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.faults import FAULTS as KINDS
from sandbox.serving import Sandbox
from server.dispatcher import Dispatcher
from tests.conftest import settings_for
from tools.catalogue import PLAIN_TOOLS
from tools.limits import Limits

pytestmark = pytest.mark.anyio
QUESTIONS: dict[str, dict[str, Any]] = {
    "list_incidents": {"page_size": 5},
    "list_attachments": {"incident_id": "01KAM4V5QW8XY2ZB3CD6EF7GH9"},
}
ERRORS = (Path(__file__).parents[2] / "docs/errors.md").read_text(encoding="utf-8")
TABLE = ERRORS.partition("<!-- faults -->")[2].partition("<!-- /faults -->")[0]
FAULTS = {
    fault: outcome.strip()
    for _, faults, outcome in re.findall(r"^\| (.+) \| (`.+`) \| (.+) \|$", TABLE, re.MULTILINE)[1:]
    for fault in re.findall(r"`(\S+)`", faults)
}
"""The outcome of each of the sandbox's faults, as the documentation has it."""
RETRYABLE = {"timeout", "unavailable", "rate_limited"}


async def ask(
    sandbox: Sandbox, tool: str, timeout_s: float = 1.5, **options: str
) -> dict[str, Any]:
    limits = Limits(timeout_s=timeout_s, backoff_s=0.01)
    settings = replace(settings_for(sandbox, **options), limits=limits)
    async with Dispatcher(settings) as dispatcher:
        result = await dispatcher.call(tool, QUESTIONS[tool])
    answer: dict[str, Any] = json.loads(result.text)
    assert result.is_error == ("error" in answer)
    return answer


@pytest.mark.parametrize("tool", [tool.name for tool in PLAIN_TOOLS])
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_failure_is_named(sandbox: Sandbox, tool: str, fault: str) -> None:
    outcome = FAULTS[fault]
    answer = await ask(sandbox, tool, 0.3 if outcome == "`timeout`" else 1.5, fault=fault)
    if outcome.startswith("the rows"):
        rows = answer.get("incidents", answer.get("attachments")) or pytest.fail(str(answer))
        assert len(rows) >= 5
    else:
        code = outcome.strip("`")
        assert (answer["error"]["code"], answer["error"]["retryable"]) == (code, code in RETRYABLE)
        assert answer["error"]["message"]


def test_the_readme_has_every_fault_of_the_sandbox() -> None:
    documented = {fault.partition(":")[0] for fault in FAULTS}
    # A canary is not a failure: tests/tools/test_canary.py is about it.
    assert documented == {*KINDS} - {"canary"}


@pytest.mark.parametrize("tool", [tool.name for tool in PLAIN_TOOLS])
async def test_nobody_listening_is_unavailable(sandbox: Sandbox, tool: str) -> None:
    settings = replace(
        settings_for(sandbox),
        urls=dict.fromkeys(("rootly", "incident_io"), "http://127.0.0.1:9"),
        limits=Limits(backoff_s=0.01),
    )
    async with Dispatcher(settings) as dispatcher:
        result = await dispatcher.call(tool, QUESTIONS[tool])
    assert json.loads(result.text)["error"]["code"] == "unavailable"


@pytest.mark.parametrize("tool", [tool.name for tool in PLAIN_TOOLS])
async def test_a_passing_failure_is_retried(sandbox: Sandbox, tool: str) -> None:
    # Deterministic for the seed: some of these requests fail, none of them three times in a row.
    settings = replace(
        settings_for(sandbox, fault="status:503", rate="0.2", seed=f"{len(tool)}0"),
        limits=Limits(backoff_s=0.001),
    )
    async with Dispatcher(settings) as dispatcher:
        results = [await dispatcher.call(tool, QUESTIONS[tool]) for _ in range(12)]
    assert not any(result.is_error for result in results)


async def test_a_missing_scope_is_named(sandbox: Sandbox) -> None:
    settings = replace(
        settings_for(sandbox),
        urls={"incident_io": sandbox.url("incident_io", scope="incidents.view")},
    )
    async with Dispatcher(settings) as dispatcher:
        answer = json.loads(
            (await dispatcher.call("list_attachments", QUESTIONS["list_attachments"])).text
        )
    assert "attachments.view" in answer["error"]["message"]
    assert answer["error"]["request_id"]


async def test_the_vendors_reason_is_quoted_where_it_helps(sandbox: Sandbox) -> None:
    answer = await ask(sandbox, "list_attachments", fault="status:422")
    assert answer["error"]["message"].startswith("incident.io refused this (422): ")
