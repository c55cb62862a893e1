"""Requests leave no objects behind.

`benchmarks/memory.py` measures the same in bytes, over 40,000 requests.
"""

import contextlib
import gc
import json
import logging
import platform
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from sandbox.serving import Sandbox
from tests.conftest import settings_for
from tests.server.http.served import META, ROOT, Peer, call, request, served
from tests.server.http.test_access import INITIALIZE, legacy
from tools.limits import Limits

LAST = request("", method="GET", path="/healthz", Connection="close")
WATCHED = (
    "server.",
    "tools.",
    "mcp",
    "starlette.",
    "sse_starlette.",
    "uvicorn.",
    "uvloop.",
    "httpx.",
    "anyio.",
    "_asyncio.",
)


def count_objects() -> Counter[str]:
    """The number of objects of each type."""
    gc.collect()
    types = [type(one) for one in gc.get_objects()]
    names = [f"{one.__module__}.{one.__qualname__}" for one in types]
    return Counter(name for name in names if name.startswith(WATCHED))


def message(method: str, params: Mapping[str, Any], **others: Any) -> str:
    return json.dumps({"jsonrpc": "2.0", "method": method, "params": params, **others})


def tool_call(tool: str, arguments: Mapping[str, Any]) -> bytes:
    params = {"name": tool, "arguments": arguments, "_meta": META}
    body = message("tools/call", params, id=1)
    return request(body, Mcp_Method="tools/call", Mcp_Name=tool)


def requests(rng: Random) -> list[bytes]:
    """A request of each kind. Whatever a client can choose is different each time."""
    word = f"x{rng.getrandbits(48):x}"
    attachments = {"resource_type": "pager_duty_incident", "external_id": [word]}
    cancellation = {"requestId": rng.getrandbits(31), "reason": word}
    legacy_call = {"name": "list_incidents", "arguments": {"page_size": 5}}
    return [
        call({"page_size": rng.randint(1, 25)}),
        call({"page_size": 100, "view": "full"}),
        call({"search": word}),
        call({"group_by": ["severity"]}),
        call({"page_size": 999, word: word, "status": word}),
        tool_call("list_attachments", {"incident_id": f"INC-{rng.randint(1, 400)}"}),
        tool_call("list_attachments", attachments),
        tool_call(word, {word: word}),
        legacy(message("tools/call", legacy_call, id=rng.getrandbits(31))),
        legacy(message("tools/list", {}, id=word)),
        legacy(message("notifications/cancelled", cancellation)),
        legacy(message(f"notifications/{word}", {})),
        legacy(message(word, {}, id=1)),
        legacy(INITIALIZE.replace("test", word)),
        legacy('{"jsonrpc":"2.0","id":1,"result":{}}'),
        request(f"[{word}]"),
        request(f'"{word * 20_000}"'),
        request(Host=f"{word}.example"),
        request(Origin=f"https://{word}.example"),
        request(Mcp_Session_Id=word),
        request(MCP_Protocol_Version=word),
        request(Accept=f"text/{word}"),
        request("", method="GET", path=f"/{word}"),
        request("", method="GET", path="/metrics"),
        request("", method="GET", path="/readyz"),
    ]


def send(port: int, count: int, seed: int) -> None:
    """Send *count* requests from 16 clients, pipelined or alone. One client in twenty leaves."""
    with ThreadPoolExecutor(16) as clients:
        list(clients.map(lambda number: send_some(port, Random(f"{seed} {number}")), range(count)))


def send_some(port: int, rng: Random) -> None:
    chosen = rng.sample(requests(rng), rng.choice((1,) * 12 + (4,)))
    # A connection that ends early has refused one of the requests.
    with contextlib.suppress(ConnectionError), Peer(port) as peer:
        peer.send(b"".join(chosen) + LAST)
        if rng.random() < 0.05:
            return
        while peer.socket.recv(65_536):
            pass


@pytest.fixture
def unlogged() -> Iterator[None]:
    """Without logging, because pytest keeps each log record and the frames of its traceback."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.slow
@pytest.mark.usefixtures("unlogged")
def test_no_kind_of_object_grows_with_the_number_of_requests(sandbox: Sandbox) -> None:
    settings = settings_for(sandbox, fault="reset-in-body", rate="0.1", seed="memory")
    settings = replace(settings, limits=Limits(backoff_s=0.01, requests_per_minute=100_000))
    with served(settings) as port:
        send(port, 100, seed=1)
        before = count_objects()
        send(port, 300, seed=2)
        grown = count_objects() - before
    # The number of open connections to the vendor varies, and so does that of a few objects.
    assert {kind: more for kind, more in grown.items() if more > 50} == {}


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc")
def test_trim_returns_free_memory_in_the_middle_of_the_heap() -> None:
    program = """
from pathlib import Path
from server.http.allocator import trim
from tools.limits import Limits

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

blocks = [bytes(50_000) for _ in range(1_000)]
last = bytes(50_000)
blocks.clear()
before = resident()
trim()
print(before - resident())
"""
    freed = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    assert int(freed) > 40_000_000
