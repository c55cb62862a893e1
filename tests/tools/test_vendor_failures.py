"""What an agent reads when a vendor fails, the same for every tool. The failures are the sandbox's, over a real socket."""

import json
from dataclasses import replace
from typing import Any

import pytest

from sandbox.serving import Sandbox
from server.desk import Desk
from tests.conftest import settings_for
from tools import TOOLS

pytestmark = pytest.mark.anyio
QUESTIONS: dict[str, dict[str, Any]] = {
    "list_incidents": {"page_size": 5},
    "list_attachments": {"incident_id": "01KAM4V5QW8XY2ZB3CD6EF7GH9"},
}
FAULTS = {
    "status:400": "rejected", "status:401": "unauthorized", "status:402": "rejected", "status:403": "forbidden",
    "status:404": "not_found", "status:405": "rejected", "status:406": "rejected", "status:408": "timeout",
    "status:409": "rejected", "status:410": "not_found", "status:415": "rejected", "status:418": "rejected",
    "status:422": "rejected", "status:429": "rate_limited", "status:431": "rejected", "status:451": "rejected",
    "status:500": "unavailable", "status:501": "unavailable", "status:502": "unavailable", "status:503": "unavailable",
    "status:504": "unavailable", "status:511": "unavailable",
    "status:204": "unexpected_response", "status:206": "unexpected_response", "status:304": "unexpected_response",
    "redirect:301": "unexpected_response", "redirect:302": "unexpected_response", "redirect:307": "unexpected_response",
    "delay:30": "timeout", "slow:30": "timeout",
    "reset": "unavailable", "reset-in-body": "unavailable", "truncated": "unavailable",
    "html": "unexpected_response", "malformed": "unexpected_response", "cut": "unexpected_response",
    "empty": "unexpected_response", "root:[]": "unexpected_response", "root:null": "unexpected_response",
    'root:"text"': "unexpected_response", "root:{}": "unexpected_response", "root:17": "unexpected_response",
    "missing-rows": "unexpected_response", "error-in-success": "unexpected_response",
    "oversized": "unexpected_response", "endless": "unexpected_response", "gzip-bomb": "unexpected_response",
    "content-type": None, "wrong-types": None, "nulls": None, "numeric-ids": None, "invalid-dates": None,
    "surrogates": None, "unknown-enums": None, "duplicates": None, "dangling": None,
}  # fmt: skip
"""The code that each of the sandbox's faults becomes; None where the answer is usable."""
RETRYABLE = {"timeout", "unavailable", "rate_limited"}


async def ask(sandbox: Sandbox, tool: str, **options: str) -> dict[str, Any]:
    settings = replace(settings_for(sandbox, **options), timeout_s=1.5, backoff_s=0.01)
    async with Desk(settings) as desk:
        result = await desk.call(tool, QUESTIONS[tool])
    answer: dict[str, Any] = json.loads(result.text)
    assert result.is_error == ("error" in answer)
    return answer


@pytest.mark.parametrize("tool", [tool.name for tool in TOOLS])
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_failure_is_named(sandbox: Sandbox, tool: str, fault: str) -> None:
    answer = await ask(sandbox, tool, fault=fault)
    code = FAULTS[fault]
    if code is None:
        rows = answer.get("incidents", answer.get("attachments")) or pytest.fail(str(answer))
        assert len(rows) >= 5
    else:
        assert (answer["error"]["code"], answer["error"]["retryable"]) == (code, code in RETRYABLE)
        assert answer["error"]["message"]


@pytest.mark.parametrize("tool", [tool.name for tool in TOOLS])
async def test_nobody_listening_is_unavailable(sandbox: Sandbox, tool: str) -> None:
    settings = replace(settings_for(sandbox), urls=dict.fromkeys(("rootly", "incident_io"), "http://127.0.0.1:9"), backoff_s=0.01)
    async with Desk(settings) as desk:
        result = await desk.call(tool, QUESTIONS[tool])
    assert json.loads(result.text)["error"]["code"] == "unavailable"


@pytest.mark.parametrize("tool", [tool.name for tool in TOOLS])
async def test_a_passing_failure_is_retried(sandbox: Sandbox, tool: str) -> None:
    # Deterministic for the seed: some of these requests fail, none of them three times in a row.
    settings = replace(settings_for(sandbox, fault="status:503", rate="0.2", seed=f"{len(tool)}0"), backoff_s=0.001)
    async with Desk(settings) as desk:
        results = [await desk.call(tool, QUESTIONS[tool]) for _ in range(12)]
    assert not any(result.is_error for result in results)


async def test_a_missing_scope_is_named(sandbox: Sandbox) -> None:
    settings = replace(settings_for(sandbox), urls={"incident_io": sandbox.url("incident_io", scope="incidents.view")})
    async with Desk(settings) as desk:
        answer = json.loads((await desk.call("list_attachments", QUESTIONS["list_attachments"])).text)
    assert "attachments.view" in answer["error"]["message"]
    assert answer["error"]["request_id"]


async def test_the_vendors_reason_is_told_where_it_helps(sandbox: Sandbox) -> None:
    answer = await ask(sandbox, "list_attachments", fault="status:422")
    assert answer["error"]["message"].startswith("incident.io refused this (422): ")
