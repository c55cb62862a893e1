"""Returns free memory of the C library's allocator to the operating system."""

import ctypes
import platform
from functools import cache
from typing import Any

import anyio

_INTERVAL_S = 10.0


@cache
def _malloc_trim() -> Any:
    """glibc's function `malloc_trim`; None with another C library."""
    if platform.libc_ver()[0] != "glibc":
        return None
    return ctypes.CDLL(None).malloc_trim


def trim() -> None:
    """Return all free pages of the heap. By itself, glibc returns only those at the heap's end.

    After an answer of 16 MB, glibc takes blocks of that size from the heap. One small block at the
    heap's end then keeps all the pages before it. Over 40,000 calls, the process had 111 to 143 MB
    without trimming, and 105 to 107 MB with it (benchmarks/README.md). To trim a heap of 20 MB
    takes 1 ms.
    """
    if malloc_trim := _malloc_trim():
        malloc_trim(0)


async def trim_regularly() -> None:
    """Trim every 10 s, in a thread, until cancelled."""
    while True:
        await anyio.sleep(_INTERVAL_S)
        await anyio.to_thread.run_sync(trim)
