"""The sandbox in a process of its own, and what this process holds."""

import ctypes
import gc
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)

_SERVE = """
import sys
from datetime import datetime
from sandbox.serving import serve
with serve(now=datetime.fromisoformat(sys.argv[1])) as sandbox:
    print(sandbox.port, flush=True)
    sys.stdin.read()
"""


@contextmanager
def sandboxed() -> Iterator[int]:
    """The port of a sandbox in a process of its own, so that memory and connections are ours alone."""
    command = [sys.executable, "-c", _SERVE, NOW.isoformat()]
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        try:
            yield int(process.stdout.readline())
        finally:
            process.stdin.close()


def resident_mb() -> float:
    """Memory in use, without what has been freed and not yet given back."""
    gc.collect()
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)
    [line] = [
        line
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("VmRSS")
    ]
    return int(line.split()[1]) / 1024


def open_sockets() -> int:
    links = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            links.append(str(entry.readlink()))
        except OSError:  # It was the directory itself.
            continue
    return sum(link.startswith("socket:") for link in links)
