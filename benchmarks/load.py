"""Calls per second and latency over HTTP, compared with the SDK's minimal server.

`python -m benchmarks.load` takes about five minutes. Every call is `list_incidents` for five
incidents in the stateless era, on a connection that is kept alive. A stub in a process of its own
replaces the vendor. The minimal server requests the same page, and returns it unchanged. Clients,
servers and stub share the cores of this machine. All servers run at the same time, and are measured
in turn, in several rounds.
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
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.request import Request, urlopen

from benchmarks.table import write
from evals.table import table
from sandbox.serving import serve
from server.http.accounts.verifier import new_account

CLIENTS = {1: "1 client", 8: "8 clients", 64: "64 clients", 256: "256 clients"}
SERVICE_PAGE = Path(__file__).parents[1] / "docs/service.md"
BEGIN, END = "<!-- load -->\n", "<!-- /load -->"
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
    """The bytes of a call of *tool* for five incidents."""
    message = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": tool, "arguments": {"page_size": 5}, "_meta": META},
    }
    return call_request(port, tool, json.dumps(message).encode(), token)


def call_request(port: int, tool: str, body: bytes, token: str = "") -> bytes:
    """The bytes of a `tools/call` with this body."""
    lines = [
        "POST /mcp HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Content-Type: application/json",
        "Accept: application/json, text/event-stream",
        f"MCP-Protocol-Version: {VERSION}",
        "Mcp-Method: tools/call",
        f"Mcp-Name: {tool}",
        f"Content-Length: {len(body)}",
    ]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def content_length(head: bytes) -> int | None:
    """The length that *head* declares; None if it declares none."""
    length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
    if not length:
        return None
    return int(length)


async def load(
    port: int, data: bytes, clients: int, seconds: float
) -> tuple[float, list[float], int]:
    """Calls per second, the latency of each call in seconds, and the number of failed calls."""
    latencies: list[float] = []
    failed = 0

    async def client(until: float) -> None:
        nonlocal failed
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
        while (sent_at := time.perf_counter()) < until:
            writer.write(data)
            head = await reader.readuntil(b"\r\n\r\n")
            answer = json.loads(await reader.readexactly(content_length(head) or 0))
            latencies.append(time.perf_counter() - sent_at)
            failed += b" 200 " not in head[:15] or answer["result"].get("isError", False)
        writer.close()

    # Half a second to warm up.
    await asyncio.gather(*(client(time.perf_counter() + 0.5) for _ in range(clients)))
    latencies.clear()
    started_at = time.perf_counter()
    await asyncio.gather(*(client(started_at + seconds) for _ in range(clients)))
    return len(latencies) / (time.perf_counter() - started_at), latencies, failed


@contextmanager
def running(*command: str, **environ: str) -> Iterator[tuple[int, int]]:
    """The process id of a subprocess, and its port, which is read from stderr."""
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        env={**os.environ, **environ},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    # If nobody read the log, it would fill the pipe and block the process.
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
    """A stub of the vendor, which repeats the answers of *origin* from memory."""
    pages: dict[bytes, bytes] = {}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            target = head.split(b" ", 2)[1]
            if target not in pages:
                pages[target] = await fetch(target.decode())
            writer.write(pages[target])

    async def fetch(target: str) -> bytes:
        headers = {"Authorization": "Bearer key", "User-Agent": "load"}
        with await asyncio.to_thread(urlopen, Request(origin + target, headers=headers)) as page:
            body: bytes = page.read()
        lines = [
            "HTTP/1.1 200 OK",
            "Content-Type: application/vnd.api+json",
            f"Content-Length: {len(body)}",
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + body

    async def serve_client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    listening = await asyncio.start_server(serve_client, "127.0.0.1", 0)
    print(f"127.0.0.1:{listening.sockets[0].getsockname()[1]}/", file=sys.stderr, flush=True)
    await listening.serve_forever()


def minimal_app() -> Any:
    """The least code that the SDK needs for a tool that calls an API."""
    import httpx
    from mcp import types
    from mcp.server.lowlevel import Server

    http = httpx.AsyncClient(base_url=os.environ["VENDOR"])
    schema = {"type": "object", "properties": {"page_size": {"type": "integer"}}}

    async def list_tools(*_: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[types.Tool(name="list", input_schema=schema)])

    async def call_tool(_: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        page = await http.get(
            "/v1/incidents", params={"page[size]": (params.arguments or {})["page_size"]}
        )
        return types.CallToolResult(content=[types.TextContent(type="text", text=page.text)])

    server: Server[Any] = Server(
        "minimal",
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        get_tool_input_schema=lambda _: schema,
    )
    return server.streamable_http_app(stateless_http=True)


def minimal(workers: int) -> None:
    import socket

    import uvicorn

    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    print(f"127.0.0.1:{port}/", file=sys.stderr, flush=True)
    uvicorn.run(
        "benchmarks.load:minimal_app",
        factory=True,
        port=port,
        workers=workers,
        log_level="error",
        access_log=False,
    )


def wait_for(port: int) -> None:
    """Wait until all processes of the server run, because any can accept the first connection."""
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


@dataclass
class Measurements:
    """The figures of one server with one number of clients, one a round."""

    rates: list[float] = field(default_factory=list)
    medians_ms: list[float] = field(default_factory=list)
    p99s_ms: list[float] = field(default_factory=list)

    def add(self, rate: float, latencies: list[float]) -> None:
        cuts = statistics.quantiles(latencies, n=100)
        self.rates.append(rate)
        self.medians_ms.append(cuts[49] * 1000)
        self.p99s_ms.append(cuts[98] * 1000)

    def cell(self) -> str:
        rate = f"{statistics.median(self.rates):,.0f}/s"
        rates = f"{min(self.rates):,.0f}–{max(self.rates):,.0f}"
        median_ms = statistics.median(self.medians_ms)
        p99_ms = statistics.median(self.p99s_ms)
        return f"{rate} ({rates}); {median_ms:,.1f} / {p99_ms:,.1f} ms"


@dataclass
class Target:
    """A running server."""

    name: str
    port: int
    request: bytes
    measurements: dict[int, Measurements] = field(
        default_factory=lambda: {clients: Measurements() for clients in CLIENTS}
    )

    def row(self) -> list[str]:
        """The row of this server in the table."""
        return [self.name, *map(Measurements.cell, self.measurements.values())]


@contextmanager
def targets() -> Iterator[list[Target]]:
    """All servers. They run at the same time, and only the one that is measured is busy."""
    token, account = new_account("load", date(2999, 1, 1), [])
    with ExitStack() as stack:
        accounts = Path(stack.enter_context(tempfile.TemporaryDirectory()), "accounts.toml")
        accounts.write_text(account, encoding="utf-8")
        sandbox = stack.enter_context(serve())
        vendor = stack.enter_context(started("benchmarks.load", "--stub", sandbox.url("rootly")))
        url = f"http://127.0.0.1:{vendor}"
        ours = {**UNBOUNDED, "ROOTLY_API_URL": url, "ROOTLY_API_TOKEN": "key"}
        with_accounts = {**ours, "INCIDENT_DESK_HTTP_ACCOUNTS_FILE": str(accounts)}
        servers = []
        for workers, processes in (("1", "1 process"), ("2", "2 processes")):
            port = stack.enter_context(started("benchmarks.load", "--minimal", workers, VENDOR=url))
            name = f"the SDK's minimal server, {processes}"
            servers.append(Target(name, port, request(port, "list")))
            command = ("server", "http", "--port", "0", "--workers", workers)
            port = stack.enter_context(started(*command, **ours))
            name = f"Incident Desk, {processes}"
            servers.append(Target(name, port, request(port, "list_incidents")))
            port = stack.enter_context(started(*command, **with_accounts))
            name = f"Incident Desk, {processes}, accounts"
            servers.append(Target(name, port, request(port, "list_incidents", token)))
        for server in servers:
            wait_for(server.port)
        yield servers


def load_table(servers: Sequence[Target]) -> str:
    head = ["calls per second (range); median / 99th percentile"]
    head += CLIENTS.values()
    return table(head, map(Target.row, servers))


def main(seconds: float, rounds: int, *, keep: bool) -> int:
    all_failed = 0
    with targets() as servers:
        for number in range(rounds):
            for clients in CLIENTS:
                for server in servers:
                    rate, latencies, failed = asyncio.run(
                        load(server.port, server.request, clients, seconds)
                    )
                    server.measurements[clients].add(rate, latencies)
                    all_failed += failed
            print(f"round {number + 1} of {rounds} is done", file=sys.stderr, flush=True)
    text = load_table(servers)
    print(f"{text}\nFailed calls: {all_failed}.")
    if keep:
        write(text, BEGIN, END, page=SERVICE_PAGE)
    return 1 if all_failed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--seconds", type=float, default=3, help="for each cell of the table, in each round"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="put the table into docs/service.md")
    parser.add_argument("--stub", help=argparse.SUPPRESS)
    parser.add_argument("--minimal", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stub:
        asyncio.run(stub(options.stub))
    elif options.minimal:
        minimal(options.minimal)
    else:
        sys.exit(main(options.seconds, options.rounds, keep=options.write))
