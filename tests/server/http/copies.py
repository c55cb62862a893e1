"""Copies of the server that share a real Redis, each with its own way to it."""

import json
import re
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import anyio
import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.recording_vendor import RecordingVendor
from tests.redis_server import RedisServer
from tests.server.http.served import META, MODERN, Process
from tests.tcp_proxy import TcpProxy, proxying

HEADERS = {
    "Accept": "application/json, text/event-stream",
    "MCP-Protocol-Version": MODERN,
    "Mcp-Method": "tools/call",
    "Mcp-Name": "list_attachments",
}


@dataclass(frozen=True)
class Copy:
    """A process of the server. `proxy` is on its way to Redis."""

    process: Process
    proxy: TcpProxy

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"{self.process.url.removesuffix('/mcp')}{path}", timeout=20)

    def warnings(self) -> str:
        """What `/readyz` warns of. The copy must be ready all the same."""
        answer = self.get("/readyz")
        assert answer.status_code == 200, answer.text
        return "; ".join(answer.json().get("warnings", ()))

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric's samples that have these labels."""
        families = text_string_to_metric_families(self.get("/metrics").text)
        return sum(
            sample.value
            for family in families
            for sample in family.samples
            if sample.name == name and sample.labels.items() >= labels.items()
        )

    def is_shared(self) -> bool:
        """Whether the copy has its part of the rate from Redis."""
        return self.metric("incident_desk_redis_up") == 1 and not self.warnings()

    def call(self, count: int) -> dict[str, Any]:
        """The result of a call that sends *count* requests to the vendor."""
        with httpx.Client(timeout=60) as http:
            return _result(http.post(self.process.url, **_call(count)))


@contextmanager
def running_copies(
    count: int, redis: RedisServer, vendor: RecordingVendor, *, allowed: int, **environ: str
) -> Iterator[list[Copy]]:
    """Start *count* copies, of which there should never be more than *allowed*.

    *environ* has more of their settings.
    """
    with ExitStack() as stack:
        copies = []
        for _ in range(count):
            proxy = stack.enter_context(proxying(redis.port))
            process = Process(
                stdout=subprocess.DEVNULL,
                **vendor.environ,
                INCIDENT_DESK_REDIS_URL=redis.url(proxy.port),
                INCIDENT_DESK_COPIES=str(allowed),
                **environ,
            )
            copies.append(Copy(stack.enter_context(process), proxy))
        yield copies


async def keep_calling(copy: Copy, count: int, outcomes: Counter[str]) -> None:
    """Call one tool after another, with *count* requests to the vendor each, until cancelled."""
    async with httpx.AsyncClient(timeout=60) as http:
        while True:
            result = _result(await http.post(copy.process.url, **_call(count)))
            outcomes[_outcome(result, count)] += 1


Step = tuple[float, Callable[[], object]]
"""The seconds until something is done, and what."""


async def take_steps(steps: Sequence[Step]) -> list[float]:
    """Take one step after the other. Gives the times, by `time.monotonic`."""
    times = []
    for seconds, act in steps:
        await anyio.sleep(seconds)
        times.append(time.monotonic())
        await anyio.to_thread.run_sync(act)
    return times


def _call(count: int) -> dict[str, Any]:
    """The request of a call that sends *count* requests to the vendor."""
    ids = [f"P{number}" for number in range(count)]
    arguments = {"resource_type": "pager_duty_incident", "external_id": ids}
    params = {"name": "list_attachments", "arguments": arguments, "_meta": META}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    return {"json": body, "headers": HEADERS}


def _result(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    message = re.search(r"^(?:data: )?(\{.*\})$", answer.text, re.MULTILINE)
    assert message, answer.text
    result: dict[str, Any] = json.loads(message[1])["result"]
    return result


def _outcome(result: dict[str, Any], count: int) -> str:
    """`ok` if every request was answered. Otherwise the text of the result."""
    facts = result["structuredContent"]
    is_complete = facts.get("by_external_id", {}) == {f"P{number}": 0 for number in range(count)}
    if is_complete and "failed" not in facts:
        return "ok"
    return json.dumps(result)
