"""The sandbox in its own process, and the memory and sockets of this process."""

import ctypes
import gc
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evals.settings import NOW

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
    """The port of a sandbox in its own process, so that our figures do not include it."""
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
    """The memory of this process, without freed memory that was not yet returned to the system."""
    gc.collect()
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)
    status = Path("/proc/self/status").read_text()
    _, _, resident = status.partition("VmRSS:")
    kilobytes = int(resident.split()[0])
    return kilobytes / 1024


def open_sockets() -> int:
    """The number of open sockets of this process."""
    links = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            links.append(str(entry.readlink()))
        except OSError:
            # This entry was the listing itself, which is closed by now.
            continue
    return sum(link.startswith("socket:") for link in links)
