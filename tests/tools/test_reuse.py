"""Which requests may be answered with another call's answer, and which are always sent."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import anyio
import pytest

from sandbox.serving import Sandbox, serve_store
from sandbox.store import Store
from server.dispatcher import Dispatcher
from server.single_flight import SingleFlight
from tests.conftest import NOW, settings_for
from tests.tools.test_filter_verification import is_probe
from tools.catalogue import VENDORS

pytestmark = pytest.mark.anyio

REUSING: dict[str, tuple[str, dict[str, Any]]] = {
    "a list": ("list_incidents", {}),
    "a list with filters": ("list_incidents", {"status": ["started"], "severity": ["sev1"]}),
    "a list with relations": ("list_incidents", {"include": ["roles", "events"]}),
    "a page by its number": ("list_incidents", {"page_number": 2, "page_size": 5}),
    "a list in another order": ("list_incidents", {"sort": ["-updated_at"]}),
    "an empty list with a hint": ("list_incidents", {"services": ["chekout-api"]}),
    "attachments": ("list_attachments", {"incident_id": "INC-1207"}),
    "attachments with incidents": (
        "list_attachments",
        {"incident_id": "INC-1207", "include_incident": True},
    ),
}
SENDING: dict[str, dict[str, Any]] = {
    "counts": {"group_by": ["severity"]},
    "counts of one answer": {"group_by": ["severity"], "created_at": {"gte": "-7d"}},
    "incidents similar to words": {"similar_to": "checkout latency"},
    "incidents similar to an incident": {"similar_to": "17"},
    "conditions": {"where": {"lasted": {"gte": "2h"}}},
    "sub-incidents": {"where": {"parent": "17"}},
    "a period": {"active_during": {"gte": "-1d"}},
}


class Desk:
    """A dispatcher that reuses answers for a minute. `reuses` has the source of each one."""

    def __init__(self, sandbox: Sandbox, **dials: str) -> None:
        self.sandbox = sandbox
        self.reuses: list[str] = []
        flight = SingleFlight(60, lambda vendor, key, source: self.reuses.append(source))
        settings = settings_for(sandbox, **dials)
        self.dispatcher = Dispatcher(settings, clock=lambda: NOW, single_flight=flight)

    async def ask(self, arguments: Mapping[str, Any], tool: str = "list_incidents") -> Any:
        answer = json.loads((await self.dispatcher.call(tool, arguments)).text)
        assert "error" not in answer, answer
        return answer

    @property
    def sent(self) -> int:
        """How many requests the sandbox got so far."""
        return sum(self.sandbox.script.count(vendor.name) for vendor in VENDORS)


@asynccontextmanager
async def desk_for(sandbox: Sandbox, **dials: str) -> AsyncIterator[Desk]:
    desk = Desk(sandbox, **dials)
    async with desk.dispatcher:
        yield desk


@pytest.fixture
async def desk(sandbox: Sandbox, anyio_backend: str) -> AsyncIterator[Desk]:
    async with desk_for(sandbox) as desk:
        yield desk


@pytest.fixture(scope="module")
def many() -> Iterator[Sandbox]:
    """More incidents than one answer holds."""
    times = [NOW - timedelta(hours=hours) for hours in range(110)]
    incidents = [{"created_at": at, "title": "checkout latency"} for at in times]
    with serve_store(Store.containing(incidents, NOW)) as sandbox:
        yield sandbox


@pytest.mark.parametrize("kind", REUSING)
async def test_a_list_that_was_answered_is_answered_again_without_a_request(
    kind: str, desk: Desk
) -> None:
    tool, arguments = REUSING[kind]
    answer = await desk.ask(arguments, tool)
    sent = desk.sent
    assert await desk.ask(arguments, tool) == answer
    assert desk.sent == sent
    assert answer["source"] == "sandbox"


@pytest.mark.parametrize("kind", SENDING)
async def test_what_a_proof_reads_is_always_requested_after_its_call_began(
    kind: str, many: Sandbox
) -> None:
    numbers = []
    async with desk_for(many) as desk:
        for _ in range(2):
            sent = desk.sent
            await desk.ask(SENDING[kind])
            numbers.append(desk.sent - sent)
    assert numbers[0] == numbers[1] > 0
    assert desk.reuses == []


async def test_proofs_at_the_same_time_share_only_requests_that_wait_for_their_turn(
    many: Sandbox,
) -> None:
    rows = []

    async def ask(desk: Desk) -> None:
        rows.append((await desk.ask(SENDING["counts"]))["rows"])

    async with desk_for(many) as desk:
        before = desk.sent
        await ask(desk)
        alone = desk.sent - before
        async with anyio.create_task_group() as calls:
            for _ in range(20):
                calls.start_soon(ask, desk)
    assert rows == rows[:1] * 21
    assert {*desk.reuses} == {"flight"}
    # Eight requests can be on their way. After the first ones, all calls share each request.
    assert desk.sent - before - alone < 10 * alone


async def test_the_probe_of_readiness_is_always_sent(desk: Desk) -> None:
    sent = desk.sent
    for vendor in VENDORS:
        for _ in range(3):
            await desk.dispatcher.probe(vendor.name)
    assert desk.sent == sent + 3 * len(VENDORS)


async def test_whether_a_filter_is_heeded_is_always_asked() -> None:
    incidents = [{"services": ["ingress"]} for _ in range(30)]
    with serve_store(Store.containing(incidents, NOW)) as sandbox:
        async with desk_for(sandbox, slugs="renamed", relations="links") as desk:
            for _ in range(3):
                await desk.ask({"services": ["ingress"]})
        probes = [one for _, one in sandbox.script.requests if is_probe(dict(one.query))]
    assert desk.reuses == ["memory"] * 2
    # Each call probes the filter alone. It has no other one.
    assert len(probes) == 3


async def test_a_later_page_is_newer_than_the_page_before_it() -> None:
    """A colleague read the same later page before an incident on it began to match."""
    incidents: list[dict[str, Any]] = [
        {"created_at": NOW - timedelta(hours=hours), "status": "started"} for hours in range(1, 9)
    ]
    incidents[4]["status"] = "resolved"
    with serve_store(Store.containing(incidents, NOW)) as sandbox:
        async with desk_for(sandbox) as desk:
            question = {"status": ["started"], "page_size": 3}
            first_page = await desk.ask({**question, "fields": ["title"]})
            await desk.ask({**question, **first_page["next"]})
            sandbox.store.update_incident(5, status="started")
            pages = [await desk.ask(question)]
            while "next" in pages[-1]:
                pages.append(await desk.ask({**question, **pages[-1]["next"]}))
    rows = [row["sequential_id"] for page in pages for row in page["incidents"]]
    assert rows == [*range(1, 9)]
