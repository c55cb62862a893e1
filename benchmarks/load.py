"""Calls per second and their latency, over HTTP, beside the SDK's minimal server: `python -m benchmarks.load`, some two minutes.

Every call is `list_incidents` for five incidents in the stateless era, on a connection that is kept. A stub in a process of its
own stands for the vendor; the minimal server asks it for the same page, and passes on what it gets. Clients, server and stub
share this machine's cores.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.request import Request, urlopen

from sandbox.serving import serve
from server.http.accounts import new_account

CLIENTS = (1, 8, 64, 256)
VERSION = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": VERSION,
    "io.modelcontextprotocol/clientInfo": {"name": "load", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
UNBOUNDED = {
    "INCIDENT_DESK_REQUESTS_PER_MINUTE": "100000",
    "INCIDENT_DESK_HTTP_CALLS_PER_MINUTE": "1000000",
    "INCIDENT_DESK_HTTP_MAX_CALLS_PER_CALLER": "1000",
    "INCIDENT_DESK_HTTP_MAX_CALLS": "1000",
}


def request(port: int, tool: str, token: str = "") -> bytes:
    body = json.dumps(
        {
            "jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": {"name": tool, "arguments": {"page_size": 5}, "_meta": META},
        }
    )  # fmt: skip
    lines = [
        "POST /mcp HTTP/1.1", f"Host: 127.0.0.1:{port}", "Content-Type: application/json",
        "Accept: application/json, text/event-stream", f"MCP-Protocol-Version: {VERSION}", "Mcp-Method: tools/call",
        f"Mcp-Name: {tool}", f"Content-Length: {len(body)}", *([f"Authorization: Bearer {token}"] if token else []),
    ]  # fmt: skip
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


async def load(port: int, sent: bytes, clients: int, seconds: float) -> tuple[float, list[float], int]:
    """Calls per second, the latency of each in seconds, and how many failed."""
    latencies: list[float] = []
    failed = 0

    async def client(until: float) -> None:
        nonlocal failed
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
        while (began := time.perf_counter()) < until:
            writer.write(sent)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            answer = json.loads(await reader.readexactly(length))
            latencies.append(time.perf_counter() - began)
            failed += b" 200 " not in head[:15] or answer["result"].get("isError", False)
        writer.close()

    await asyncio.gather(*(client(time.perf_counter() + 0.5) for _ in range(clients)))
    latencies.clear()
    began = time.perf_counter()
    await asyncio.gather(*(client(began + seconds) for _ in range(clients)))
    return len(latencies) / (time.perf_counter() - began), latencies, failed


@contextmanager
def running(*command: str, **environ: str) -> Iterator[tuple[int, int]]:
    """The id of a subprocess, and the port that it says, in its first line that has one, it serves on."""
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        env={**os.environ, **environ},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    # A log that nobody reads would fill the pipe, and then stop the process.
    reader = Thread(target=process.stderr.read)
    try:
        first = next(line for line in process.stderr if "127.0.0.1:" in line)
        reader.start()
        yield process.pid, int(first.split("127.0.0.1:")[1].split("/")[0])
    finally:
        process.terminate()
        process.wait()
        if reader.is_alive():
            reader.join()
        process.stderr.close()


@contextmanager
def started(*command: str, **environ: str) -> Iterator[int]:
    """The port of a subprocess."""
    with running(*command, **environ) as (_, port):
        yield port


async def stub(origin: str) -> None:
    """The vendor: what *origin* answers to a request, it answers again, from memory."""
    pages: dict[bytes, bytes] = {}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            target = head.split(b" ", 2)[1]
            if target not in pages:
                asked = Request(origin + target.decode(), headers={"Authorization": "Bearer key", "User-Agent": "load"})
                with await asyncio.to_thread(urlopen, asked) as page:
                    body = page.read()
                start = f"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.api+json\r\nContent-Length: {len(body)}\r\n\r\n"
                pages[target] = start.encode() + body
            writer.write(pages[target])

    async def until_gone(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    listening = await asyncio.start_server(until_gone, "127.0.0.1", 0)
    print(f"127.0.0.1:{listening.sockets[0].getsockname()[1]}/", file=sys.stderr, flush=True)
    await listening.serve_forever()


def minimal_app() -> Any:
    """As few lines as the SDK takes for a tool that asks an API."""
    import httpx
    from mcp import types
    from mcp.server.lowlevel import Server

    http = httpx.AsyncClient(base_url=os.environ["VENDOR"])
    schema = {"type": "object", "properties": {"page_size": {"type": "integer"}}}

    async def list_tools(*_: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[types.Tool(name="list", input_schema=schema)])

    async def call_tool(_: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        page = await http.get("/v1/incidents", params={"page[size]": (params.arguments or {})["page_size"]})
        return types.CallToolResult(content=[types.TextContent(type="text", text=page.text)])

    server: Server[Any] = Server(
        "minimal", on_list_tools=list_tools, on_call_tool=call_tool, get_tool_input_schema=lambda _: schema
    )
    return server.streamable_http_app(stateless_http=True)


def minimal(workers: int) -> None:
    import socket

    import uvicorn

    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    print(f"127.0.0.1:{port}/", file=sys.stderr, flush=True)
    uvicorn.run("benchmarks.load:minimal_app", factory=True, port=port, workers=workers, log_level="error", access_log=False)


def wait_for(port: int) -> None:
    """Until every process is up: each of them may take the first connection."""
    for _ in range(100):
        try:
            urlopen(f"http://127.0.0.1:{port}/healthz").close()
        except OSError as error:
            if getattr(error, "code", None) == 404:
                break
            time.sleep(0.1)
        else:
            break
    time.sleep(2)


def measure(name: str, port: int, sent: bytes, seconds: float) -> int:
    cells, failed_in_all = [], 0
    for clients in CLIENTS:
        rate, latencies, failed = asyncio.run(load(port, sent, clients, seconds))
        cuts = statistics.quantiles(latencies, n=100)
        cells.append(f"{rate:,.0f}/s, {cuts[49] * 1000:.1f} / {cuts[98] * 1000:.1f} ms")
        failed_in_all += failed
    print(f"| {name} | {' | '.join(cells)} |", flush=True)
    return failed_in_all


def main(seconds: float) -> int:
    token, table = new_account("load", date(2999, 1, 1), [])
    failed = 0
    print(f"| calls per second, median / 99th percentile | {' | '.join(f'{n} clients' for n in CLIENTS)} |")
    print("|---|" + "---|" * len(CLIENTS), flush=True)
    with tempfile.TemporaryDirectory() as folder, serve() as sandbox:
        accounts = Path(folder, "accounts.toml")
        accounts.write_text(table, encoding="utf-8")
        with started("benchmarks.load", "--stub", sandbox.url("rootly")) as vendor:
            url = f"http://127.0.0.1:{vendor}"
            ours = {**UNBOUNDED, "ROOTLY_API_URL": url, "ROOTLY_API_TOKEN": "key"}
            for workers in ("1", "2"):
                several = f"{workers} process{'es' if workers == '2' else ''}"
                with started("benchmarks.load", "--minimal", workers, VENDOR=url) as port:
                    wait_for(port)
                    failed += measure(f"the SDK's minimal server, {several}", port, request(port, "list"), seconds)
                for with_accounts in (False, True):
                    extra = {"INCIDENT_DESK_HTTP_ACCOUNTS_FILE": str(accounts)} if with_accounts else {}
                    with started("server", "http", "--port", "0", "--workers", workers, **ours, **extra) as port:
                        wait_for(port)
                        name = f"Incident Desk, {several}{', accounts' if with_accounts else ''}"
                        failed += measure(name, port, request(port, "list_incidents", token if with_accounts else ""), seconds)
    print(f"\nFailed calls: {failed}.")
    return 1 if failed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=3, help="for each cell of the table")
    parser.add_argument("--stub", help=argparse.SUPPRESS)
    parser.add_argument("--minimal", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stub:
        asyncio.run(stub(options.stub))
    elif options.minimal:
        minimal(options.minimal)
    else:
        sys.exit(main(options.seconds))
