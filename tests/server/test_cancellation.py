"""A cancelled call stops its request to the vendor immediately, and the server goes on."""

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
from tools.limits import Limits

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("mode", ["auto", "legacy"])]
ROOT = Path(__file__).parents[2]
BODY = b'{"data":[],"links":{"next":null},"incident_attachments":[]}'
HEAD = (b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nContent-Type: application/json\r\n\r\n") % len(
    BODY
)
ARGUMENTS: dict[str, dict[str, Any]] = {
    "list_incidents": {"page_size": 5},
    "list_attachments": {"incident_id": "01KAM4V5QW8XY2ZB3CD6EF7GH9"},
}
HANGS = {"before its answer": b"", "in its head": HEAD[:20], "in its body": HEAD + BODY[:10]}


class Vendor:
    """Hangs in its first answer, after sending *hangs_after*, and sends all others.

    `has_request` is set with the first request; `is_left`, when its client closes the connection.
    """

    def __init__(self, url: str, hangs_after: bytes) -> None:
        self.url = url
        self.has_request = anyio.Event()
        self.is_left = anyio.Event()
        self._hangs_after = hangs_after

    async def serve(self, stream: SocketStream) -> None:
        async with stream:
            try:
                while True:
                    request = b""
                    while not request.endswith(b"\r\n\r\n"):
                        request += await stream.receive()
                    if not self.has_request.is_set():
                        await stream.send(self._hangs_after)
                        self.has_request.set()
                        try:
                            await stream.receive()
                        finally:
                            self.is_left.set()
                    await stream.send(HEAD + BODY)
            except (anyio.EndOfStream, anyio.BrokenResourceError):
                pass


@asynccontextmanager
async def hanging_vendor(hangs_after: bytes) -> AsyncIterator[Vendor]:
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
            calls.start_soon(client.call_tool, tool, ARGUMENTS[tool])
            await vendor.has_request.wait()
            calls.cancel_scope.cancel()
        await vendor.is_left.wait()
        # Only one request may be in flight, so the next call needs the place of the cancelled one.
        result = await client.call_tool(tool, ARGUMENTS[tool])
    assert not result.is_error
    assert (await client.list_tools()).tools


@pytest.mark.parametrize("hangs", HANGS)
@pytest.mark.parametrize("tool", ARGUMENTS)
async def test_a_cancelled_call_in_memory_stops_its_request(
    mode: Any, tool: str, hangs: str
) -> None:
    async with hanging_vendor(HANGS[hangs]) as vendor:
        settings = Settings(
            keys=dict.fromkeys(KEYS, "key"),
            urls=dict.fromkeys(KEYS, vendor.url),
            limits=Limits(max_in_flight=1),
        )
        async with Client(build(Dispatcher(settings)), mode=mode) as client:
            await cancel_then_call(client, tool, vendor)


@asynccontextmanager
async def start(mode: Any, **environ: str) -> AsyncIterator[Client]:
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "server"], env=environ, cwd=ROOT
    )
    async with Client(stdio_client(server), mode=mode) as client:
        yield client


@pytest.mark.parametrize("hangs", ["in its body", *slow(["before its answer", "in its head"])])
async def test_a_cancelled_call_over_stdio_stops_its_request(mode: str, hangs: str) -> None:
    async with hanging_vendor(HANGS[hangs]) as vendor:
        environ = {
            **dict.fromkeys(URLS.values(), vendor.url),
            **dict.fromkeys(KEYS.values(), "key"),
        }
        async with start(mode, **environ, INCIDENT_DESK_MAX_IN_FLIGHT="1") as client:
            await cancel_then_call(client, "list_incidents", vendor)


@pytest.mark.slow
async def test_calls_that_wait_for_a_place_or_for_a_retry_stop_too(
    mode: str, sandbox: Sandbox
) -> None:
    urls = {
        URLS["rootly"]: sandbox.url("rootly", fault="delay:20"),
        URLS["incident_io"]: sandbox.url("incident_io", fault="429:seconds:30"),
    }
    environ = {**urls, **dict.fromkeys(KEYS.values(), "key"), "INCIDENT_DESK_MAX_IN_FLIGHT": "2"}
    async with start(mode, **environ) as client:
        with anyio.fail_after(10):
            async with anyio.create_task_group() as calls:
                for _ in range(6):
                    calls.start_soon(client.call_tool, "list_incidents", {})
                calls.start_soon(
                    client.call_tool, "list_attachments", ARGUMENTS["list_attachments"]
                )
                # This call is read after all of these, so its answer shows that they were read.
                result = await client.call_tool("list_incidents", {"status": "open"})
                calls.cancel_scope.cancel()
            assert json.loads(result.content[0].text)["error"]["code"] == "invalid_arguments"  # type: ignore[union-attr]
            assert (await client.list_tools()).tools
