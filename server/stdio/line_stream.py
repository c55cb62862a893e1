"""Reads lines from stdin and writes lines to stdout.

This runs before the first answer. So nothing is imported at the top but what Python and
`server.settings` have loaded already.
"""

import os
import stat
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress

MAX_LINE_BYTES = 4 * 1024 * 1024
"""A longer line is skipped and reported as None. Real calls have up to about 100 KB."""
_CHUNK_BYTES = 64 * 1024
"""The size of a Linux pipe's buffer."""


class LineStream:
    """Reads lines from the descriptor *source* and writes lines to the descriptor *sink*.

    *source* must be non-blocking. `has_ended` means that nothing more will be read: the client has
    closed its end of *source* or *sink*, or `end` was called. `send_buffer` holds the bytes that
    the client has not accepted yet.
    """

    def __init__(self, source: int, sink: int) -> None:
        self.source = source
        self.sink = sink
        self.has_ended = False
        self.send_buffer = bytearray()
        self._line = bytearray()
        """The start of a line whose end has not arrived."""
        self._is_too_long = False

    def end(self) -> None:
        self.has_ended = True

    def read(self) -> list[bytes | None]:
        """The lines that have arrived, without line feeds.

        None stands for a line that was too long and was skipped.
        """
        try:
            chunk = os.read(self.source, _CHUNK_BYTES)
        except BlockingIOError:
            return []
        except OSError:
            chunk = b""
        if chunk:
            return [*self._split(chunk)]
        self.has_ended = True
        if self._line or self._is_too_long:
            # The last line has no line feed: add one.
            return [*self._split(b"\n")]
        return []

    def _split(self, chunk: bytes) -> Iterator[bytes | None]:
        *line_ends, next_line = chunk.split(b"\n")
        for line_end in line_ends:
            self._append(line_end)
            yield None if self._is_too_long else bytes(self._line)
            self._line.clear()
            self._is_too_long = False
        self._append(next_line)

    def _append(self, data: bytes) -> None:
        self._line += data
        if len(self._line) > MAX_LINE_BYTES:
            self._line.clear()
            self._is_too_long = True

    def write(self, line: bytes) -> None:
        self.send_buffer += line
        self.send_buffer += b"\n"
        self.flush()

    def flush(self) -> None:
        """Write as much of `send_buffer` as the client accepts without blocking."""
        try:
            while self.send_buffer:
                del self.send_buffer[: os.write(self.sink, self.send_buffer)]
        except BlockingIOError:
            pass
        except OSError:  # The client has left.
            self.send_buffer.clear()
            self.has_ended = True


@contextmanager
def claim_stdio() -> Generator[LineStream]:
    """Take over stdin and stdout until the block ends.

    Until then, descriptor 0 reads from the null device and descriptor 1 writes to stderr. So a
    `print` or a child process cannot disturb the protocol.
    """
    import fcntl

    source = fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, 3)
    sink = fcntl.fcntl(1, fcntl.F_DUPFD_CLOEXEC, 3)
    null_device = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null_device, 0)
    os.close(null_device)
    os.dup2(2, 1)
    try:
        with _pollable(source) as pollable, _non_blocking(sink):
            stream = LineStream(pollable, sink)
            is_read_only = fcntl.fcntl(sink, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY
            if is_read_only:
                # Stdout was closed at the start: see `open_missing_streams`.
                stream.end()
            yield stream
    finally:
        os.dup2(source, 0)
        os.dup2(sink, 1)
        os.close(source)
        os.close(sink)


def _is_pipe(descriptor: int) -> bool:
    """Whether *descriptor* is a pipe or a socket. Clients connect with these."""
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


@contextmanager
def _non_blocking(descriptor: int) -> Generator[None]:
    """Make a pipe non-blocking during the block.

    The old mode is restored, because other processes may share the pipe. A terminal stays as it is,
    because the shell shares it. A file also stays as it is, because it never blocks for long.
    """
    was_blocking = os.get_blocking(descriptor)
    if _is_pipe(descriptor):
        os.set_blocking(descriptor, False)
    try:
        yield
    finally:
        os.set_blocking(descriptor, was_blocking)


@contextmanager
def _pollable(source: int) -> Generator[int]:
    """A non-blocking descriptor for *source* that the event loop can wait for."""
    if _is_pipe(source):
        with _non_blocking(source):
            yield source
        return
    from threading import Thread

    # The event loop cannot wait for a file, and a terminal must not become non-blocking. So a
    # thread copies to a pipe.
    readable, writable = os.pipe()
    os.set_blocking(readable, False)
    # The thread may still be reading when the block ends, so it has its own descriptor.
    Thread(target=_copy, args=(os.dup(source), writable), daemon=True).start()
    try:
        yield readable
    finally:
        os.close(readable)


def _copy(source: int, sink: int) -> None:
    with suppress(OSError):
        while chunk := os.read(source, _CHUNK_BYTES):
            os.write(sink, chunk)
    os.close(sink)
