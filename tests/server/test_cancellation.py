"""A client that cancels a call stops the request to the vendor, at once, and the server goes on."""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio.abc import SocketStream
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from sandbox.serving import Sandbox
from server.app import build
from server.dispatcher import Dispatcher
from server.settings import KEYS, URLS, Settings
from tests.slow import slow

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("mode", ["auto", "legacy"])]
ROOT = Path(__file__).parents[2]
BODY = b'{"data":[],"links":{"next":null},"incident_attachments":[]}'
HEAD = f"HTTP/1.1 200 OK\r\nContent-Length: {len(BODY)}\r\nContent-Type: application/json\r\n\r\n".encode()
QUESTIONS: dict[str, dict[str, Any]] = {
    "list_incidents": {"page_size": 5},
    "list_attachments": {"incident_id": "01KAM4V5QW8XY2ZB3CD6EF7GH9"},
}
HANGS = {"before its answer": b"", "in its head": HEAD[:20], "in its body": HEAD + BODY[:10]}


class Vendor:
    """Hangs in its first answer, and gives all others. `closed` is set when the client has gone away from the first."""

    def __init__(self, url: str, hangs_after: bytes) -> None:
        self.url = url
        self.asked = anyio.Event()
        self.closed = anyio.Event()
        self._hangs_after = hangs_after

    async def serve(self, stream: SocketStream) -> None:
        async with stream:
            try:
                while True:
                    request = b""
                    while not request.endswith(b"\r\n\r\n"):
                        request += await stream.receive()
                    if not self.asked.is_set():
                        await stream.send(self._hangs_after)
                        self.asked.set()
                        try:
                            await stream.receive()
                        finally:
                            self.closed.set()
                    await stream.send(HEAD + BODY)
            except (anyio.EndOfStream, anyio.BrokenResourceError):
                pass


@asynccontextmanager
async def hanging(hangs_after: bytes) -> AsyncIterator[Vendor]:
    async with (
        await anyio.create_tcp_listener(local_host="127.0.0.1") as listener,
        anyio.create_task_group() as serving,
    ):
        port = listener.extra(anyio.abc.SocketAttribute.local_port)
        vendor = Vendor(f"http://127.0.0.1:{port}", hangs_after)
        serving.start_soon(listener.serve, vendor.serve)
        yield vendor
        serving.cancel_scope.cancel()


async def cancel_then_call(client: Client, tool: str, vendor: Vendor) -> None:
    with anyio.fail_after(10):
        async with anyio.create_task_group() as calls:
            calls.start_soon(client.call_tool, tool, QUESTIONS[tool])
            await vendor.asked.wait()
            calls.cancel_scope.cancel()
        await vendor.closed.wait()
        # There is one place among the requests in flight: it must be free again.
        result = await client.call_tool(tool, QUESTIONS[tool])
    assert not result.is_error
    assert (await client.list_tools()).tools


@pytest.mark.parametrize("hangs", HANGS)
@pytest.mark.parametrize("tool", QUESTIONS)
async def test_in_memory(mode: Any, tool: str, hangs: str) -> None:
    async with hanging(HANGS[hangs]) as vendor:
        settings = Settings(
            keys=dict.fromkeys(KEYS, "key"), urls=dict.fromkeys(KEYS, vendor.url), max_in_flight=1
        )
        async with Client(build(Dispatcher(settings)), mode=mode) as client:
            await cancel_then_call(client, tool, vendor)


@asynccontextmanager
async def started(mode: Any, **environ: str) -> AsyncIterator[Client]:
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "server"], env=environ, cwd=ROOT
    )
    async with Client(stdio_client(server), mode=mode) as client:
        yield client


@pytest.mark.parametrize("hangs", ["in its body", *slow(["before its answer", "in its head"])])
async def test_over_stdio(mode: str, hangs: str) -> None:
    async with hanging(HANGS[hangs]) as vendor:
        environ = {
            **dict.fromkeys(URLS.values(), vendor.url),
            **dict.fromkeys(KEYS.values(), "key"),
        }
        async with started(mode, **environ, INCIDENT_DESK_MAX_IN_FLIGHT="1") as client:
            await cancel_then_call(client, "list_incidents", vendor)


async def test_those_who_wait_for_a_place_or_for_a_retry_stop_too(
    mode: str, sandbox: Sandbox
) -> None:
    urls = {
        URLS["rootly"]: sandbox.url("rootly", fault="delay:20"),
        URLS["incident_io"]: sandbox.url("incident_io", fault="429:seconds:30"),
    }
    environ = {**urls, **dict.fromkeys(KEYS.values(), "key"), "INCIDENT_DESK_MAX_IN_FLIGHT": "2"}
    async with started(mode, **environ) as client:
        with anyio.fail_after(10):
            async with anyio.create_task_group() as calls:
                for _ in range(6):
                    calls.start_soon(client.call_tool, "list_incidents", {})
                calls.start_soon(
                    client.call_tool, "list_attachments", QUESTIONS["list_attachments"]
                )
                # An answer to a question behind all of these: they have been read.
                result = await client.call_tool("list_incidents", {"status": "open"})
                calls.cancel_scope.cancel()
            assert json.loads(result.content[0].text)["error"]["code"] == "invalid_arguments"  # type: ignore[union-attr]
            assert (await client.list_tools()).tools
