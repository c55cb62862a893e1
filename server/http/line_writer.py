"""Writes lines to stdout and stderr in a thread, so a reader that stalls blocks no request."""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import cache

from server.http.rate_limited_log import RateLimitedLog

logger = logging.getLogger(__name__)

MAX_LINE_BYTES = 4_096
"""Linux writes up to so many bytes to a pipe in one piece (PIPE_BUF).

A longer line could mix with the lines of other processes.
"""
_MAX_QUEUE_BYTES = 1024 * 1024
_STALLED_AFTER_S = 1.0
_RETRY_INTERVAL_S = 0.05
_FLUSH_TIMEOUT_S = 2.0


class LineWriter:
    """A queue of at most 1 MiB, and a thread that writes each of its lines with one `os.write`.

    `write` never blocks and never raises. A line is lost if the queue is full, the pipe has no
    reader or the disk is full. Then `on_lost` is called with the number of lost lines.

    The thread is a daemon, so the process can end while a write blocks.
    """

    def __init__(self, fd: int, name: str, on_lost: Callable[[int], None] = lambda _: None) -> None:
        self.name = name
        self.on_lost = on_lost
        self._fd = fd
        self._log = RateLimitedLog(logger)
        self._changed = threading.Condition()
        self._queue = deque[bytes]()
        self._queue_bytes = 0
        self._writing_since: float | None = None
        self._is_line_open = False
        """Whether the last write ended in the middle of a line."""
        self._lost_lines = 0
        """The number of lines lost since the last recovery."""
        self._reason = ""
        self._is_closed = False
        threading.Thread(target=self._run, name=f"writer of the {name}", daemon=True).start()

    def write(self, line: bytes) -> None:
        """Put *line*, which ends with a newline, into the queue."""
        with self._changed:
            has_room = self._queue_bytes + len(line) <= _MAX_QUEUE_BYTES and not self._is_closed
            if has_room:
                self._queue.append(line)
                self._queue_bytes += len(line)
                self._changed.notify_all()
        if not has_room:
            reason = "the service has ended" if self._is_closed else "its reader has stalled"
            self._record_lost(1, reason)

    @property
    def problem(self) -> str | None:
        """The problem, for an operator; None if lines are written without delay."""
        with self._changed:
            if self._lost_lines:
                return (
                    f"the {self.name} loses lines: {self._reason} (lost so far: {self._lost_lines})"
                )
            since = self._writing_since
            if since is not None and time.monotonic() - since > _STALLED_AFTER_S:
                return f"the {self.name} waits: its reader has stalled"
        return None

    def flush(self, timeout_s: float = _FLUSH_TIMEOUT_S) -> None:
        """Wait until all lines are written, for at most *timeout_s*."""
        with self._changed:
            self._changed.wait_for(self._is_idle, timeout_s)

    def close(self, timeout_s: float = _FLUSH_TIMEOUT_S) -> None:
        """Flush, drop the lines that could not be written, and end the thread."""
        self.flush(timeout_s)
        with self._changed:
            self._is_closed = True
            # The lines of the queue, and the one that the thread is writing.
            dropped_lines = 0 if self._is_idle() else len(self._queue) + 1
            self._queue.clear()
            self._changed.notify_all()
        if dropped_lines:
            self._record_lost(dropped_lines, "its reader has stalled")
        if self._lost_lines:
            self._log.warning(f"The {self.name} ends. Lines lost: {self._lost_lines}.")

    def _is_idle(self) -> bool:
        return not self._queue and self._writing_since is None

    def _run(self) -> None:
        while (line := self._wait_for_line()) is not None:
            try:
                self._write(line)
            except OSError as error:
                self._record_lost(1, error.strerror or type(error).__name__)
            else:
                self._record_success()

    def _wait_for_line(self) -> bytes | None:
        """The next line; None when the writer is closed."""
        with self._changed:
            self._writing_since = None
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._queue or self._is_closed)
            if not self._queue:
                return None
            line = self._queue.popleft()
            self._queue_bytes -= len(line)
            self._writing_since = time.monotonic()
            return line

    def _write(self, line: bytes) -> None:
        # On a full disk, the last line may have been written in part. End it before this line.
        rest = b"\n" + line if self._is_line_open else line
        while rest:
            try:
                rest = rest[os.write(self._fd, rest) :]
            except BlockingIOError:
                # Another process with the same pipe has made it non-blocking.
                time.sleep(_RETRY_INTERVAL_S)
            else:
                self._is_line_open = bool(rest)

    def _record_lost(self, count: int, reason: str) -> None:
        with self._changed:
            is_first = not self._lost_lines
            self._lost_lines += count
            self._reason = reason
        self.on_lost(count)
        if is_first:
            self._log.warning(f"The {self.name} loses lines: {reason}.")

    def _record_success(self) -> None:
        with self._changed:
            # While lines are in the queue, the next one may be lost. Then it is too early to report
            # a recovery.
            if self._queue or not self._lost_lines:
                return
            lost_lines = self._lost_lines
            self._lost_lines = 0
        self._log.warning(f"The {self.name} is written again. Lines lost: {lost_lines}.")


class LineHandler(logging.Handler):
    """Passes log records to a `LineWriter`. At the end of the process, `logging` flushes it."""

    def __init__(self, writer: LineWriter) -> None:
        super().__init__()
        self._writer = writer

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception:
            self.handleError(record)
        else:
            self._writer.write(line.encode() + b"\n")

    def flush(self) -> None:
        self._writer.flush()


def audit_log_writer() -> LineWriter:
    """A writer to stdout."""
    return LineWriter(1, "audit log")


@cache
def log_writer() -> LineWriter:
    """A writer to stderr, with one thread for the whole process."""
    return LineWriter(2, "log")
