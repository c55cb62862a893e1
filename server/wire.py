"""The client's two pipes: whole lines in, whole lines out, and nothing that blocks.

Only what Python has loaded anyway is imported: this runs before the rest of the server has loaded.
"""

import os
import stat
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager

MAX_LINE = 4 * 1024 * 1024
"""Bytes of a line that are kept. The longest sensible call has some 100 KB."""
_CHUNK = 64 * 1024
"""What a pipe holds."""


class Wire:
    """Reads *source* and writes *sink*, both non-blocking. `ended` says that nothing more is to be read."""

    def __init__(self, source: int, sink: int) -> None:
        self.source = source
        self.sink = sink
        self.ended = False
        self.unsent = bytearray()
        self._partial = bytearray()
        self._too_long = False

    def end(self) -> None:
        self.ended = True

    def read(self) -> list[bytes | None]:
        """The lines that have arrived by now, without their ends. None stands for one that is too long, and was skipped."""
        try:
            chunk = os.read(self.source, _CHUNK)
        except BlockingIOError:
            return []
        except OSError:
            chunk = b""
        if chunk:
            return [*self._lines(chunk)]
        self.ended = True
        return [*self._lines(b"\n")] if self._partial or self._too_long else []

    def _lines(self, chunk: bytes) -> Iterator[bytes | None]:
        *ends, rest = chunk.split(b"\n")
        for end in ends:
            self._partial += end
            yield None if self._too_long or len(self._partial) > MAX_LINE else bytes(self._partial)
            self._partial.clear()
            self._too_long = False
        self._partial += rest
        if len(self._partial) > MAX_LINE:
            self._partial.clear()
            self._too_long = True

    def write(self, line: bytes) -> None:
        """Send *line*; what the client does not take yet stays in `unsent`."""
        self.unsent += line
        self.unsent += b"\n"
        self.flush()

    def flush(self) -> None:
        try:
            while self.unsent:
                del self.unsent[: os.write(self.sink, self.unsent)]
        except BlockingIOError:
            pass
        except OSError:  # Nobody reads any more.
            self.unsent.clear()
            self.ended = True


def can_be_claimed() -> bool:
    """Whether stdin is a pipe or a socket, as clients give it, and stdout such or a file, where the platform waits for pipes."""
    try:
        source, sink = (os.fstat(descriptor).st_mode for descriptor in (0, 1))
    except OSError:
        return False
    is_pipe = stat.S_ISFIFO(source) or stat.S_ISSOCK(source)
    return (
        sys.platform != "win32"
        and is_pipe
        and (stat.S_ISFIFO(sink) or stat.S_ISSOCK(sink) or stat.S_ISREG(sink))
    )


@contextmanager
def claimed() -> Generator[Wire]:
    """Stdin and stdout as a wire. Meanwhile 0 is empty and 1 is stderr, so that no stray print or child process spoils it."""
    import fcntl

    source, sink = (fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 3) for descriptor in (0, 1))
    blocking = os.get_blocking(source), os.get_blocking(sink)
    nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    try:
        os.dup2(nothing, 0)
        try:
            os.dup2(2, 1)
        except OSError:
            os.dup2(nothing, 1)
        os.set_blocking(source, False)
        os.set_blocking(sink, False)
        yield Wire(source, sink)
    finally:
        # What else uses these pipes finds them as they were.
        os.set_blocking(source, blocking[0])
        os.set_blocking(sink, blocking[1])
        os.dup2(source, 0)
        os.dup2(sink, 1)
        for descriptor in (source, sink, nothing):
            os.close(descriptor)
