"""Standard input, output and error, which some hosts leave closed or never read."""

import io
import os
import select
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_FLAGS = {
    0: os.O_RDONLY,
    # Read-only, so that writes fail, as they do when a client has left.
    1: os.O_RDONLY,
    2: os.O_WRONLY,
}


def open_missing_streams() -> None:
    """Open each standard descriptor that is closed, on the null device.

    Otherwise the next file or socket gets its number, and whatever is printed goes there.
    """
    for descriptor, flags in _FLAGS.items():
        try:
            os.fstat(descriptor)
        except OSError:
            # The lowest free number, which is the missing one.
            os.set_inheritable(os.open(os.devnull, flags), True)
    # `print(file=None)` writes to stdout.
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", closefd=False)


def drop_unread_stderr() -> None:
    """Never wait for the reader of stderr, and never fail: drop what the reader does not take."""
    if sys.platform != "win32":
        sys.stderr = io.TextIOWrapper(
            _LossyStderr(), encoding="utf-8", errors="backslashreplace", line_buffering=True
        )


class _LossyStderr(io.RawIOBase):
    """Descriptor 2. It stays as it is, because other processes may share it."""

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 2

    def write(self, data: "ReadableBuffer", /) -> int:
        view = memoryview(data)
        # A pipe that is ready takes PIPE_BUF bytes at once.
        for start in range(0, len(view), select.PIPE_BUF):
            try:
                _, ready, _ = select.select([], [2], [], 0)
                if not ready:
                    break
                os.write(2, view[start : start + select.PIPE_BUF])
            except OSError:
                break
        return len(view)
