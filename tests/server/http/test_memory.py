"""What a request needs is gone after it; `benchmarks/memory.py` measures the same in bytes, over 40,000 of them."""

import asyncio
import gc
import logging
import platform
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest

from benchmarks.memory import Tally, send
from sandbox.serving import Sandbox
from tests.conftest import settings_for
from tests.server.http.served import ROOT, served

_WATCHED = (
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


def _objects() -> Counter[str]:
    """How many there are of each type."""
    gc.collect()
    types = [type(one) for one in gc.get_objects()]
    names = [f"{one.__module__}.{one.__qualname__}" for one in types]
    return Counter(name for name in names if name.startswith(_WATCHED))


@pytest.fixture
def unlogged() -> Iterator[None]:
    """pytest keeps each log record, and with it the frames of its traceback."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.usefixtures("unlogged")
def test_no_kind_of_object_grows_with_the_number_of_requests(sandbox: Sandbox) -> None:
    settings = settings_for(sandbox, fault="reset-in-body", rate="0.1", seed="memory")
    settings = replace(settings, backoff_s=0.01, requests_per_minute=100_000)
    with served(settings) as port:
        asyncio.run(send(port, ["none"], 100, Tally(), Random(1)))
        before = _objects()
        asyncio.run(send(port, ["none"], 300, Tally(), Random(2)))
        grown = _objects() - before
    # A few are those of connections to the vendor, of which more or fewer are open now.
    assert {kind: more for kind, more in grown.items() if more > 50} == {}


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told to")
def test_free_memory_in_the_middle_of_the_heap_goes_back_to_the_system() -> None:
    program = """
from pathlib import Path
from server.http.allocator import trim

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
