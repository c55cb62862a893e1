"""The wire: bytes from stdin to lines, lines to bytes on stdout.

Only what Python has loaded anyway is imported: this runs before the rest of the server has loaded.
"""

import os
import stat
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress

MAX_LINE = 4 * 1024 * 1024
"""Bytes of a line that are kept. The longest sensible call has some 100 KB."""
_CHUNK = 64 * 1024
"""Bytes that a pipe holds."""


class Wire:
    """Reads lines from the descriptor *source* and writes lines to *sink*.

    *source* must be non-blocking. `has_ended` means that nothing more will be read. `unsent` holds
    the bytes that the client has not taken yet.
    """

    def __init__(self, source: int, sink: int) -> None:
        self.source = source
        self.sink = sink
        self.has_ended = False
        self.unsent = bytearray()
        self._partial = bytearray()
        self._is_too_long = False

    def end(self) -> None:
        self.has_ended = True

    def read(self) -> list[bytes | None]:
        """The lines that have arrived, without their ends.

        None stands for a line that was too long, and was skipped.
        """
        try:
            chunk = os.read(self.source, _CHUNK)
        except BlockingIOError:
            return []
        except OSError:
            chunk = b""
        if chunk:
            return [*self._lines(chunk)]
        self.has_ended = True
        if self._partial or self._is_too_long:
            return [*self._lines(b"\n")]
        return []

    def _lines(self, chunk: bytes) -> Iterator[bytes | None]:
        *ends, rest = chunk.split(b"\n")
        for end in ends:
            self._keep(end)
            yield None if self._is_too_long else bytes(self._partial)
            self._partial.clear()
            self._is_too_long = False
        self._keep(rest)

    def _keep(self, part: bytes) -> None:
        self._partial += part
        if len(self._partial) > MAX_LINE:
            self._partial.clear()
            self._is_too_long = True

    def write(self, line: bytes) -> None:
        self.unsent += line
        self.unsent += b"\n"
        self.flush()

    def flush(self) -> None:
        """Send as much of `unsent` as the client takes without a wait."""
        try:
            while self.unsent:
                del self.unsent[: os.write(self.sink, self.unsent)]
        except BlockingIOError:
            pass
        except OSError:  # The client has left.
            self.unsent.clear()
            self.has_ended = True


@contextmanager
def claim_stdio() -> Generator[Wire]:
    """Stdin and stdout as a wire, until the block ends.

    Meanwhile descriptor 0 is empty and 1 is stderr: a stray print or a child process cannot
    write between the lines.
    """
    import fcntl

    source = fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, 3)
    sink = fcntl.fcntl(1, fcntl.F_DUPFD_CLOEXEC, 3)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    try:
        with _readable(source) as readable, _non_blocking(sink):
            wire = Wire(readable, sink)
            if fcntl.fcntl(sink, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
                # Stdout was closed at the start: see `open_missing_streams`.
                wire.end()
            yield wire
    finally:
        os.dup2(source, 0)
        os.dup2(sink, 1)
        os.close(source)
        os.close(sink)


def _is_pipe(descriptor: int) -> bool:
    """Whether it is a pipe or a socket, as clients use them."""
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


@contextmanager
def _non_blocking(descriptor: int) -> Generator[None]:
    """Let a pipe be non-blocking. It is restored, because other processes may share it.

    A terminal stays as it is, because the shell shares it, and a file never blocks for long.
    """
    was_blocking = os.get_blocking(descriptor)
    if _is_pipe(descriptor):
        os.set_blocking(descriptor, False)
    try:
        yield
    finally:
        os.set_blocking(descriptor, was_blocking)


@contextmanager
def _readable(source: int) -> Generator[int]:
    """A non-blocking descriptor for *source*, which the event loop can wait for."""
    if _is_pipe(source):
        with _non_blocking(source):
            yield source
        return
    # The event loop cannot wait for a file, and a terminal must not become non-blocking.
    readable, writable = os.pipe()
    os.set_blocking(readable, False)
    # The thread cannot be stopped while it reads, so its descriptors are its own.
    threading.Thread(target=_copy, args=(os.dup(source), writable), daemon=True).start()
    try:
        yield readable
    finally:
        os.close(readable)


def _copy(source: int, sink: int) -> None:
    with suppress(OSError):
        while chunk := os.read(source, _CHUNK):
            os.write(sink, chunk)
    os.close(sink)
