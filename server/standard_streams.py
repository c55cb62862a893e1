"""Standard input, output and error. Some hosts leave them closed, or never read them."""

import io
import os
import select
import sys

# Importing `typing` takes 2 of the 30 ms until a client has its first answer.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_FLAGS = {
    0: os.O_RDONLY,
    # Read-only, so that writes fail, as if the client had left.
    1: os.O_RDONLY,
    2: os.O_WRONLY,
}


def open_missing_streams() -> None:
    """Open the null device for each standard descriptor that is closed.

    Otherwise the next file or socket would get that number, and `print` would write to it.
    """
    for descriptor, flags in _FLAGS.items():
        try:
            os.fstat(descriptor)
        except OSError:
            # `os.open` returns the lowest free number. That is *descriptor*.
            os.set_inheritable(os.open(os.devnull, flags), True)
    # Otherwise `print(file=sys.stderr)` would write to stdout.
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", closefd=False)


def drop_unread_stderr() -> None:
    """Make writes to stderr drop what its reader does not take. They never wait and never fail.

    If stderr and stdout are the same pipe or file, all is dropped: it would be among the messages
    of the protocol.
    """
    if sys.platform != "win32":
        if _is_stderr_also_stdout():
            null_device = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null_device, 2)
            os.close(null_device)
        sys.stderr = io.TextIOWrapper(
            _LossyStderr(), encoding="utf-8", errors="backslashreplace", line_buffering=True
        )


def _is_stderr_also_stdout() -> bool:
    # A person at a terminal wants to see both.
    return os.path.samestat(os.fstat(1), os.fstat(2)) and not os.isatty(1)


class _LossyStderr(io.RawIOBase):
    """Descriptor 2. Its mode stays blocking, because other processes may share it."""

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 2

    def write(self, data: "ReadableBuffer", /) -> int:
        view = memoryview(data)
        # A pipe that is ready accepts PIPE_BUF bytes without blocking.
        for start in range(0, len(view), select.PIPE_BUF):
            try:
                _, ready, _ = select.select([], [2], [], 0)
                if not ready:
                    break
                os.write(2, view[start : start + select.PIPE_BUF])
            except OSError:
                break
        return len(view)
